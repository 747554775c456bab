"""Telling Shopee stock and prices, and reading what is listed: batches, refusals inside success, windows (SHOPEE.md §6, TRAPS.md A6-A8)."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine

from app.channels.channel_facts import PriceChange, Ref, StockChange
from app.core.errors import ProviderError
from tests.channels.shopee import SINCE, path, query, recorded, saying, told


def changes(*refs: str, quantity: int = 0) -> list[StockChange]:
    return [StockChange(Ref(*one.split(".")), {"": quantity}) for one in refs]


def test_stock_is_told_item_by_item_and_zero_is_a_quantity() -> None:
    with saying(
        told({"success_list": [{"model_id": 5}, {"model_id": 6}]}), told({"success_list": [{"model_id": 0}]})
    ) as (replay, shop):
        found = shop.set_stock(changes("7.5", "8", "7.6"))
    assert [(one.ref, one.ok) for one in found] == [(Ref("7", "5"), True), (Ref("8"), True), (Ref("7", "6"), True)]
    assert replay.asked[0].body == {
        "item_id": 7,
        "stock_list": [
            {"model_id": 5, "seller_stock": [{"stock": 0}]},
            {"model_id": 6, "seller_stock": [{"stock": 0}]},
        ],
    }
    assert replay.asked[1].body["stock_list"] == [{"model_id": 0, "seller_stock": [{"stock": 0}]}]


def test_locations_are_named_where_a_shop_has_them() -> None:
    with saying(told({})) as (replay, shop):
        assert shop.set_stock([StockChange(Ref("7"), {"IDZ": 3, "IDL": 0})])[0].ok
    assert replay.asked[0].body["stock_list"][0]["seller_stock"] == [
        {"location_id": "IDZ", "stock": 3},
        {"location_id": "IDL", "stock": 0},
    ]


MANY = told(error="error_busi", message="The merchant/shop has multi warehouse, please input location id")
PLACES = told([{"location_id": "IDZ", "warehouse_name": "North"}, {"location_id": "IDL", "warehouse_name": "South"}])


def test_a_quantity_without_a_place_lies_in_the_usual_one_where_places_are_wanted() -> None:
    with saying(MANY, PLACES, told({}), told({}), warehouse="IDL") as (replay, shop):
        assert [one.ok for one in shop.set_stock(changes("7", "8", quantity=4))] == [True, True]
    assert len(replay.asked) == 4
    for asked in replay.asked[2:]:
        listed = {one["location_id"]: one["stock"] for one in asked.body["stock_list"][0]["seller_stock"]}
        assert listed == {"IDL": 4, "IDZ": 0}
    alone = told(error="warehouse.error_not_in_whitelist", message="Your shop is not in multi-warehouse whitelist.")
    with saying(MANY, alone) as (_, shop):
        (refused,) = shop.set_stock(changes("7"))
    assert not refused.ok and refused.permanent and "multi warehouse" in refused.error


def test_fifty_variations_go_in_one_call() -> None:
    with saying(told({})) as (replay, shop):
        assert len(shop.set_stock(changes(*[f"7.{n}" for n in range(1, 53)]))) == 52
    assert [len(one.body["stock_list"]) for one in replay.asked] == [50, 2]


@pytest.mark.parametrize("error", ["", "error_busi_update_stock_failed"])
def test_failures_inside_success_are_told_one_by_one(error: str) -> None:
    said = {"failure_list": [{"model_id": 6, "failed_reason": "Wrong model_id."}], "success_list": [{"model_id": 5}]}
    with saying(told(said, error=error, message="please check failure_list")) as (_, shop):
        good, bad = shop.set_stock(changes("7.5", "7.6"))
    assert good.ok and not bad.ok and bad.gone and bad.permanent and bad.error == "Wrong model_id."


@pytest.mark.parametrize(
    ("error", "message", "permanent", "gone"),
    [
        ("error_auth", "Total stock must be more than reserved stock.", False, False),
        ("error_param", "Can not update item with stock less than reserved stock", False, False),
        ("error_holiday_mode_change_stock", "Shop is in holiday mode.", False, False),
        ("error_auth", "Please wait for the holiday mode set then to edit item. Please try later.", False, False),
        ("error_cannt_edit_stock_in_promotion", "Item is under promotion.", False, False),
        ("error_item_uneditable", "Can't edit this item.", True, False),
        ("error_item_not_found", "Item_id is not found.", True, True),
        ("error_edit_item_stock_for_item_has_model", "Item has model.", True, True),
        ("error_busi", "The merchant/shop has multi warehouse, please input location id", True, False),
        ("product.error_param", "invalid field ItemId: value must  Not Null", True, False),
    ],
)
def test_one_item_that_is_refused_stops_no_other(error: str, message: str, permanent: bool, gone: bool) -> None:
    with saying(told(error=error, message=message), told({"success_list": [{"model_id": 0}]})) as (_, shop):
        first, second = shop.set_stock(changes("7", "8"))
    assert (first.ok, first.permanent, first.gone, first.error) == (False, permanent, gone, message)
    assert second.ok


def test_the_documented_refusal_of_a_stock_change() -> None:
    with saying(recorded("update_stock_error")) as (_, shop):
        (found,) = shop.set_stock(changes("7"))
    assert not found.ok and found.code == "product.error_param"


@pytest.mark.parametrize(
    "answer",
    [
        told(error="error_auth", message="Invalid access_token."),
        told(error="shop_no_linked", message="Partner and shop has no linked."),
        told(error="error_rate_limit", message="Too many requests."),
        told(error="error_sign", message="Wrong sign."),
    ],
)
def test_when_the_first_call_cannot_be_tried_it_is_raised_and_later_it_is_told(answer: dict[str, Any]) -> None:
    with saying(answer) as (replay, shop), pytest.raises(ProviderError):
        shop.set_stock(changes("7", "8"))
    assert len(replay.asked) == 1
    with saying(told({}), answer) as (replay, shop):
        found = shop.set_stock(changes("7", "8", "9"))
    assert [one.ok for one in found] == [True, False, False] and len(replay.asked) == 2
    assert not any(one.gone for one in found)


def test_a_lost_answer_about_stock_is_told_as_not_done() -> None:
    with saying(("", 0)) as (_, shop):
        (found,) = shop.set_stock(changes("7"))
    assert not found.ok and not found.permanent


def test_prices_are_numbers_and_their_failures_told() -> None:
    with saying(recorded("update_price_response")) as (replay, shop):
        good, bad = shop.set_price([PriceChange(Ref("7"), 1111, "SGD"), PriceChange(Ref("7", "3456"), 2050, "SGD")])
    assert good.ok and not bad.ok and bad.error == "fail"
    assert replay.asked[0].body["price_list"] == [
        {"model_id": 0, "original_price": Decimal("11.11")},
        {"model_id": 3456, "original_price": Decimal("20.5")},
    ]


@pytest.mark.parametrize(
    ("region", "currency", "minor", "sent"), [("VN", "VND", 48_000, 48_000), ("TW", "TWD", 10_000, 100)]
)
def test_regions_without_cents_get_whole_numbers(region: str, currency: str, minor: int, sent: int) -> None:
    with saying(told({}), region=region) as (replay, shop):
        found = shop.set_price([PriceChange(Ref("7"), minor, currency)])
    assert found[0].ok and replay.asked[0].body["price_list"][0]["original_price"] == sent
    assert b"." not in replay.asked[0].raw


def test_a_price_with_cents_where_there_are_none_is_refused_alone() -> None:
    with saying(told({}), region="TW") as (replay, shop):
        bad, good = shop.set_price([PriceChange(Ref("7"), 10_050, "TWD"), PriceChange(Ref("7", "1"), 200, "TWD")])
    assert not bad.ok and bad.permanent and "whole TWD" in bad.error and good.ok
    assert [one["model_id"] for one in replay.asked[0].body["price_list"]] == [1]


def test_a_page_of_listings_has_texts_variations_and_kits() -> None:
    listed = {
        **recorded("item_list_response")["response"],
        "item": [{"item_id": 34002}, {"item_id": 5, "tag": {"kit": True}}],
    }
    base = recorded("item_base_info_response")["response"]["item_list"][0]
    kit = {
        "product_info": {"model_list": [{"model_id": 9, "component_list": [{"component_item_id": 1, "quantity": 2}]}]}
    }
    answers = [
        told(listed),
        told({"item_list": [base, {**base, "item_id": 5, "has_model": False}]}),
        recorded("model_list_response"),
        told(kit),
    ]
    with saying(*answers) as (replay, shop):
        page = shop.listings()
    assert [path(one).rpartition("/")[2] for one in replay.asked] == [
        "get_item_list",
        "get_item_base_info",
        "get_model_list",
        "get_kit_item_info",
    ]
    assert "item_status=NORMAL&item_status=UNLIST&item_status=BANNED&item_status=REVIEWING" in replay.asked[0].path
    assert query(replay.asked[1])["item_id_list"] == "34002,5"
    assert [one.ref for one in page.items] == [Ref("34002"), Ref("5")] and page.items[1].members[0].quantity == 2
    assert page.cursor.endswith("@10") and page.left == 17


def test_listings_since_a_moment_are_one_window() -> None:
    empty = told({"item": [], "total_count": 0, "has_next_page": False})
    with saying(empty) as (replay, shop), time_machine.travel("2026-11-21T10:00:00Z", tick=False):
        page = shop.listings(since=SINCE)
    asked = query(replay.asked[0])
    assert (asked["update_time_from"], asked["update_time_to"]) == (str(int(SINCE.timestamp())), "1795255200")
    assert (list(page.items), page.cursor, page.left) == ([], "", 0)


def test_too_deep_a_list_is_walked_in_halves_and_empty_ones_are_passed_over() -> None:
    def part(count: int, *items: int, more: bool = False) -> dict[str, Any]:
        listed = [{"item_id": one} for one in items]
        return told({"item": listed, "total_count": count, "has_next_page": more, "next_offset": 50})

    texts = told({"item_list": [{"item_id": 1, "item_name": "Mug"}]})
    answers = [part(1800, 1, more=True), part(0), part(1700, 1), part(900, 1, more=True), texts]
    with saying(*answers, part(900, 1), texts, part(800, 1), texts) as (replay, shop):
        first = shop.listings()
        second = shop.listings(first.cursor)
        third = shop.listings(second.cursor)
    asked = [query(one) for one in replay.asked if path(one).endswith("get_item_list")]
    whole, left, right, first_quarter, further, last_quarter = asked
    assert left["update_time_from"] == whole["update_time_from"] and right["update_time_to"] == whole["update_time_to"]
    assert int(right["update_time_from"]) == int(left["update_time_to"]) + 1
    assert first_quarter["update_time_from"] == right["update_time_from"] and further["offset"] == "50"
    assert int(last_quarter["update_time_from"]) == int(first_quarter["update_time_to"]) + 1 and third.cursor == ""
    assert [len(one.items) for one in (first, second, third)] == [1, 1, 1]


def test_a_product_that_is_gone_has_no_listings() -> None:
    for answer in (
        told({"item_list": []}),
        told(error="error_item_not_found", message="Item_id is not found."),
        told({"item_list": [{"item_id": 1, "item_status": "SELLER_DELETE"}]}),
    ):
        with saying(answer) as (_, shop):
            assert list(shop.listing("1")) == []
