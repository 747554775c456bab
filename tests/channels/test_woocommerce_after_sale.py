"""How WooCommerce orders are cancelled, whole or in part, and where the money goes (TRAPS.md F41, F44)."""

from typing import Any

import pytest

from app.channels.channel_facts import Ref
from app.channels.order_facts import CancelLine
from app.core.errors import ProviderError
from tests.channels.woocommerce import ORDER, last, speaker, where
from tests.shipping.replay import Replay

CARD = {**ORDER, "payment_method": "stripe"}


def test_money_of_a_gateway_goes_back_with_the_goods(replay: Replay) -> None:
    speaker(replay.say(CARD).say({"id": 730}, 201)).cancel("727", "out_of_stock")
    assert where(last(replay)) == "POST /orders/727/refunds"
    assert last(replay).body == {
        "amount": "29.35", "reason": "Out of stock", "api_refund": True, "api_restock": True,
        "line_items": [
            {"id": 315, "quantity": 2, "refund_total": "6.00", "refund_tax": [{"id": 75, "refund_total": "0.45"}]},
            {"id": 316, "quantity": 1, "refund_total": "12.00", "refund_tax": [{"id": 75, "refund_total": "0.90"}]},
        ],
    }  # fmt: skip


def test_an_order_paid_by_hand_is_only_marked(replay: Replay) -> None:
    for paid in (ORDER, {**CARD, "date_paid_gmt": None}):
        speaker(replay.say(paid).say(paid)).cancel("727", "buyer_asked")
        assert where(last(replay)) == "PUT /orders/727" and last(replay).body == {"status": "cancelled"}


@pytest.mark.parametrize("status", ["cancelled", "refunded", "trash"])
def test_cancelling_again_asks_for_nothing(replay: Replay, status: str) -> None:
    speaker(replay.say({**CARD, "status": status})).cancel("727", "out_of_stock")
    assert [one.method for one in replay.asked] == ["GET"]


def test_a_completed_order_is_not_cancelled(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="refund"):
        speaker(replay.say({**CARD, "status": "completed"})).cancel("727", "out_of_stock")
    assert [one.method for one in replay.asked] == ["GET"]


def test_a_part_is_cancelled_by_a_refund_of_its_share(replay: Replay) -> None:
    lines = [CancelLine(Ref("93"), 1, ("315",)), CancelLine(Ref("22", "23"), 1)]
    speaker(replay.say(ORDER).say({"id": 730}, 201)).cancel("727", "price_error", lines)
    body = last(replay).body
    assert body["amount"] == "16.12" and body["api_refund"] is False and body["api_restock"] is True
    assert [(one["id"], one["quantity"], one["refund_total"]) for one in body["line_items"]] == [
        (315, 1, "3.00"),
        (316, 1, "12.00"),
    ]


def test_parts_of_a_line_together_are_the_whole(replay: Replay) -> None:
    line = {**ORDER["line_items"][0], "quantity": 3, "total": "10.00", "subtotal": "10.00", "taxes": []}
    gone: list[dict[str, Any]] = []
    sums = []
    for _ in range(3):
        order = {**ORDER, "line_items": [line], "refunds": [{"id": 1, "total": "-1"}] if gone else []}
        replay.say(order)
        if gone:
            replay.say(list(gone))
        replay.say({"id": 730}, 201)
        speaker(replay).cancel("727", "out_of_stock", [CancelLine(Ref("93"), 1, ("315",))])
        sums.append(last(replay).body["amount"])
        gone.append({"line_items": [{"quantity": -1, "meta_data": [{"key": "_refunded_item_id", "value": 315}]}]})
    assert sums == ["3.33", "3.34", "3.33"]


@pytest.mark.parametrize(
    "line", [CancelLine(Ref("93"), 3, ("315",)), CancelLine(Ref("93"), 0, ("315",)), CancelLine(Ref("1"), 1, ("9",))]
)
def test_more_than_is_left_is_not_cancelled(replay: Replay, line: CancelLine) -> None:
    with pytest.raises(ProviderError, match="Nothing was cancelled") as caught:
        speaker(replay.say(ORDER)).cancel("727", "out_of_stock", [line])
    assert caught.value.permanent and [one.method for one in replay.asked] == ["GET"]


def test_a_gateway_that_cannot_refund_has_changed_nothing(replay: Replay) -> None:
    said = "The payment gateway for this order does not support automatic refunds."
    replay.say(CARD).say({"code": "woocommerce_rest_cannot_create_order_refund", "message": said}, 500)
    with pytest.raises(ProviderError, match="automatic refunds") as caught:
        speaker(replay).cancel("727", "out_of_stock")
    assert caught.value.permanent and not caught.value.unknown and len(replay.asked) == 2
