"""How a WooCommerce shop is told of parcels, and what it does not offer (TRAPS.md F44)."""

from typing import Any

import pytest

from app.channels.order_facts import Sent
from app.channels.platforms.woocommerce import WooCommerce
from app.core.errors import ProviderError
from app.core.port import NotOffered
from tests.channels.woocommerce import ORDER, SINCE, UNTIL, speaker, where
from tests.shipping.replay import Replay

SENT = Sent("727", carrier="USPS", tracking_number="9400100208303110000000", tracking_url="https://track.example/9400")
NOTE = {
    "id": 281,
    "note": "Your parcel is on its way with USPS. Tracking number: 9400100208303110000000.",
    "customer_note": True,
}


def parcel(number: str, lines: list[str] | None = None) -> dict[str, Any]:
    return {"tracking_number": number, **({"guildhall_lines": lines} if lines else {})}


def with_parcels(*parcels: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**ORDER, "meta_data": [{"id": 9, "key": "_wc_shipment_tracking_items", "value": list(parcels)}], **more}


def test_shipping_completes_the_order_and_tells_the_buyer(replay: Replay) -> None:
    replay.say(ORDER).say(ORDER).say([]).say(NOTE, 201)
    assert not speaker(replay).ship(SENT).already
    assert [where(one) for one in replay.asked] == [
        "GET /orders/727", "PUT /orders/727", "GET /orders/727/notes", "POST /orders/727/notes",
    ]  # fmt: skip
    body = replay.asked[1].body
    assert body["status"] == "completed" and body["meta_data"][0]["key"] == "_wc_shipment_tracking_items"
    (entry,) = body["meta_data"][0]["value"]
    assert (entry["tracking_number"], entry["custom_tracking_provider"]) == (SENT.tracking_number, "USPS")
    assert replay.asked[3].body["customer_note"] is True and SENT.tracking_number in replay.asked[3].body["note"]


def test_shipping_twice_changes_nothing(replay: Replay) -> None:
    replay.say(with_parcels(parcel(SENT.tracking_number), status="completed")).say([NOTE])
    assert speaker(replay).ship(SENT).already
    assert [one.method for one in replay.asked] == ["GET", "GET"]


def test_what_got_lost_between_two_steps_is_made_up_for(replay: Replay) -> None:
    replay.say(with_parcels(parcel(SENT.tracking_number), status="completed")).say([]).say(NOTE, 201)
    assert speaker(replay).ship(SENT).already
    assert [where(one) for one in replay.asked if one.method != "GET"] == ["POST /orders/727/notes"]


def test_a_part_of_the_order_does_not_complete_it(replay: Replay) -> None:
    replay.say(ORDER).say(ORDER).say([]).say(NOTE, 201)
    speaker(replay).ship(Sent("727", tracking_number="A1", items=("315",)))
    assert "status" not in replay.asked[1].body and replay.asked[1].body["meta_data"][0]["value"][0][
        "guildhall_lines"
    ] == ["315"]
    replay.say(with_parcels(parcel("A1", ["315"]))).say(ORDER).say([]).say(NOTE, 201)
    speaker(replay).ship(Sent("727", tracking_number="A2", items=("316",)))
    rest = next(one for one in replay.asked[4:] if one.method == "PUT").body
    assert rest["status"] == "completed" and [one["tracking_number"] for one in rest["meta_data"][0]["value"]] == [
        "A1",
        "A2",
    ]


def test_an_order_without_a_number_is_only_completed(replay: Replay) -> None:
    replay.say(ORDER).say(ORDER)
    speaker(replay).ship(Sent("727"))
    assert [where(one) for one in replay.asked] == ["GET /orders/727", "PUT /orders/727"]
    assert replay.asked[1].body == {"status": "completed"}


@pytest.mark.parametrize("status", ["cancelled", "refunded", "trash"])
def test_a_cancelled_order_is_not_sent(replay: Replay, status: str) -> None:
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say({**ORDER, "status": status})).ship(SENT)
    assert caught.value.permanent and [one.method for one in replay.asked] == ["GET"]


def test_numbers_of_parcels_are_read_back(replay: Replay) -> None:
    woo = speaker(replay.say(with_parcels(parcel("A1"), parcel("A2"))))
    assert (woo.tracking_number("727", ""), woo.tracking_number("727", "A1"), woo.tracking_number("727", "x")) == (
        "A2",
        "A1",
        "",
    )


def test_what_there_is_not_is_said(replay: Replay) -> None:
    woo = speaker(replay)
    assert woo.handovers("727", "") == ()
    for refused in (
        lambda: woo.scans("727", ""),
        lambda: woo.document("727", ""),
        lambda: woo.answer_cancellation("727", "1", True),
        lambda: woo.returns(SINCE, UNTIL),
        lambda: woo.answer_return("1", True),
    ):
        with pytest.raises(NotOffered):
            refused()
    profile = WooCommerce.profile
    assert not (
        profile.labels or profile.answers_cancellations or profile.returns or profile.tokens or profile.many_warehouses
    )
    assert profile.part_cancels and profile.fields[0].name == "address" and replay.asked == []
    assert [(one.id, one.default) for one in woo.warehouses()] == [("", True)]
