"""What becomes of Shopee orders afterwards: cancellations, returns, disputes; and the app's pushes (SHOPEE.md §7, §8)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.channels.order_facts import CancelLine
from app.channels.platforms.shopee import Shopee
from app.core.errors import ProviderError
from tests.channels.shopee import (
    PUSH,
    SHOP,
    SINCE,
    connection,
    path,
    proven,
    query,
    recorded,
    registration,
    saying,
    told,
)


def test_a_whole_order_out_of_stock_names_its_goods() -> None:
    with saying(recorded("order_detail_response"), recorded("cancel_order_response")) as (replay, shop):
        shop.cancel("2404098R48U37H", "out_of_stock")
    item = {"item_id": 23620853561, "model_id": 221404189791}
    assert replay.asked[1].body == {"order_sn": "2404098R48U37H", "cancel_reason": "OUT_OF_STOCK", "item_list": [item]}


def test_a_part_is_cancelled_by_its_line() -> None:
    with saying(recorded("order_detail_response"), told({}), recorded("cancel_order_response")) as (replay, shop):
        (order,) = shop.read_orders(["2404098R48U37H"])
        shop.cancel(order.id, "buyer_asked", [CancelLine(order.items[0].ref, 1, order.items[0].ids)])
    assert replay.asked[2].body["cancel_reason"] == "CUSTOMER_REQUEST"
    assert replay.asked[2].body["partial_cancel_item_list"] == [
        {"item_id": 23620853561, "model_id": 221404189791, "order_item_id": 23620853561, "promotion_group_id": 0, "model_quantity": 1}
    ]  # fmt: skip


@pytest.mark.parametrize(("region", "word"), [("TW", "UNDELIVERABLE_AREA"), ("SG", "CUSTOMER_REQUEST")])
def test_undeliverable_is_a_reason_in_two_regions(region: str, word: str) -> None:
    with saying(told(), region=region) as (replay, shop):
        shop.cancel("A", "undeliverable")
    assert replay.asked[0].body["cancel_reason"] == word


@pytest.mark.parametrize(("accept", "operation"), [(True, "ACCEPT"), (False, "REJECT")])
def test_a_buyers_wish_is_answered(accept: bool, operation: str) -> None:
    with saying(recorded("handle_buyer_cancellation_response")) as (replay, shop):
        shop.answer_cancellation("A", "A", accept)
    assert replay.asked[0].body == {"order_sn": "A", "operation": operation}


def test_returns_are_paged_inside_their_slices() -> None:
    with saying(recorded("return_list_response"), told({"more": False, "return": []})) as (replay, shop):
        first = shop.returns(SINCE, SINCE + timedelta(days=3))
        second = shop.returns(SINCE, SINCE + timedelta(days=3), first.cursor)
    assert len(first.items) == 1 and second.cursor == ""
    assert [query(one)["page_no"] for one in replay.asked] == ["0", "1"]


REASONS = told({"dispute_reason_list": [
    {"dispute_reason": "50", "evidence_module_list": [{"module_index": 1, "is_required": True}]},
    {"dispute_reason": "41", "evidence_module_list": [{"module_index": 1, "is_required": False}]},
]})  # fmt: skip


def test_a_return_is_confirmed_or_disputed() -> None:
    with saying(told({"return_sn": "R"})) as (replay, shop):
        shop.answer_return("R", True)
    assert path(replay.asked[0]) == "/api/v2/returns/confirm" and replay.asked[0].body == {"return_sn": "R"}
    with saying(REASONS, told({"return_sn": "R"}), email="nadia@north.test") as (replay, shop):
        shop.answer_return("R", False, "It never came back")
    assert replay.asked[1].body == {
        "return_sn": "R",
        "email": "nadia@north.test",
        "dispute_reason_id": 41,
        "dispute_text_reason": "It never came back",
    }


def test_a_dispute_without_what_shopee_wants_sends_nothing() -> None:
    with saying(REASONS) as (replay, shop), pytest.raises(ProviderError, match="e-mail") as caught:
        shop.answer_return("R", False, "no")
    assert caught.value.permanent and replay.asked == []
    pictures = told({"dispute_reason_list": [{"dispute_reason": "50", "evidence_module_list": [{"module_index": 1}]}]})
    with saying(pictures, email="n@n.test") as (replay, shop), pytest.raises(ProviderError, match="pictures"):
        shop.answer_return("R", False, "no")
    assert len(replay.asked) == 1


def test_hooks_say_what_is_missing_and_whether_it_was_suspended() -> None:
    with saying(recorded("push_config_response")) as (_, shop):
        found = shop.hooks()
    assert not found.healthy and list(found.present) == [] and "3" in found.missing


def config(**more: Any) -> dict[str, Any]:
    return told(
        {"callback_url": PUSH, "live_push_status": "Normal", "push_config_on_list": [1, 2, 3, 4, 8, 12, 15], **more}
    )


@pytest.mark.parametrize(
    "broken", [{"callback_url": "https://old.test"}, {"push_config_on_list": [1, 2]}, {"live_push_status": "Suspended"}]
)
def test_subscribing_mends_what_is_missing(broken: dict[str, Any]) -> None:
    with saying(config(**broken), told({"result": "success"})) as (replay, shop):
        shop.subscribe()
    sent = replay.asked[-1]
    assert path(sent) == "/api/v2/push/set_app_push_config" and proven(sent)
    assert sent.body == {"callback_url": PUSH, "set_push_config_on": [1, 2, 3, 4, 8, 12, 15]}


def test_a_blocked_shop_is_seen_and_let_through_while_others_stay_blocked() -> None:
    with saying(config(blocked_shop_id=[77, int(SHOP)]), told({"result": "success"})) as (replay, shop):
        assert not shop.hooks().healthy
    with saying(config(blocked_shop_id=[77, int(SHOP)]), told({"result": "success"})) as (replay, shop):
        shop.subscribe()
    assert replay.asked[1].body["blocked_shop_id_list"] == [77]


def test_subscribing_again_changes_nothing() -> None:
    with saying(config()) as (replay, shop):
        shop.subscribe()
        assert shop.hooks().healthy and not shop.hooks().missing
    assert {one.method for one in replay.asked} == {"GET"}


def test_lost_pushes_are_confirmed_once_they_are_kept() -> None:
    with saying(
        recorded("lost_push_message_response"), told(), told({"push_message_list": [], "last_message_id": 0})
    ) as (replay, _):
        app = registration(replay.url)
        first = Shopee.missed(app)
        assert [one.ids for one in first.items] == [["220810QSK8S7BX"]] and first.cursor == "176610"
        assert list(Shopee.missed(app, first.cursor).items) == []
    assert replay.asked[1].body == {"last_message_id": 176610} and len(replay.asked) == 3


def test_a_connection_of_another_shop_speaks_for_itself() -> None:
    with saying(recorded("shop_info_response")) as (replay, shop):
        shop.shop()
        Shopee(replace(connection(replay.url), shop=replace(shop.shop(), id="99"))).shop()
    assert [query(one)["shop_id"] for one in replay.asked] == [SHOP, SHOP, "99"]
