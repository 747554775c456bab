"""Shopee's documented orders, read to the amounts, units and states that the documents give (SHOPEE.md §5, TRAPS.md C18, E32, E36)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.channels.channel_facts import Ref
from app.channels.order_facts import PACKAGE_STATES, STATES
from app.channels.platforms import shopee_facts as facts
from app.channels.platforms import shopee_states as states
from app.channels.platforms.shopee import Shopee
from app.core.wire import decoded
from tests.channels.shopee import detail, sample


def test_the_documented_order_of_vietnam() -> None:
    order = facts.order(detail())
    assert (order.id, order.status, order.state, order.currency) == ("2404098R48U37H", "COMPLETED", "completed", "VND")
    assert order.amounts.total == 32_119 and order.amounts.delivery == 5_000 and order.cash_on_delivery
    (item,) = order.items
    assert (item.ref, item.sku) == (Ref("23620853561", "221404189791"), "QAZ-TEE-05")
    assert (item.quantity, item.unit_minor, item.total_minor, item.seller_discount_minor) == (
        1,
        300_000,
        48_000,
        252_000,
    )
    assert (
        item.variant_title == "60g（Papaya）"
        and item.title.startswith("🦋giảm giá🦋")
        and item.packages == ["OFG166300791210964"]
    )
    amounts = order.amounts
    assert (
        amounts.subtotal - amounts.seller_discount - amounts.platform_discount + amounts.delivery + amounts.other
        == 32_119
    )
    assert (
        order.created_at == datetime(2024, 4, 8, 18, 39, 51, tzinfo=UTC)
        and order.paid_at
        and order.paid_at > order.created_at
    )


def test_masked_addresses_say_so() -> None:
    masked = facts.order(detail()).recipient
    assert masked.masked and (masked.name, masked.phone, masked.line1) == ("P******n", "******64", "Ấp******")
    assert (masked.region, masked.city, masked.line2, masked.country) == (
        "Bạc Liêu", "Huyện Phước Long", "Xã Phong Thạnh Tây B", "VN",
    )  # fmt: skip
    plain = {"name": "Max", "phone": "3828203", "full_address": "C-15-14", "region": "MY", "zipcode": "40009"}
    assert not facts.recipient(plain).masked and facts.recipient({"name": None, "phone": 5}).name == ""


def test_the_documented_parcels() -> None:
    (parcel,) = facts.order(detail()).packages
    assert (parcel.id, parcel.state, parcel.carrier) == ("OFG166300791210964", "delivered", "5-Day Delivery (SPX)")
    (alone,) = [facts.package(one, "") for one in sample("package_detail_response")["package_list"]]
    assert (alone.id, alone.state, alone.tracking_number) == ("OFG1156498731071468", "to_ship", "")
    assert alone.orders == ["220831EGF1JMXF"]


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [
        ("SGD", 122.02, 12_202),
        ("VND", 300000, 300_000),
        ("TWD", 100, 10_000),
        ("IDR", 45000, 4_500_000),
        ("BRL", 0.07, 7),
    ],
)
def test_amounts_are_minor_units_by_their_currency(currency: str, price: float, minor: int) -> None:
    row = {**detail()["item_list"][0], "model_original_price": price, "model_discounted_price": price}
    body = decoded(json.dumps(detail(currency=currency, item_list=[row], total_amount=price), default=float).encode())
    order = facts.order(body)
    assert order.items[0].unit_minor == order.items[0].total_minor == order.amounts.total == minor


def test_before_payment_the_lines_stand_for_the_total() -> None:
    body = detail(order_status="UNPAID", pay_time=None)
    del body["total_amount"]
    order = facts.order(body)
    assert (order.state, order.paid_at, order.amounts.total, order.amounts.other) == ("unpaid", None, 53_000, 0)


@pytest.mark.parametrize(
    ("counts", "status", "cancelled", "returned", "active"),
    [
        ({}, "READY_TO_SHIP", 0, 0, 5),
        ({"active_qty": 3, "cancelled_qty": 2}, "READY_TO_SHIP", 2, 0, 3),
        ({"active_qty": 3, "cancel_requested_qty": 2}, "IN_CANCEL", 0, 0, 5),
        ({"active_qty": 4, "cancelled_qty": 0, "returned_qty": 1}, "COMPLETED", 0, 1, 5),
        ({"active_qty": 3}, "READY_TO_SHIP", 2, 0, 3),
        ({"cancelled_qty": 0}, "CANCELLED", 5, 0, 0),
        ({"cancelled_qty": 9}, "SHIPPED", 5, 0, 0),
    ],
)
def test_what_is_left_of_a_line(
    counts: dict[str, int], status: str, cancelled: int, returned: int, active: int
) -> None:
    row = {**detail()["item_list"][0], "model_quantity_purchased": 5, **counts}
    (item,) = facts.order(detail(order_status=status, item_list=[row])).items
    assert (item.cancelled, item.returned, item.active) == (cancelled, returned, active)


def test_no_variation_is_model_0_and_rows_of_one_line_are_added_up() -> None:
    row = {
        **detail()["item_list"][0],
        "model_id": 0,
        "model_sku": "",
        "item_sku": " TEE ",
        "model_quantity_purchased": 2,
    }
    (item,) = facts.order(detail(item_list=[row, row])).items
    assert item.ref == Ref("23620853561") and item.sku == "TEE" and item.quantity == 4 and item.total_minor == 192_000
    other = facts.order(detail(item_list=[row, {**row, "promotion_group_id": 7}])).items
    assert [one.quantity for one in other] == [2, 2] and other[0].ids != other[1].ids


def test_a_bundle_line_costs_what_the_escrow_says() -> None:
    row = {
        **detail()["item_list"][0],
        "model_discounted_price": 0,
        "promotion_type": "bundle_deal",
        "model_quantity_purchased": 2,
    }
    body = detail(item_list=[row])
    assert facts.needs_income(body) and not facts.needs_income(detail())
    assert not facts.needs_income(detail(currency="SGD", item_list=[{**row, "model_discounted_price": 0.5}]))
    paid = {"item_id": 23620853561, "model_id": 221404189791, "discounted_price": 450_000, "shopee_discount": 30_000}
    (item,) = facts.order(body, {"items": [{"item_id": 1}, paid]}).items
    assert (item.total_minor, item.platform_discount_minor, item.seller_discount_minor) == (450_000, 30_000, 120_000)


@pytest.mark.parametrize("status", [*states.ORDERS, "SOMETHING_NEW", ""])
def test_every_status_has_a_state_and_unknown_ones_are_kept(status: str) -> None:
    order = facts.order(detail(order_status=status, brand_new_field={"a": [1]}))
    assert order.state in STATES and order.status == status and order.raw["brand_new_field"]
    assert (order.state == "unknown") == (status in ("SOMETHING_NEW", ""))
    assert (order.cancel_id == order.id) == (status == "IN_CANCEL")


@pytest.mark.parametrize("status", [f"LOGISTICS_{one}" for one in states.PACKAGES] + ["LOGISTICS_BY_BALLOON"])
def test_every_parcels_status_has_a_state(status: str) -> None:
    assert facts.package({"package_number": "1", "logistics_status": status}, "o").state in PACKAGE_STATES


def test_an_order_whose_parcels_go_one_by_one_is_shipped_in_part() -> None:
    def parcels(*words: str) -> list[dict[str, Any]]:
        return [{"package_number": str(n), "logistics_status": f"LOGISTICS_{one}"} for n, one in enumerate(words)]

    def state(status: str, *words: str) -> str:
        return facts.order(detail(order_status=status, package_list=parcels(*words))).state

    assert state("READY_TO_SHIP", "READY", "READY") == "to_ship"
    assert state("READY_TO_SHIP", "REQUEST_CREATED", "READY") == "part_shipped"
    assert state("PROCESSED", "REQUEST_CREATED", "REQUEST_CREATED") == "awaiting_collection"
    assert state("SHIPPED", "PICKUP_DONE", "REQUEST_CANCELED") == "in_transit"


def test_nonsense_in_an_order_raises_nothing() -> None:
    row = {"item_id": None, "model_id": "x", "model_quantity_purchased": "two", "model_original_price": "-"}
    body = {
        "order_sn": "1",
        "item_list": [row, "?", None],
        "package_list": "none",
        "recipient_address": None,
        "create_time": -1,
    }
    order = facts.order(body)
    assert order.state == "unknown" and order.amounts.total == 0 and len(order.items) == 1


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("UNPAID", "READY_TO_SHIP", True),
        ("READY_TO_SHIP", "PROCESSED", True),
        ("PROCESSED", "RETRY_SHIP", True),
        ("RETRY_SHIP", "PROCESSED", True),
        ("RETRY_SHIP", "SHIPPED", True),
        ("IN_CANCEL", "READY_TO_SHIP", True),
        ("IN_CANCEL", "CANCELLED", True),
        ("PROCESSED", "IN_CANCEL", True),
        ("COMPLETED", "COMPLETED", True),
        ("SHIPPED", "A_NEW_ONE", True),
        ("TO_CONFIRM_RECEIVE", "SHIPPED", False),
        ("SHIPPED", "RETRY_SHIP", False),
        ("PROCESSED", "READY_TO_SHIP", False),
        ("CANCELLED", "SHIPPED", False),
        ("COMPLETED", "SHIPPED", False),
        ("READY_TO_SHIP", "UNPAID", False),
    ],
)
def test_which_status_may_follow(before: str, after: str, may: bool) -> None:
    assert Shopee.follows(before, after) is may
