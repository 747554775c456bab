"""One suite for every carrier there is, over HTTP against the sandbox, which keeps its own ledger of what was sold
(TRAPS.md A2-A5, A9, A10, B14, B19, C25, D31, D32)."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests.structures import CaseInsensitiveDict

from app.core.errors import ProviderError
from app.core.http import breaker
from app.core.port import Forged, NotOffered
from app.shipping.carrier import FORMATS, STATUSES, Bought, Carrier, Connection, Quote, Shipment
from app.shipping.carriers import own_sheet
from app.shipping.carriers.easypost import EasyPost
from app.shipping.carriers.own import OwnLabel
from app.shipping.carriers.papers import kind
from app.shipping.carriers.shippo import Shippo
from app.shipping.carriers.shipstation import ShipStation
from app.shipping.carriers.shipstation_news import forget_keys
from tests.sandbox.conftest import config_for, halt, serve, wait_until
from tests.shipping.parcels import ACCOUNT, BEACH, NOWHERE, STUDIO, TORONTO, abroad, connection, parcel

SECRET = "sécret of this account"


@dataclass(frozen=True)
class Kind:
    """One adapter, where the sandbox speaks its language, and where its labels are bought there."""

    name: str
    adapter: type[Carrier]
    base: str = ""
    key: str = ""
    bad_key: str = ""
    buying: str = ""


KINDS = [
    Kind("EasyPost", EasyPost, "/easypost/v2", "EZTK_contract", "EZAK_nobody", "/easypost/v2/shipments/*/buy"),
    Kind("Shippo", Shippo, "/shippo", "shippo_test_contract", "shippo_live_nobody", "/shippo/transactions/"),
    Kind("ShipStation", ShipStation, "/shipstation", "TEST_contract", "live_nobody", "/shipstation/v2/labels/rates/*"),
    Kind("Own label", OwnLabel),
]
REMOTE = KINDS[:3]
every = pytest.mark.parametrize("kind_of", KINDS, ids=lambda one: one.name, indirect=True)
remote = pytest.mark.parametrize("kind_of", REMOTE, ids=lambda one: one.name, indirect=True)


@dataclass
class Letters:
    """What arrived at the address that webhooks were asked for."""

    url: str = ""
    found: list[tuple[str, CaseInsensitiveDict[str], bytes]] = field(default_factory=list)


@dataclass
class Stage:
    """An adapter with its connection, and the sandbox's own doors."""

    kind: Kind
    sandbox: str
    letters: Letters

    def connection(self, **more: Any) -> Connection:
        base = f"{self.sandbox}{self.kind.base}" if self.kind.base else ""
        return connection(base, more.pop("key", self.kind.key), webhook_secret=SECRET, **more)

    def carrier(self, **more: Any) -> Carrier:
        return self.kind.adapter(self.connection(**more))

    def door(self, path: str, /, **body: Any) -> Any:
        answer = requests.post(f"{self.sandbox}/_sandbox/{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, what: str, path: str | None = None, **more: Any) -> None:
        self.door("faults", kind=what, path=path or self.kind.buying, **more)

    def sold(self, effect: str = "label") -> list[dict[str, Any]]:
        """The sandbox's ledger: every label that somebody paid for."""
        return requests.get(f"{self.sandbox}/_sandbox/effects", params={"kind": effect}, timeout=20).json()

    def quoted(self, wanted: Shipment) -> tuple[Quote, Any]:
        """A quote and its cheapest rate by the post."""
        quote = self.carrier().quote(wanted)
        assert quote.rates, quote.notes
        return quote, next((one for one in quote.rates if one.carrier == "USPS"), quote.rates[0])

    def buy(self, wanted: Shipment) -> Bought:
        quote, rate = self.quoted(wanted)
        return self.carrier().buy(wanted, quote.shipment_id, rate.id)

    def scan(self, number: str, step: str) -> None:
        self.door(f"parcels/{number}/scans", step=step)


@pytest.fixture(scope="module")
def letters() -> Iterator[Letters]:
    box = Letters()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            box.found.append((self.path, CaseInsensitiveDict(self.headers.items()), raw))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield box
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, letters: Letters) -> Iterator[str]:
    config = config_for(tmp_path_factory.mktemp("carriers"), letters)  # type: ignore[arg-type]
    app, server = serve(config)
    yield config.base_url
    halt(app, server)


@pytest.fixture
def kind_of(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
def stage(kind_of: Kind, running: str, letters: Letters) -> Iterator[Stage]:
    found = Stage(kind_of, running, letters)
    found.door("reset")
    letters.found.clear()
    forget_keys()
    yield found
    requests.delete(f"{running}/_sandbox/faults", timeout=20)
    breaker(kind_of.name).success()


def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Purchases give up after a moment instead of half a minute."""
    for module in ("easypost", "shippo", "shipstation"):
        monkeypatch.setattr(f"app.shipping.carriers.{module}.LONG", (1, 0.4))


# --- the account
@remote
def test_a_good_key_names_its_account(stage: Stage) -> None:
    found = stage.carrier().account()
    assert found.mode == "test" and found.name and found.carriers


@remote
def test_a_bad_key_is_refused_in_words(stage: Stage) -> None:
    with pytest.raises(ProviderError, match="refused the API") as caught:
        stage.carrier(key=stage.kind.bad_key).account()
    assert caught.value.permanent and not caught.value.unknown
    assert stage.kind.bad_key not in str(caught.value)


def test_our_own_labels_need_no_account() -> None:
    assert OwnLabel(connection("", "")).account().name == "Own label" and OwnLabel.profile.fields == ()


@every
def test_the_profile_says_what_there_is(stage: Stage) -> None:
    profile = stage.kind.adapter.profile
    assert profile.name == stage.kind.name and set(profile.formats) <= set(FORMATS)
    assert all(box.label and box.name for box in profile.fields)


# --- addresses and prices
@remote
def test_an_address_is_checked_and_corrected(stage: Stage) -> None:
    good = stage.carrier().check_address(BEACH)
    assert good.deliverable and good.corrected is not None
    assert good.corrected.postcode == "90277-2506" and good.corrected.name == BEACH.name
    bad = stage.carrier().check_address(NOWHERE)
    assert not bad.deliverable and bad.corrected is None and bad.messages


@every
def test_an_estimate_costs_nothing(stage: Stage) -> None:
    rates = stage.carrier().estimate(parcel())
    assert [one.total_minor for one in rates] == sorted(one.total_minor for one in rates)
    assert stage.sold() == [] and (bool(rates) or stage.kind.name == "Own label")


@remote
def test_prices_follow_weight_and_distance(stage: Stage) -> None:
    def cheapest(wanted: Shipment) -> int:
        return stage.quoted(wanted)[1].total_minor

    near, box = parcel(), parcel().box
    far = replace(BEACH, line1="1 E 161st St", city="Bronx", region="NY", postcode="10451")
    assert cheapest(parcel(box=replace(box, weight_g=box.weight_g * 4))) > cheapest(near)
    assert cheapest(parcel(recipient=far)) > cheapest(near)


@remote
def test_insurance_and_signature_are_parts_of_the_price(stage: Stage) -> None:
    plain = stage.quoted(parcel())[1]
    insured = stage.quoted(parcel(insured_minor=30_000))[1]
    assert insured.parts["insurance"] == 300 and insured.total_minor == plain.total_minor + 300
    signed = stage.quoted(parcel(signature="adult"))[1]
    assert signed.total_minor == plain.total_minor + 690
    for rate in (plain, insured, signed):
        assert sum(rate.parts.values()) == rate.total_minor and rate.currency == "USD" and rate.days


@remote
def test_what_was_quoted_is_what_is_paid(stage: Stage) -> None:
    wanted = parcel(insured_minor=30_000, signature="standard")
    quote, rate = stage.quoted(wanted)
    bought = stage.carrier().buy(wanted, quote.shipment_id, rate.id)
    assert bought.total_minor == rate.total_minor
    assert [one["amount"] for one in stage.sold()] == [rate.total_minor]


@remote
def test_a_parcel_abroad_needs_its_customs(stage: Stage) -> None:
    quote = stage.carrier().quote(abroad())
    assert {one.carrier for one in quote.rates} >= {"USPS", "UPS"}
    without = stage.carrier().quote(parcel(recipient=TORONTO))
    assert not without.rates and any("ustoms" in note for note in without.notes)


# --- buying
@every
def test_a_label_is_bought(stage: Stage) -> None:
    wanted = parcel()
    quote, rate = stage.quoted(wanted)
    bought = stage.carrier().buy(wanted, quote.shipment_id, rate.id)
    assert bought.id and bought.tracking_number and bought.total_minor == rate.total_minor
    assert (bought.carrier, bought.service_name) == (
        rate.carrier,
        rate.service_name,
    ) or stage.kind.name == "ShipStation"
    assert len(stage.sold()) == (stage.kind in REMOTE)


@remote
@pytest.mark.parametrize(
    "fault",
    [{"what": "drop_answer"}, {"what": "500", "when": "after"}, {"what": "invalid_json"}],
    ids=lambda one: one["what"],
)
def test_a_lost_answer_is_unknown_and_the_label_is_found(stage: Stage, fault: dict[str, Any]) -> None:
    wanted = parcel()
    quote, rate = stage.quoted(wanted)
    stage.fault(**fault, method="POST")
    with pytest.raises(ProviderError) as caught:
        stage.carrier().buy(wanted, quote.shipment_id, rate.id)
    assert caught.value.unknown and not caught.value.permanent
    found = stage.carrier().find(quote.shipment_id, rate.id, wanted.reference)
    (sold,) = stage.sold()
    assert found is not None and found.tracking_number == sold["tracking_number"]
    assert found.total_minor == rate.total_minor == sold["amount"]


@remote
def test_a_time_out_is_unknown_and_the_label_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = parcel()
    quote, rate = stage.quoted(wanted)
    stage.fault("slow", seconds=1.2, method="POST")
    with monkeypatch.context() as patched:
        hasty(patched)
        with pytest.raises(ProviderError) as caught:
            stage.carrier().buy(wanted, quote.shipment_id, rate.id)
    assert caught.value.unknown and not caught.value.permanent
    wait_until(lambda: stage.sold(), "the slow purchase happens")
    found = stage.carrier().find(quote.shipment_id, rate.id, wanted.reference)
    assert found is not None and [one["tracking_number"] for one in stage.sold()] == [found.tracking_number]


@remote
def test_where_nothing_was_bought_nothing_is_found(stage: Stage) -> None:
    wanted = parcel()
    quote, rate = stage.quoted(wanted)
    assert stage.carrier().find(quote.shipment_id, rate.id, wanted.reference) is None
    for fault in ("500", "429"):
        stage.fault(fault, method="POST")
        with pytest.raises(ProviderError) as caught:
            stage.carrier().buy(wanted, quote.shipment_id, rate.id)
        assert not caught.value.permanent and caught.value.unknown == (fault == "500")
    assert stage.carrier().find(quote.shipment_id, rate.id, wanted.reference) is None
    assert stage.sold() == []


@every
def test_asked_twice_there_is_still_one_label(stage: Stage) -> None:
    """Some providers see to it themselves; with the others `find` comes before the second purchase."""
    wanted = parcel()
    quote, rate = stage.quoted(wanted)
    carrier = stage.carrier()
    first = carrier.buy(wanted, quote.shipment_id, rate.id)
    if stage.kind.adapter.profile.buys_once:
        again = carrier.buy(wanted, quote.shipment_id, rate.id)
    else:
        found = carrier.find(quote.shipment_id, rate.id, wanted.reference)
        assert found is not None
        again = found
    assert (again.id, again.tracking_number, again.total_minor) == (first.id, first.tracking_number, first.total_minor)
    assert len(stage.sold()) == (stage.kind in REMOTE)


@remote
def test_a_carrier_that_refuses_sold_nothing(stage: Stage) -> None:
    wanted = parcel()
    quote, rate = stage.quoted(wanted)
    stage.fault("carrier_refuses", method="POST")
    with pytest.raises(ProviderError) as caught:
        stage.carrier().buy(wanted, quote.shipment_id, rate.id)
    assert not caught.value.unknown and "answered" not in str(caught.value)
    assert stage.carrier().find(quote.shipment_id, rate.id, wanted.reference) is None and stage.sold() == []


@every
def test_a_rate_that_is_not_there_is_refused_in_words(stage: Stage) -> None:
    wanted = parcel()
    quote, _ = stage.quoted(wanted)
    with pytest.raises(ProviderError) as caught:
        stage.carrier().buy(wanted, quote.shipment_id, "0123456789abcdef0123456789abcdef")
    assert caught.value.permanent and not caught.value.unknown and len(str(caught.value)) > len(stage.kind.name) + 8
    assert stage.sold() == []


@remote
def test_a_busy_provider_says_when_to_come_back(stage: Stage) -> None:
    stage.fault("429", path=f"{stage.kind.base}*")
    with pytest.raises(ProviderError) as caught:
        stage.carrier().quote(parcel())
    assert not caught.value.permanent and caught.value.retry_after


# --- files
@every
@pytest.mark.parametrize("format", FORMATS)
def test_labels_come_in_the_printers_format(stage: Stage, format: str) -> None:
    wanted = parcel(format=format)
    bought = stage.buy(wanted)
    assert kind(stage.carrier().file(bought.id, format, bought.files.get(format, ""))) == format


@remote
def test_a_file_whose_address_is_gone_is_asked_for_again(stage: Stage) -> None:
    bought = stage.buy(parcel())
    stale = f"{stage.sandbox}{stage.kind.base}/gone/label.pdf"
    assert kind(stage.carrier().file(bought.id, "pdf", stale)) == "pdf"


@remote
def test_a_file_elsewhere_is_never_fetched(stage: Stage) -> None:
    elsewhere = f"{stage.letters.url}/label.pdf"
    assert kind(stage.carrier().file(stage.buy(parcel()).id, "pdf", elsewhere)) == "pdf"
    assert stage.letters.found == []


# --- giving back
@remote
def test_a_label_is_given_back_once(stage: Stage) -> None:
    wanted = parcel()
    quote, rate = stage.quoted(wanted)
    carrier = stage.carrier()
    bought = carrier.buy(wanted, quote.shipment_id, rate.id)
    assert carrier.void_state(bought.id).state == ""
    asked = carrier.void(bought.id)
    assert asked.state in ("requested", "refunded")
    assert carrier.void_state(bought.id).state == asked.state
    if asked.state == "requested":
        stage.door(f"parcels/{bought.tracking_number}/void", status="refunded")
        assert carrier.void_state(bought.id).state == "refunded"
    assert carrier.find(quote.shipment_id, rate.id, wanted.reference) is None
    assert len(stage.sold("void")) == 1


@remote
def test_a_label_that_was_scanned_stays_paid(stage: Stage) -> None:
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    assert stage.carrier().void(bought.id).state == "refused"
    assert stage.sold("void") == []


@remote
def test_a_void_whose_answer_was_lost_is_seen_in_its_state(stage: Stage) -> None:
    bought = stage.buy(parcel())
    stage.fault("drop_answer", path=f"{stage.kind.base}*", method="PUT" if stage.kind.name == "ShipStation" else "POST")
    with pytest.raises(ProviderError) as caught:
        stage.carrier().void(bought.id)
    assert caught.value.unknown
    assert stage.carrier().void_state(bought.id).state in ("requested", "refunded")


def test_our_own_labels_have_nothing_to_give_back() -> None:
    own = OwnLabel(connection("", ""))
    assert (own.void_state("own_1").state, own.void("own_1").state) == ("", "not_needed")


# --- returns
@remote
def test_a_return_travels_from_the_buyer_to_the_seller(stage: Stage) -> None:
    bought = stage.buy(parcel(sender=BEACH, recipient=STUDIO, is_return=True))
    moved = requests.get(f"{stage.sandbox}/_sandbox/parcels/{bought.tracking_number}", timeout=20).json()
    assert (moved["from"]["zip"][:5], moved["to"]["zip"][:5]) == ("90277", "94107")


# --- tracking
@remote
def test_a_parcel_is_followed_to_its_door(stage: Stage) -> None:
    bought = stage.buy(parcel())
    seen = []
    for step in ("label_created", "accepted", "in_transit", "out_for_delivery", "delivered"):
        stage.scan(bought.tracking_number, step)
        found = stage.carrier().track(bought.carrier, bought.tracking_number, bought.id)
        seen.append(found.seen[-1].status)
        assert found.status == seen[-1] and set(seen) <= set(STATUSES)
    assert seen == ["pre_transit", "in_transit", "in_transit", "out_for_delivery", "delivered"]
    assert len({one.key for one in found.seen}) == 5 and found.number == bought.tracking_number
    by_number = stage.carrier().track(bought.carrier, bought.tracking_number)
    assert [one.key for one in by_number.seen] == [one.key for one in found.seen]


# --- manifests
@remote
def test_labels_are_put_on_one_manifest(stage: Stage) -> None:
    carrier = stage.carrier()
    ids = [stage.buy(parcel()).id for _ in range(2)]
    assert carrier.find_manifest(ids) is None
    made = carrier.manifest(ids, STUDIO, datetime.now(UTC).date())
    assert made.state == "created" and made.url
    assert kind(carrier.file(made.id, "pdf", made.url)) == "pdf"
    assert carrier.manifest_state(made.id).state == "created"
    again = carrier.find_manifest(ids)
    assert again is not None and again.id == made.id
    assert len(stage.sold("manifest")) == 1


@remote
def test_a_manifest_that_is_refused_says_why(stage: Stage) -> None:
    bought = stage.buy(parcel())
    stage.carrier().void(bought.id)
    try:
        refused = stage.carrier().manifest([bought.id], STUDIO, datetime.now(UTC).date())
        assert refused.state == "failed" and refused.message
    except ProviderError as error:
        assert error.permanent and len(str(error)) > 20
    assert stage.sold("manifest") == []


# --- news
def address_of(stage: Stage) -> str:
    return f"{stage.letters.url}/webhooks/{stage.kind.adapter.profile.kind}?account={ACCOUNT}"


def heard(stage: Stage, count: int = 1) -> list[tuple[str, CaseInsensitiveDict[str], bytes]]:
    wait_until(lambda: len(stage.letters.found) >= count, f"{count} letters arrive")
    return list(stage.letters.found)


def news_of(stage: Stage, letter: tuple[str, CaseInsensitiveDict[str], bytes], **more: Any) -> Any:
    path, headers, raw = letter
    query = dict(parse_qsl(urlsplit(path).query))
    return stage.kind.adapter.read_news(stage.connection(**more), headers, raw, query)


@remote
def test_subscribing_twice_makes_one_subscription(stage: Stage) -> None:
    carrier, url = stage.carrier(), address_of(stage)
    assert not carrier.subscribed(url)
    first = carrier.subscribe(url, SECRET)
    assert first and carrier.subscribe(url, SECRET) == first and carrier.subscribed(url)
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    bodies = [raw for _, _, raw in tracks(stage)]
    assert len(bodies) == len(set(bodies)) == 1


def tracks(stage: Stage) -> list[tuple[str, CaseInsensitiveDict[str], bytes]]:
    """Letters about a scan on the way, once there are some."""

    def about_scans() -> list[Any]:
        return [one for one in stage.letters.found if b"ccepted" in one[2]]

    wait_until(about_scans, "a letter about the scan arrives")
    return about_scans()


@remote
def test_a_scan_is_news_of_our_label(stage: Stage) -> None:
    stage.carrier().subscribe(address_of(stage), SECRET)
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    letter = tracks(stage)[0]
    (news,) = news_of(stage, letter)
    assert (news.kind, news.number) == ("tracking", bought.tracking_number) and news.label_id in ("", bought.id)
    assert news_of(stage, letter)[0].remote_id == news.remote_id
    if news.tracking is not None:
        polled = stage.carrier().track(bought.carrier, bought.tracking_number, bought.id)
        assert [one.key for one in news.tracking.seen] == [one.key for one in polled.seen]


@remote
def test_letters_that_were_altered_or_meant_for_others_are_refused(stage: Stage) -> None:
    stage.carrier().subscribe(address_of(stage), SECRET)
    stage.scan(stage.buy(parcel()).tracking_number, "accepted")
    path, headers, raw = tracks(stage)[0]
    plain = path.partition("&token=")[0]
    stranger = connection(stage.connection().base, stage.kind.key, webhook_secret="another account's")
    with pytest.raises(Forged):
        stage.kind.adapter.read_news(stranger, headers, raw, dict(parse_qsl(urlsplit(path).query)))
    with pytest.raises(Forged):
        news_of(stage, (plain, CaseInsensitiveDict(), raw))
    if stage.kind.name != "Shippo":
        with pytest.raises(Forged):
            news_of(stage, (path, headers, raw.replace(b"ccepted", b"cceptex")))


def test_signed_letters_of_shippo_are_believed(running: str, letters: Letters) -> None:
    stage = Stage(KINDS[1], running, letters)
    stage.door("reset")
    letters.found.clear()
    stage.door("shippo/hmac", token=stage.kind.key, secret="set by support")
    stage.carrier().subscribe(address_of(stage), SECRET)
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    path, headers, raw = tracks(stage)[0]
    keys = {"hmac_secret": "set by support"}
    (news,) = news_of(stage, (path, headers, raw), credentials=keys)
    assert news.tracking is not None and news.tracking.status == "in_transit"
    for body, secret in ((raw + b" ", "set by support"), (raw, "guessed")):
        with pytest.raises(Forged):
            news_of(stage, (path, headers, body), credentials={"hmac_secret": secret})


def test_a_rolled_key_of_shipstation_is_learnt(running: str, letters: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(KINDS[2], running, letters)
    stage.door("reset")
    letters.found.clear()
    forget_keys()
    monkeypatch.setattr("app.shipping.carriers.shipstation_news.REFRESH", 0.0)
    stage.carrier().subscribe(address_of(stage), SECRET)
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    assert news_of(stage, tracks(stage)[0])[0].kind == "tracking"
    stage.door("shipstation/rotate-key")
    letters.found.clear()
    stage.scan(bought.tracking_number, "delivered")
    (news,) = news_of(stage, heard(stage)[0])
    assert news.tracking is not None and news.tracking.status == "delivered"


# --- what is not offered
def test_what_our_own_labels_do_not_offer_is_said_by_the_profile() -> None:
    own, profile = OwnLabel(connection("", "")), OwnLabel.profile
    calls: list[Callable[[], Any]] = [
        lambda: own.check_address(BEACH),
        lambda: own.track("Post", "1"),
        lambda: own.subscribe("http://x.test", "s"),
        lambda: own.find_manifest(["own_1"]),
        lambda: own.manifest_state("own_1"),
    ]
    for call in calls:
        with pytest.raises(NotOffered):
            call()
    assert not (profile.checks_addresses or profile.tracks or profile.webhooks or profile.manifests)
    with pytest.raises(Forged):
        OwnLabel.read_news(connection("", ""), CaseInsensitiveDict(), json.dumps({}).encode())
    assert own_sheet.WIDTH * 72 == 288 * own_sheet.DPI and own_sheet.HEIGHT * 72 == 432 * own_sheet.DPI
