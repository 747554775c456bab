"""Reading Shopee's orders: windows of fifteen days, everything that is optional, what bundles cost (SHOPEE.md §5, TRAPS.md E34, E35)."""

from datetime import timedelta
from typing import Any

import pytest

from app.channels.channel import AccessExpired
from app.core.errors import ProviderError
from tests.channels.shopee import SINCE, query, recorded, saying, told


def test_a_long_span_is_cut_into_slices_of_fifteen_days() -> None:
    more = recorded("order_list_response")
    last = told({"more": False, "next_cursor": "", "order_list": [{"order_sn": "A", "order_status": "SHIPPED"}]})
    with saying(more, last, last, last) as (replay, shop):
        cursor, found = "", []
        for _ in range(4):
            page = shop.orders(SINCE, SINCE + timedelta(days=32), cursor)
            found += page.items
            cursor = page.cursor
    spans = [(int(query(one)["time_from"]), int(query(one)["time_to"])) for one in replay.asked]
    assert all(0 < end - start <= 15 * 86400 for start, end in spans) and spans[0] == spans[1]
    assert spans[2][0] == spans[1][1] and spans[3] == (spans[2][1], int((SINCE + timedelta(days=32)).timestamp()))
    assert [query(one)["cursor"] for one in replay.asked] == ["", "20", "", ""] and cursor == ""
    assert found[0].id == "201218V2Y6E59M" and found[-1].status == "SHIPPED" and len(found) == 13
    asked = query(replay.asked[0])
    assert (asked["time_range_field"], asked["page_size"], asked["request_order_status_pending"]) == (
        "update_time",
        "100",
        "true",
    )


def test_no_span_asks_nobody_and_a_refused_one_says_why() -> None:
    with saying(recorded("order_list_range_error")) as (replay, shop):
        assert list(shop.orders(SINCE, SINCE).items) == [] and replay.asked == []
        with pytest.raises(ProviderError, match="15days") as caught:
            shop.orders(SINCE, SINCE + timedelta(days=1))
    assert caught.value.permanent and caught.value.remote_code == "order.order_list_invalid_time"


def test_orders_are_read_with_everything_that_is_optional() -> None:
    with saying(recorded("order_detail_response")) as (replay, shop):
        (order,) = shop.read_orders(["2404098R48U37H"])
    asked = query(replay.asked[0])
    for wanted in (
        "item_list",
        "recipient_address",
        "package_list",
        "total_amount",
        "buyer_cancel_reason",
        "pay_time",
        "split_up",
    ):
        assert wanted in asked["response_optional_fields"].split(",")
    assert order.amounts.total == 32_119 and asked["order_sn_list"] == "2404098R48U37H"


def test_more_than_fifty_orders_are_two_calls_and_a_missing_one_spoils_none() -> None:
    with saying(told({"order_list": []})) as (replay, shop):
        shop.read_orders([str(n) for n in range(60)])
    assert [query(one)["order_sn_list"].count(",") for one in replay.asked] == [49, 9]
    missing = recorded("order_detail_error")
    with saying(missing, missing, recorded("order_detail_response"), told({})) as (replay, shop):
        assert [one.id for one in shop.read_orders(["gone", "2404098R48U37H"])] == ["2404098R48U37H"]
    assert [query(one)["order_sn_list"] for one in replay.asked[:3]] == [
        "gone,2404098R48U37H",
        "gone",
        "2404098R48U37H",
    ]


def test_tracking_numbers_come_from_the_parcels_themselves() -> None:
    parcel = {"package_number": "OFG166300791210964", "tracking_number": "SPXVN1"}
    with saying(recorded("order_detail_response"), told({"package_list": [parcel]})) as (replay, shop):
        (order,) = shop.read_orders(["2404098R48U37H"])
    assert query(replay.asked[1])["package_number_list"] == "OFG166300791210964"
    assert [one.tracking_number for one in order.packages] == ["SPXVN1"]
    with saying(recorded("order_detail_response"), recorded("package_detail_response")) as (_, shop):
        assert shop.read_orders(["2404098R48U37H"])[0].packages[0].tracking_number == ""
    refused = told(error="error_permission", message="Sorry you don't have the permission")
    with saying(recorded("order_detail_response"), refused) as (_, shop):
        assert shop.read_orders(["2404098R48U37H"])[0].amounts.total == 32_119


def bundle() -> dict[str, Any]:
    order = recorded("order_detail_response")["response"]["order_list"][0]
    order["item_list"][0] |= {"model_discounted_price": 0, "promotion_type": "bundle_deal"}
    return told({"order_list": [order]})


def test_a_bundles_price_is_asked_for_and_missing_it_loses_no_order() -> None:
    income = {
        "order_income": {"items": [{"item_id": 23620853561, "model_id": 221404189791, "discounted_price": 250_000}]}
    }
    with saying(bundle(), told(income)) as (replay, shop):
        (order,) = shop.read_orders(["2404098R48U37H"])
    assert order.items[0].total_minor == 250_000 and query(replay.asked[1])["order_sn"] == "2404098R48U37H"
    with saying(bundle(), told(error="error_not_found", message="not settled")) as (_, shop):
        assert shop.read_orders(["2404098R48U37H"])[0].items[0].total_minor == 0
    with (
        saying(bundle(), told(error="error_auth", message="Invalid access_token.")) as (_, shop),
        pytest.raises(AccessExpired),
    ):
        shop.read_orders(["2404098R48U37H"])
