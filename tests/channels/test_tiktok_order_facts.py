"""TikTok's recorded orders, read to the amounts, units and states that the documents give (TIKTOK.md §5)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.channels.channel_facts import Member, Ref
from app.channels.order_facts import STATES, Amounts
from app.channels.platforms import tiktok_orders as orders
from app.channels.platforms.tiktok import TikTok
from tests.channels.tiktok import (
    LONG_AGO,
    ORDER,
    order,
    path,
    query,
    recorded,
    saying,
    told,
    unit,
)


# --- orders
def test_an_order_is_read_whole() -> None:
    with saying(recorded("order_detail_202309_response"), recorded("package_detail_response")) as (replay, tiktok):
        (found,) = tiktok.read_orders(["576461413038785752"])
    assert path(replay.asked[0]) == "/order/202507/orders" and query(replay.asked[0])["ids"] == "576461413038785752"
    assert (found.id, found.status, found.state, found.currency) == ("576461413038785752", "UNPAID", "unpaid", "IDR")
    assert found.amounts == Amounts(
        subtotal=500000,
        seller_discount=500000,
        platform_discount=500000,
        delivery=500000,
        tax=500000,
        other=128 + 300000 + 100000 * 4,
        total=500000,
    )
    assert found.created_at == datetime(2021, 4, 28, 12, 6, 1, tzinfo=UTC)
    assert found.updated_at == datetime(2021, 4, 28, 14, 49, 15, tzinfo=UTC)
    assert found.ship_by == datetime(2021, 4, 28, 12, 8, 8, tzinfo=UTC)
    assert found.platform_ships and not found.cash_on_delivery and not found.sample
    assert found.buyer_email == "v2b2V5@chat.seller.tiktok.com" and found.note == "Please ship asap!"
    assert found.cancel_reason == "Pricing error" and found.cancel_by == "seller"


def test_the_buyers_address_is_marked_as_masked() -> None:
    found = orders.order(ORDER).recipient
    assert (found.name, found.line1, found.line2) == ("David Kong", "TikTok 5800 bristol Pkwy", "Suite 100")
    assert (found.postcode, found.country, found.phone) == ("95110", "US", "(+1)213-***-1234")
    assert found.masked
    clear = {**ORDER["recipient_address"], "phone_number": "+12135551234"}
    levels = [("Country", "United States"), ("State", "California"), ("City", "San Jose")]
    clear["district_info"] = [{"address_level_name": level, "address_name": name} for level, name in levels]
    plain = orders.recipient(clear)
    assert not plain.masked and (plain.city, plain.region) == ("San Jose", "California")


def test_units_become_one_item_per_sku_and_keep_their_ids() -> None:
    """TikTok has no quantity: three lines of one SKU are three units (TRAPS.md F37)."""
    prices = {"original_price": "12.50", "seller_discount": "1.00", "platform_discount": "0.50", "sale_price": "11.00"}
    units = [unit(place, **prices) for place in range(3)]
    units[2]["display_status"] = "CANCELLED"
    units.append(unit(3, sku_id="other", original_price="3.00", package_id="2"))
    units.append(unit(4, is_gift=True, original_price="0"))
    payment = {**ORDER["payment"], "currency": "USD", "total_amount": "36.00"}
    first, second, gift = orders.order(order(line_items=units, payment=payment)).items
    assert (first.quantity, first.cancelled, first.active) == (3, 1, 2)
    assert first.ids == ["577086512123755123", "577086512123755124", "577086512123755125"]
    assert (first.unit_minor, first.seller_discount_minor, first.platform_discount_minor) == (1250, 300, 150)
    assert first.total_minor == 3300
    assert first.members == [Member(Ref("1729582718312380456", "2729382476852921123"), 1, "yellow-24-XL")]
    assert first.packages == ["1153132168123859123"] and second.packages == ["2"]
    assert (second.quantity, second.unit_minor) == (1, 300)
    assert gift.gift and gift.quantity == 1 and not first.gift and gift.ref == first.ref


@pytest.mark.parametrize(
    ("currency", "written", "minor"), [("USD", "117.5", 11750), ("VND", "120000", 120000), ("JPY", "980", 980)]
)
def test_money_has_the_currencys_own_exponent(currency: str, written: str, minor: int) -> None:
    payment = {"currency": currency, "total_amount": written, "sub_total": written, "shipping_fee": "0"}
    found = orders.order(order(payment=payment))
    assert found.currency == currency and found.amounts.total == found.amounts.subtotal == minor


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("UNPAID", "unpaid"), ("ON_HOLD", "on_hold"), ("AWAITING_SHIPMENT", "to_ship"),
        ("PARTIALLY_SHIPPING", "part_shipped"), ("AWAITING_COLLECTION", "awaiting_collection"),
        ("IN_TRANSIT", "in_transit"), ("DELIVERED", "delivered"), ("COMPLETED", "completed"), ("CANCELLED", "cancelled"),
        ("CANCEL", "cancelled"), ("111", "to_ship"), ("WAITING_FOR_MARS", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_statuses(status: Any, state: str) -> None:
    found = orders.order(order(status=status))
    assert found.state == state and found.state in STATES
    assert all(item.active == 0 for item in found.items) == (state == "cancelled")


def test_a_buyers_wish_to_cancel_brings_its_id() -> None:
    wish = recorded("search_cancellations_response")
    wish["data"]["next_page_token"] = ""
    asked = recorded("order_detail_202309_response")
    asked["data"]["orders"] = [order(id="577087614418520388", status="AWAITING_SHIPMENT", is_buyer_request_cancel=True)]
    asked["data"]["orders"][0].pop("split_or_combine_tag")
    with saying(asked, wish) as (replay, tiktok):
        (found,) = tiktok.read_orders(["577087614418520388"])
    assert found.state == "cancel_requested" and found.cancel_id == "4035318504086604100"
    assert replay.asked[1].body == {"order_ids": ["577087614418520388"]}


def test_a_cancelled_order_says_whether_its_goods_come_back_to_stock() -> None:
    row = {"order_id": ORDER["id"], "cancel_id": "9", "should_replenish_stock": False, "update_time": 1}
    later = {**row, "should_replenish_stock": True, "update_time": 2}
    asked = told({"orders": [order(status="CANCELLED", split_or_combine_tag="")]})
    with saying(asked, told({"cancellations": [later, row]})) as (_, tiktok):
        (found,) = tiktok.read_orders([ORDER["id"]])
    assert found.state == "cancelled" and found.restock is True and found.cancel_id == "9"


def test_parcels_of_an_order_and_who_shares_them() -> None:
    """A combined parcel stands on its own page with all its orders; one that is gone keeps the order's own id."""
    units = [unit(0, package_id="5433567853345"), unit(1, package_id="7", package_status="FULFILLING")]
    asked = told({"orders": [order(line_items=units, packages=[{"id": "5433567853345"}, {"id": "7"}])]})
    no = (told(None, 21008111, "The order or package does not belong to the current seller."), 400)
    with saying(asked, recorded("package_detail_response"), no) as (_, tiktok):
        (found,) = tiktok.read_orders([ORDER["id"]])
    shared, own = found.packages
    assert (shared.id, shared.state, shared.tracking_number) == ("5433567853345", "to_ship", "JX12345")
    assert shared.orders == ["54335448533296"] and shared.items == ["577086512123755123"]
    assert own.orders == [ORDER["id"]] and own.state == "in_transit"


def test_one_foreign_order_does_not_spoil_the_others() -> None:
    no = (told(None, 21008111, "The order or package does not belong to the current seller."), 400)
    good = told({"orders": [order(split_or_combine_tag="")]})
    with saying(no, good, no) as (_, tiktok):
        found = tiktok.read_orders([ORDER["id"], "1"])
    assert [one.id for one in found] == [ORDER["id"]]


def test_orders_are_searched_by_change() -> None:
    with saying(recorded("order_search_response")) as (replay, tiktok):
        page = tiktok.orders(LONG_AGO, LONG_AGO + timedelta(days=1, microseconds=1))
        (asked,) = replay.asked
    assert path(asked) == "/order/202309/orders/search" and query(asked)["sort_order"] == "ASC"
    assert (query(asked)["page_size"], query(asked)["sort_field"]) == ("100", "update_time")
    assert asked.body == {"update_time_ge": 1672531200, "update_time_lt": 1672617601}
    assert [(one.id, one.status) for one in page.items] == [("576461413038785752", "UNPAID")]
    assert page.left == 22112 and page.cursor == recorded("order_search_response")["data"]["next_page_token"]


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("UNPAID", "ON_HOLD", True), ("ON_HOLD", "AWAITING_SHIPMENT", True), ("AWAITING_SHIPMENT", "ON_HOLD", True),
        ("DELIVERED", "IN_TRANSIT", False), ("IN_TRANSIT", "IN_TRANSIT", True), ("AWAITING_COLLECTION", "CANCEL", True),
        ("CANCELLED", "AWAITING_SHIPMENT", False), ("COMPLETED", "DELIVERED", False), ("IN_TRANSIT", "NEW_WORD", True),
        ("AWAITING_SHIPMENT", "UNPAID", False),
    ],
)  # fmt: skip
def test_which_status_may_follow_which(before: str, after: str, may: bool) -> None:
    assert TikTok.follows(before, after) is may
