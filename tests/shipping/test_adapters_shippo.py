"""Shippo's adapter against what Shippo was recorded to say, in both of its API versions
(TRAPS.md A2-A5, B14, B19, B21, C24, D31, D34)."""

import hmac
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from requests.structures import CaseInsensitiveDict

from app.core.errors import ProviderError
from app.core.port import Forged
from app.shipping.carrier import STATUSES
from app.shipping.carriers import shippo_facts as facts
from app.shipping.carriers.shippo import Shippo
from app.shipping.carriers.shippo_news import address_token, signature
from tests.shipping.parcels import BEACH, LONDON, NOWHERE, abroad, connection, parcel
from tests.shipping.replay import Replay, answer, recordings, replaying

SECRET, MOMENT = "shippo-hmac-secret", 1_700_000_000
BODY = b'{"event":"track_updated","test":true,"data":{"carrier":"usps","tracking_number":"SHIPPO_TRANSIT"}}'
V1 = "e8b5e0d8107dc850b5de08aa84f599a0631f970a7de042962da77ee4c70f3a1b"


@pytest.fixture
def replay() -> Iterator[Replay]:
    with replaying() as found:
        yield found


def speaker(replay: Replay, **more: Any) -> Shippo:
    return Shippo(connection(replay.url, "shippo_test_key", **more))


def sold() -> dict[str, Any]:
    return answer("shippo/manifest_create", 4)


def price() -> dict[str, Any]:
    return answer("shippo/manifest_create", 5)


def test_every_recorded_shipment_tells_its_rates() -> None:
    listed = [
        body
        for _, method, url, status, body in recordings("shippo")
        if re.search(r"/shipments/\w*$", url) and status < 300
    ]
    assert len(listed) >= 3
    for body in listed:
        rates = facts.rates(body)
        assert [one.total_minor for one in rates] == sorted(one.total_minor for one in rates)
        assert all(one.total_minor > 0 and one.service and one.days is not None for one in rates)


def test_every_recorded_transaction_is_bought_waiting_or_refused() -> None:
    listed = [
        one
        for _, _, url, status, body in recordings("shippo")
        if "/transactions/" in url and status < 300
        for one in body.get("results", [body])
    ]
    assert {one["status"] for one in listed} == {"SUCCESS", "QUEUED", "ERROR"}
    for one in listed:
        if one["status"] == "SUCCESS":
            label = facts.bought(one, price())
            assert label.tracking_number and label.files["pdf"].startswith("https://shippo-delivery")
            continue
        with pytest.raises(ProviderError) as caught:
            facts.bought(one, price())
        assert caught.value.unknown == (one["status"] == "QUEUED")


def test_every_recorded_track_tells_where_the_parcel_is() -> None:
    listed = [body for _, _, url, status, body in recordings("shippo") if "/tracks/" in url and status < 300]
    assert listed
    for body in listed:
        found = facts.tracking(body)
        assert found.status in STATUSES and [one.at for one in found.seen] == sorted(one.at for one in found.seen)
    delivered = facts.tracking(answer("shippo/track_create"))
    assert delivered.status == "delivered" and delivered.seen[-1].place == "Berkeley, CA, US"


def test_an_unknown_number_has_no_status_and_no_error(replay: Replay) -> None:
    found = speaker(replay.say(answer("shippo/track_invalid_create", 1), 201)).track("USPS", "X1")
    assert (found.status, list(found.seen)) == ("unknown", []) and replay.asked[0].path == "/tracks/usps/X1"


def test_a_quote_asks_in_grams_and_millimetres(replay: Replay) -> None:
    quote = speaker(replay.say(answer("shippo/shipment_create", 3), 201)).quote(parcel())
    assert quote.rates and quote.shipment_id and quote.notes
    sent = replay.asked[0].body
    assert sent["parcels"] == [
        {"length": "254", "width": "204", "height": "102", "distance_unit": "mm", "weight": "437", "mass_unit": "g"}
    ]
    assert sent["async"] is False and replay.asked[0].headers["authorization"] == "ShippoToken shippo_test_key"


def test_sizes_are_needed(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="length, width and height"):
        speaker(replay.say({})).quote(parcel(box=parcel().box.__class__(437)))
    assert replay.asked == []


def test_customs_lines_are_totals(replay: Replay) -> None:
    speaker(replay.say(answer("shippo/shipment_create", 3), 201)).quote(abroad(LONDON, insured_minor=4500))
    sent = replay.asked[0].body
    (item,) = sent["customs_declaration"]["items"]
    assert (item["quantity"], item["value_amount"], item["net_weight"]) == (3, "45.00", "360")
    assert sent["customs_declaration"]["eel_pfc"] == "NOEEI_30_37_a"
    assert sent["extra"]["insurance"]["amount"] == "45.00"


def test_a_label_costs_what_its_rate_said(replay: Replay) -> None:
    shipment = parcel()
    label = speaker(replay.say(price()).say(sold(), 201)).buy(shipment, "s", sold()["rate"])
    assert (
        label.total_minor == round(float(price()["amount"]) * 100) and label.tracking_number == "9210890164917301941852"
    )
    assert replay.asked[1].body == {
        "rate": sold()["rate"], "label_file_type": "PDF_4x6", "metadata": shipment.reference, "async": False,
    }  # fmt: skip


def test_an_answer_of_201_may_say_no(replay: Replay) -> None:
    refused = {**sold(), "status": "ERROR", "messages": [{"source": "USPS", "code": "", "text": "Too far."}]}
    with pytest.raises(ProviderError, match=r"Too far\. Nothing was bought") as caught:
        speaker(replay.say(price()).say(refused, 201)).buy(parcel(), "s", "r")
    assert caught.value.permanent and not caught.value.unknown


def test_a_carrier_that_did_not_answer_may_be_asked_again(replay: Replay) -> None:
    said = [{"source": "UPS", "code": "carrier_timeout", "text": "UPS API did not respond."}]
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say(price()).say({**sold(), "status": "ERROR", "messages": said}, 201)).buy(parcel(), "s", "r")
    assert not caught.value.permanent and not caught.value.unknown


@pytest.mark.parametrize("body", [b"{", b'{"status": "SUCCESS"}', b"<h1>Bad gateway</h1>"])
def test_a_lost_answer_to_a_purchase_is_unknown(replay: Replay, body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say(price()).say(body, 201)).buy(parcel(), "s", "r")
    assert caught.value.unknown and not caught.value.permanent


def test_what_an_attempt_bought_is_found_by_our_reference(replay: Replay) -> None:
    rate_id = sold()["rate"]
    others = [{**sold(), "metadata": "someone"}, {**sold(), "metadata": "ours", "status": "REFUNDED"}]
    found = {"results": [*others, {**sold(), "metadata": "ours"}], "next": None}
    label = speaker(replay.say(found).say(price())).find("s", rate_id, "ours")
    assert label is not None and label.id == sold()["object_id"]
    assert replay.asked[0].path == f"/transactions/?rate={rate_id}&results=100"


def test_nothing_is_found_among_other_peoples_labels(replay: Replay) -> None:
    found = {"results": [{**sold(), "metadata": "someone"}, {**sold(), "status": "ERROR", "metadata": "ours"}]}
    assert speaker(replay.say(found)).find("s", sold()["rate"], "ours") is None


def test_a_purchase_under_way_is_neither_found_nor_lost(replay: Replay) -> None:
    found = {"results": [{**sold(), "status": "QUEUED", "metadata": "ours"}]}
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say(found).say(price())).find("s", sold()["rate"], "ours")
    assert caught.value.unknown


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("shippo/transaction_invalid_create", 400, "rate: This field is required."),
        ("shippo/customs-declaration_invalid_create", 400, "items: This field is required."),
        ("shippo/track_invalid_create", 400, "carrier: Invalid value specified"),
        ("shippo/shipment_invalid_retrieve", 404, "answered 404"),
    ],
)
def test_three_shapes_of_errors_become_words(replay: Replay, name: str, status: int, words: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(words)) as caught:
        speaker(replay.say(answer(name), status)).quote(parcel())
    assert caught.value.permanent


def test_too_many_at_once_waits(replay: Replay) -> None:
    for status in (409, 429):
        with pytest.raises(ProviderError) as caught:
            speaker(replay.say({"detail": "Busy"}, status)).buy(parcel(), "s", "r")
        assert not caught.value.permanent and not caught.value.unknown and caught.value.retry_after


def test_a_checked_address_is_corrected(replay: Replay) -> None:
    check = speaker(replay.say(answer("shippo/address_validate", 1))).check_address(BEACH)
    assert check.deliverable and check.corrected is not None
    assert (check.corrected.line1, check.corrected.postcode, check.corrected.residential) == (
        "215 CLAYTON ST", "94117-1913", True,
    )  # fmt: skip
    assert not speaker(replay.say(answer("shippo/address_invalid_create"))).check_address(NOWHERE).deliverable


def test_an_expired_address_is_asked_for_again(replay: Replay) -> None:
    fresh = {**sold(), "label_url": f"{replay.url}/fresh.pdf"}
    replay.say(b"<Error>expired</Error>", 403).say(fresh).say(b"%PDF-1.4 label")
    assert speaker(replay).file(sold()["object_id"], "pdf", f"{replay.url}/old.pdf") == b"%PDF-1.4 label"


def test_a_file_is_what_its_bytes_say(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="made this label as PDF; print it as PDF"):
        speaker(replay.say(b"%PDF-1.4 label")).file("t", "zpl", f"{replay.url}/label.zpl")


def test_the_recorded_manifest_is_found_by_its_labels(replay: Replay) -> None:
    made = answer("shippo/manifest_create", -1)
    found = speaker(replay.say(answer("shippo/manifest_list_all") | {"next": None})).find_manifest(made["transactions"])
    assert found is not None and found.state == "created" and found.url.startswith("https://shippo-delivery-east")
    assert speaker(replay).find_manifest(["other"]) is None


@pytest.mark.parametrize(
    ("status", "state"),
    [("SUCCESS", ""), ("REFUNDPENDING", "requested"), ("REFUNDED", "refunded"), ("REFUNDREJECTED", "refused")],
)
def test_how_a_void_stands(replay: Replay, status: str, state: str) -> None:
    assert speaker(replay.say({**sold(), "status": status})).void_state("t").state == state


def signed(raw: bytes, secret: str = SECRET, moment: int | None = None) -> CaseInsensitiveDict[str]:
    stamp = str(int(time.time()) if moment is None else moment)
    return CaseInsensitiveDict({"shippo-auth-signature": f"t={stamp},v1={signature(secret, stamp, raw)}"})


def test_the_signature_vector_fits_and_altered_ones_do_not() -> None:
    assert signature(SECRET, str(MOMENT), BODY) == V1
    ours = connection("https://api.goshippo.com", "k", credentials={"hmac_secret": SECRET}, webhook_secret="w")
    header = CaseInsensitiveDict({"Shippo-Auth-Signature": f"t={MOMENT},v1={V1}"})
    with time_machine.travel(MOMENT + 299, tick=False):
        (news,) = Shippo.read_news(ours, header, BODY)
        assert (news.kind, news.number) == ("tracking", "SHIPPO_TRANSIT") and news.tracking is not None
        for given, raw in (
            (header, BODY + b" "),
            (CaseInsensitiveDict(), BODY),
            (CaseInsensitiveDict({"Shippo-Auth-Signature": f"t={MOMENT + 1},v1={V1}"}), BODY),
            (signed(BODY, "other"), BODY),
            (
                CaseInsensitiveDict({"Shippo-Auth-Signature": f"t=,v1={hmac.new(b'', BODY, 'sha256').hexdigest()}"}),
                BODY,
            ),
        ):
            with pytest.raises(Forged):
                Shippo.read_news(ours, given, raw, {"token": address_token("w")})
    with time_machine.travel(MOMENT + 301, tick=False), pytest.raises(Forged, match="too old"):
        Shippo.read_news(ours, header, BODY)


def test_without_signatures_the_address_proves_it_and_the_body_is_only_a_hint() -> None:
    ours = connection("https://api.goshippo.com", "k", webhook_secret="w")
    (news,) = Shippo.read_news(ours, CaseInsensitiveDict(), BODY, {"token": address_token("w")})
    assert news.kind == "tracking" and news.tracking is None
    for query in ({}, {"token": ""}, {"token": "w"}, {"token": address_token("x")}):
        with pytest.raises(Forged):
            Shippo.read_news(ours, CaseInsensitiveDict(), BODY, query)


def test_the_same_scan_is_the_same_news_and_another_is_not() -> None:
    track = answer("shippo/track_create")
    ours = connection("https://api.goshippo.com", "k", credentials={"hmac_secret": SECRET})

    def key(data: dict[str, Any]) -> str:
        raw = json.dumps({"event": "track_updated", "data": data}).encode()
        return Shippo.read_news(ours, signed(raw), raw)[0].remote_id

    other = {**track, "tracking_status": {**track["tracking_status"], "object_id": "another"}}
    assert key(track) == key({**track, "messages": []}) and key(track) != key(other)
