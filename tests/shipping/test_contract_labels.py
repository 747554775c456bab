"""Labels of every carrier: bought once, found again, printed, given back, handed over on one list. The sandbox keeps its own
ledger of what was sold (TRAPS.md A2-A4, A9, A10, D31, D32)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from app.core.errors import ProviderError
from app.shipping.carrier import FORMATS
from app.shipping.carriers.own import OwnLabel
from app.shipping.carriers.papers import kind
from tests.sandbox.conftest import wait_until
from tests.shipping.parcels import BEACH, STUDIO, connection, parcel
from tests.shipping.stage import REMOTE, Stage, every, remote


def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Purchases give up after a moment instead of half a minute."""
    for module in ("easypost", "shippo", "shipstation"):
        monkeypatch.setattr(f"app.shipping.carriers.{module}.LONG", (1, 0.4))


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
