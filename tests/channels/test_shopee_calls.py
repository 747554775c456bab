"""Shopee's adapter against what Shopee is documented to answer: calls, batches, steps and refusals
(SHOPEE.md §2-§8, TRAPS.md A6-A8, D27, D30, F39, F44, F45)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from app.channels.channel import AccessEnded, AccessExpired, NotOffered
from app.channels.channel_facts import CancelLine, Handover, PriceChange, Ref, Sent, StockChange, Tokens
from app.channels.platforms import shopee_errors as errors
from app.channels.platforms.shopee import Shopee
from app.core.errors import ProviderError
from tests.channels.shopee import PUSH, SHOP, connection, path, proven, query, recorded, registration, saying, told

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
PDF = {"Content_Type": "application/pdf"}


# --- access
def test_a_main_accounts_consent_opens_several_shops_each_with_tokens() -> None:
    answers = [
        recorded("token_get_response"),
        *[told(shop_name=f"S{n}", region="TW", expire_time=1773503999) for n in range(2)],
        told(error="shop_banned", message="Banned."),
    ]
    with saying(*answers) as (replay, _):
        found = Shopee.authorise(registration(replay.url), {"code": "c0de", "main_account_id": "19000"})
    assert (
        [one.shop.id for one in found] == [one.tokens.owner for one in found] == ["368765100", "368765098", "368765097"]
    )
    assert [one.shop.name for one in found] == ["S0", "S1", "Shopee shop 368765097"] and found[0].shop.currency == "TWD"
    assert (
        found[0].tokens.until == datetime.fromtimestamp(1767001812, UTC)
        and found[0].tokens.ends
        and not found[2].tokens.ends
    )
    assert found[0].tokens.access == "6b5a46716e474d6f6e59777659459849" and found[0].tokens.refresh_until
    asked = replay.asked[0]
    assert asked.body == {"code": "c0de", "partner_id": 2001887, "main_account_id": 19000} and proven(asked)
    assert [query(one)["shop_id"] for one in replay.asked[1:]] == ["368765100", "368765098", "368765097"]


def test_a_shop_account_is_one_shop_even_when_no_list_comes() -> None:
    answer = {**recorded("token_refresh_response"), "shop_id_list": None}
    with saying(answer, recorded("shop_info_response")) as (replay, _):
        (found,) = Shopee.authorise(registration(replay.url), {"code": "c", "shop_id": "322300222"})
    assert (found.shop.id, found.shop.name, found.shop.currency) == ("322300222", "mysipuat", "MYR")
    assert found.tokens.ends == datetime.fromtimestamp(1773503999, UTC)


@pytest.mark.parametrize("answer", [{}, {"code": "c"}, {"shop_id": "1"}])
def test_coming_back_without_a_code_asks_nobody(answer: dict[str, str]) -> None:
    with saying(told()) as (replay, _), pytest.raises(ProviderError) as caught:
        Shopee.authorise(registration(replay.url), answer)
    assert caught.value.permanent and replay.asked == []


def test_a_refresh_is_for_one_shop_and_keeps_the_end_of_the_consent() -> None:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    old = Tokens("322300222", "old", "516c", ends=ends)
    with saying(recorded("token_refresh_response")) as (replay, _), time_machine.travel(SINCE, tick=False):
        new = Shopee.refresh(registration(replay.url), old)
    assert replay.asked[0].body == {"refresh_token": "516c", "partner_id": 2001887, "shop_id": 322300222}
    assert (new.owner, new.ends, new.until) == ("322300222", ends, SINCE + timedelta(hours=4))
    assert new.refresh == "516c6b577753554375764a63704d7245" and new.refresh_until == SINCE + timedelta(days=30)


def test_a_spent_refresh_token_ends_the_access() -> None:
    again = told(error="error_shop_refresh_token", message="refresh_token is used")
    for answer in (recorded("token_refresh_error"), again, told(error="refresh_token_expired", message="over")):
        with saying(answer) as (replay, _), pytest.raises(AccessEnded):
            Shopee.refresh(registration(replay.url), Tokens("1", "a", "b"))


def test_the_open_shops_are_walked_to_their_end() -> None:
    first = {**recorded("shops_by_partner_response"), "more": True}
    with saying(first, {**first, "authed_shop_list": [{"shop_id": 124}], "more": False}) as (replay, _):
        assert Shopee.open_shops(registration(replay.url)) == ["123", "124"]
    assert [query(one)["page_no"] for one in replay.asked] == ["1", "2"]


# --- refusals
@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("invalid_acceess_token", "Invalid access_token, please have a check.", AccessExpired),
        ("error_auth", "Invalid access_token.", AccessExpired),
        ("common.error_auth", " Invalid access_token.", AccessExpired),
        ("error_auth", "Invalid partner_id or shopid.", AccessEnded),
        ("shop_no_linked", "Partner and shop has no linked.", AccessEnded),
        ("partner_shop_no_link", "Invalid partner_id or shop_id, please have a check.", AccessEnded),
        ("shop_access_expired", "", AccessEnded),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
def test_a_token_that_is_over_is_told_from_a_consent_that_ended(
    error: str, message: str, kind: type[Exception], status: int
) -> None:
    with saying((told(error=error, message=message), status)) as (_, shop), pytest.raises(kind):
        shop.shop()


@pytest.mark.parametrize(
    ("error", "message", "permanent"),
    [
        ("error_sign", "Wrong sign.", True),
        ("error_param", "Invalid partner_id.", True),
        ("error_param", "Timestamp is expired.", False),
        ("error_auth", "No permission to current api.", True),
        ("error_auth", "System error, please try again later.", False),
        ("error_auth", "Total stock must be more than reserved stock.", True),
        ("error_server", "Something wrong. Please try later.", False),
        ("error_server", "The current item belong to the full FBS shop, so normal stock must be equal to 0", True),
        ("order.error_limit", "Can not cancel this order", True),
        ("error_limit", "Core server error.", True),
        ("error_rate_limit", "Too many requests. You have reached the rate limit.", False),
        ("error_kyc_auth", "No permission.", True),
        ("a_new_error", "", True),
    ],
)
def test_refusals_are_told_apart_by_name_and_words(error: str, message: str, permanent: bool) -> None:
    with saying(told(error=error, message=message)) as (_, shop), pytest.raises(ProviderError) as caught:
        shop.shop()
    assert caught.value.permanent is permanent and caught.value.remote_code == error
    assert not isinstance(caught.value, AccessExpired | AccessEnded)
    assert bool(caught.value.retry_after) is not permanent


def test_the_daily_quota_waits_for_midnight_in_singapore() -> None:
    message = "The total API call number made by your APP has reached the daily API call limit"
    with (
        saying(told(error="error_limit", message=message)) as (_, shop),
        time_machine.travel("2026-11-21T13:30:00Z", tick=False),
        pytest.raises(ProviderError) as caught,
    ):
        shop.shop()
    assert caught.value.retry_after == 2.5 * 3600 and not caught.value.permanent
    assert errors.until_midnight(datetime(2026, 11, 21, 16, tzinfo=UTC)) == 24 * 3600


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        (("<html>", 200), True),
        (("", 200), True),
        (("<html>", 502), True),
        ((told(error="error_server", message="Something wrong. Please try later."), 500), True),
        (told(error="error_inner", message="System error, please try again later."), True),
        (("<html>", 429), False),
        (("[]", 404), False),
    ],
)
def test_an_answer_that_cannot_be_read_may_have_had_its_effect(answer: Any, unknown: bool) -> None:
    with saying(answer) as (_, shop), pytest.raises(ProviderError) as caught:
        shop.answer_cancellation("1", "1", True)
    assert caught.value.unknown is unknown
    with saying(answer) as (_, shop), pytest.raises(ProviderError) as caught:
        shop.shop()
    assert not caught.value.unknown or "502" in str(answer) or "500" in str(answer)


def test_a_dash_for_an_error_is_none() -> None:
    with saying({**recorded("shop_info_response"), "error": "-", "message": "-"}) as (_, shop):
        assert shop.shop().name == "mysipuat"


# --- stock and prices
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


# --- listings
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


def test_too_deep_a_list_is_walked_in_halves() -> None:
    deep, end = (
        {"item": [], "total_count": 1800, "has_next_page": True, "next_offset": 50},
        {"total_count": 900, "item": []},
    )
    with saying(told(deep), told({**end, "has_next_page": True, "next_offset": 50}), told(end), told(end)) as (
        replay,
        shop,
    ):
        first = shop.listings()
        second = shop.listings(first.cursor)
        third = shop.listings(second.cursor)
    whole, left, further, right = (query(one) for one in replay.asked)
    assert left["update_time_from"] == whole["update_time_from"] and right["update_time_to"] == whole["update_time_to"]
    assert int(right["update_time_from"]) == int(left["update_time_to"]) + 1
    assert (left["offset"], further["offset"], right["offset"]) == ("0", "50", "0") and third.cursor == ""


def test_a_product_that_is_gone_has_no_listings() -> None:
    for answer in (
        told({"item_list": []}),
        told(error="error_item_not_found", message="Item_id is not found."),
        told({"item_list": [{"item_id": 1, "item_status": "SELLER_DELETE"}]}),
    ):
        with saying(answer) as (_, shop):
            assert list(shop.listing("1")) == []


# --- orders
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


# --- the shop's places
def test_a_shop_without_warehouses_is_one_place() -> None:
    with saying(
        told(error="warehouse.error_not_in_whitelist", message="Your shop is not in multi-warehouse whitelist.")
    ) as (_, shop):
        assert [(one.id, one.default) for one in shop.warehouses()] == [("", True)]
    with saying(told(error="error_param", message="bad")) as (_, shop), pytest.raises(ProviderError):
        shop.warehouses()


# --- parcels
PICKUP = Handover("pickup?address_id=5&pickup_time_id=16081036", "pickup", "Collected")


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (Sent("A", "OFG1", PICKUP), {"pickup": {"address_id": 5, "pickup_time_id": "16081036"}}),
        (Sent("A", "OFG1", Handover("dropoff?", "drop_off", "")), {"dropoff": {}}),
        (Sent("A", "OFG1", Handover("dropoff?branch_id=9", "drop_off", "")), {"dropoff": {"branch_id": 9}}),
        (Sent("A", carrier="DHL", tracking_number="T1"), {"non_integrated": {"tracking_number": "T1"}}),
    ],
)
def test_exactly_one_way_is_told(sent: Sent, body: dict[str, Any]) -> None:
    with saying(told()) as (replay, shop):
        found = shop.ship(sent)
    assert replay.asked[0].body == {"order_sn": "A", **body} and not found.already
    assert found.tracking_number == ("" if sent.handover else "T1") and found.package_id == sent.package_id


def test_a_split_order_names_its_package() -> None:
    with saying(
        told(error="logistics.package_number_not_exist", message="Please request with package_number"), told()
    ) as (replay, shop):
        assert not shop.ship(Sent("A", "OFG1", PICKUP)).already
    assert "package_number" not in replay.asked[0].body and replay.asked[1].body["package_number"] == "OFG1"


@pytest.mark.parametrize("error", ["logistics.package_already_shipped", " logistics.package_already_shipped"])
def test_shipped_twice_is_as_good_as_once(error: str) -> None:
    with saying(told(error=error, message="The package has been shipped.")) as (_, shop):
        assert shop.ship(Sent("A", "OFG1", PICKUP)).already


def test_a_cancelled_order_refuses_to_be_shipped() -> None:
    with (
        saying(told(error="logistics.order_status_error", message="Order status does not support.")) as (replay, shop),
        pytest.raises(ProviderError) as caught,
    ):
        shop.ship(Sent("A", "OFG1", PICKUP))
    assert caught.value.permanent and len(replay.asked) == 1


def test_the_ways_are_asked_for_by_order_and_package() -> None:
    with saying(recorded("shipping_parameter_response")) as (replay, shop):
        assert [one.kind for one in shop.handovers("A", "")] == ["pickup", "pickup", "drop_off"]
    assert "package_number" not in query(replay.asked[0])


def test_a_number_comes_later() -> None:
    with saying(told({"tracking_number": "", "hint": "Buyers CVS closed"}), recorded("tracking_number_response")) as (
        _,
        shop,
    ):
        assert shop.tracking_number("A", "OFG1") == "" and shop.tracking_number("A", "OFG1") == "MY200448706479IT"


PARAMETER = told({"result_list": [{"order_sn": "A", "suggest_shipping_document_type": "NORMAL_AIR_WAYBILL"}]})
NUMBER = told({"tracking_number": "MY1"})
MISSING = told(
    {
        "result_list": [
            {"order_sn": "A", "fail_error": "logistics.shipping_document_should_print_first", "fail_message": "first"}
        ]
    },
    error="common.batch_api_all_failed",
)


def result(status: str, **more: str) -> dict[str, Any]:
    return told({"result_list": [{"order_sn": "A", "status": status, **more}]})


def test_no_label_before_a_number_and_no_slips() -> None:
    with saying(told({"tracking_number": "-"})) as (replay, shop):
        assert shop.document("A", "OFG1") is None and len(replay.asked) == 1
        with pytest.raises(NotOffered):
            shop.document("A", "OFG1", "packing_slip")


def test_a_label_is_asked_for_made_and_fetched() -> None:
    made = recorded("create_shipping_document_response")
    file = (b"%PDF-1.4 label", 200, PDF)
    with saying(NUMBER, PARAMETER, MISSING, made, result("PROCESSING")) as (replay, shop):
        assert shop.document("A", "OFG1") is None
    create = replay.asked[3].body["order_list"][0]
    assert create == {
        "order_sn": "A",
        "package_number": "OFG1",
        "tracking_number": "MY1",
        "shipping_document_type": "NORMAL_AIR_WAYBILL",
    }
    with saying(NUMBER, PARAMETER, result("PROCESSING")) as (replay, shop):
        assert shop.document("A", "OFG1") is None and len(replay.asked) == 3
    with saying(NUMBER, PARAMETER, result("READY"), file) as (replay, shop):
        found = shop.document("A", "OFG1")
    assert found and (found.data, found.content_type) == (b"%PDF-1.4 label", "application/pdf")
    assert path(replay.asked[3]) == "/api/v2/logistics/download_shipping_document" and all(
        proven(one) for one in replay.asked
    )


@pytest.mark.parametrize(
    "file",
    [
        (b"^XA^FO^XZ", 200, {"Content_Type": "application/octet-stream"}),
        (b"%PDF-1", 200, {"Content_Type": "text/plain"}),
    ],
)
def test_a_file_is_what_its_content_says(file: Any) -> None:
    with saying(NUMBER, PARAMETER, result("READY"), file) as (_, shop):
        found = shop.document("A", "OFG1")
    assert found and found.content_type == ("application/zpl" if file[0][:1] == b"^" else "application/pdf")


@pytest.mark.parametrize(
    "answer",
    [recorded("download_shipping_document_error"), told(error="logistics.download_later", message="Processing")],
)
def test_json_instead_of_a_file_means_later(answer: Any) -> None:
    with saying(NUMBER, PARAMETER, result("READY"), answer) as (_, shop):
        assert shop.document("A", "OFG1") is None


def test_a_label_that_cannot_be_made_says_why() -> None:
    with (
        saying(NUMBER, PARAMETER, MISSING, recorded("create_shipping_document_all_failed")) as (_, shop),
        pytest.raises(ProviderError, match="can not print now"),
    ):
        shop.document("A", "OFG1")
    failed = result("FAILED", fail_error="logistics.package_print_failed", fail_message="no paper")
    with (
        saying(NUMBER, PARAMETER, failed, told({"result_list": [{"order_sn": "A"}]})) as (_, shop),
        pytest.raises(ProviderError, match="no paper") as caught,
    ):
        shop.document("A", "OFG1")
    assert not caught.value.permanent
    broken = (
        told(error="logistics.package_print_failed", message="Some package failed to print"),
        200,
        {"Content_Type": "application/json"},
    )
    with (
        saying(NUMBER, PARAMETER, result("READY"), broken) as (_, shop),
        pytest.raises(ProviderError, match="failed to print"),
    ):
        shop.document("A", "OFG1")


def test_the_type_of_a_label_is_read_past_what_failed_beside_it() -> None:
    with saying(NUMBER, recorded("shipping_document_parameter_response"), result("READY"), (b"%PDF", 200, PDF)) as (
        replay,
        shop,
    ):
        shop.document("201201E81SYYKE", "60489687088750")
    assert replay.asked[2].body["order_list"][0]["shipping_document_type"] == "THERMAL_AIR_WAYBILL"


def test_scans_come_in_order_of_time() -> None:
    listed = [
        {"update_time": 1726561500, "description": "包裹正退回物流中心", "logistics_status": "FAILED_DELIVERED"},
        {"update_time": 1726500000, "description": "Picked up"},
        {"description": "when?"},
    ]
    with saying(told({"tracking_info": listed})) as (_, shop):
        found = shop.scans("A", "OFG1")
    assert [one.text for one in found] == ["Picked up", "包裹正退回物流中心"] and found[1].status == "FAILED_DELIVERED"


# --- cancelling and returns
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


# --- pushes
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
