"""Shopee's orders in the sandbox: windows, cursors, optional fields, masks, statuses, cancellations, returns (SHOPEE.md §5, §7, §9)."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.shopee import Doc, Shop, opened

LIST, DETAIL = "/api/v2/order/get_order_list", "/api/v2/order/get_order_detail"
CANCEL, HANDLE = "/api/v2/order/cancel_order", "/api/v2/order/handle_buyer_cancellation"
DEFAULT = {
    "order_sn", "region", "currency", "cod", "order_status", "message_to_seller", "create_time", "update_time", "days_to_ship", "ship_by_date",
}  # fmt: skip


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


def listed(shop: Shop, **query: Any) -> Any:
    now = int(shop.sandbox.http.get(f"{shop.sandbox.url}/_sandbox/clock", timeout=20).json()["now"])
    span = {"time_range_field": "update_time", "time_from": now - 3600, "time_to": now + 60, "page_size": 100}
    return shop.get(LIST, **{**span, **query})


# --- lists
def test_orders_are_paged_by_a_cursor_in_the_order_of_their_changes(shop: Shop) -> None:
    placed = [shop.place()["id"] for _ in range(5)]
    shop.sandbox.post("clock", advance=5)
    shop.act({"id": placed[0]}, "change_address", line1="9 New Road")
    first = listed(shop, page_size=2, response_optional_fields="order_status")
    second = listed(shop, page_size=2, cursor=first["next_cursor"])
    third = listed(shop, page_size=2, cursor=second["next_cursor"])
    found = [one["order_sn"] for page in (first, second, third) for one in page["order_list"]]
    assert found == [*placed[1:], placed[0]] and (third["more"], third["next_cursor"]) == (False, "")
    assert first["order_list"][0]["order_status"] == "READY_TO_SHIP" and "order_status" not in second["order_list"][0]


@pytest.mark.parametrize("span", [(0, 15 * 86400 + 1), (100, 100), (200, 100)])
def test_a_window_has_at_most_fifteen_days(shop: Shop, span: tuple[int, int]) -> None:
    asked = {"time_range_field": "create_time", "time_from": span[0], "time_to": span[1], "page_size": 10}
    error, message = shop.refused("GET", LIST, **asked)
    assert error == "order.order_list_invalid_time" and "15days" in message
    assert shop.get(LIST, **{**asked, "time_from": 0, "time_to": 15 * 86400})["order_list"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_range_field": "paid_time"},
        {"page_size": 0},
        {"page_size": 101},
        {"cursor": "20"},
        {"order_status": "GONE"},
    ],
)
def test_lists_that_make_no_sense_are_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    asked = {"time_range_field": "update_time", "time_from": 1, "time_to": 100, "page_size": 10, **wrong}
    assert shop.refused("GET", LIST, **asked)[0] == "error_param"


def test_pending_orders_are_for_those_who_know_of_them(shop: Shop) -> None:
    held, ready = shop.place(state="on_hold"), shop.place()
    assert [one["order_sn"] for one in listed(shop)["order_list"]] == [ready["id"]]
    assert len(listed(shop, request_order_status_pending="true")["order_list"]) == 2
    assert [
        one["order_sn"]
        for one in listed(shop, request_order_status_pending="true", order_status="PENDING")["order_list"]
    ] == [held["id"]]
    assert shop.read(held, request_order_status_pending="true")["order_status"] == "PENDING"
    assert shop.read(held)["order_status"] == "READY_TO_SHIP"


# --- details
def test_without_optional_fields_there_is_hardly_anything(shop: Shop) -> None:
    order = shop.place(note="Ring twice")
    assert set(shop.read(order)) == DEFAULT and shop.read(order)["message_to_seller"] == "Ring twice"
    assert set(shop.read(order, "item_list", "total_amount", "made_up")) == {*DEFAULT, "item_list", "total_amount"}


def test_an_order_tells_its_lines_and_amounts_in_main_units(shop: Shop) -> None:
    order = shop.place(2, seller_discount=100, delivery=550)
    found = shop.read(order, "item_list", "total_amount", "estimated_shipping_fee", "pay_time", "package_list")
    (item,) = found["item_list"]
    assert (item["item_id"], item["model_id"], item["model_quantity_purchased"]) == (shop.item(), shop.model(), 2)
    assert (item["model_original_price"], item["model_discounted_price"], found["total_amount"]) == (42.5, 42.0, 89.5)
    assert found["estimated_shipping_fee"] == 5.5 and found["pay_time"] == order["paid_at"]
    assert item["order_item_id"] == item["item_id"] and item["active_qty"] == 2
    assert found["package_list"][0]["item_list"][0]["model_quantity"] == 2
    assert "total_amount" not in shop.read(shop.place(state="unpaid"), "total_amount")


def test_an_item_without_models_is_model_0(shop: Shop) -> None:
    (order,) = shop.door("orders", sku="MUG", quantity=1)
    (item,) = shop.read(order, "item_list")["item_list"]
    assert (item["model_id"], item["item_sku"], item["model_sku"]) == (0, "MUG", "")


def test_addresses_are_hidden_where_the_platform_ships(shop: Shop) -> None:
    to = {"name": "Ines Okafor", "phone": "+6565550142", "line1": "12 Lantern Row"}
    hidden = shop.read(shop.place(recipient=to), "recipient_address")["recipient_address"]
    assert (hidden["name"], hidden["phone"], hidden["full_address"], hidden["city"]) == (
        "I******r",
        "******42",
        "12******",
        "****",
    )
    plain = shop.read(shop.place(recipient=to, platform_ships=False), "recipient_address")["recipient_address"]
    assert (
        plain["name"] == "Ines Okafor"
        and plain["full_address"].startswith("12 Lantern Row")
        and plain["phone"] == "+6565550142"
    )


def test_up_to_fifty_orders_and_none_that_does_not_exist(shop: Shop) -> None:
    order = shop.place()
    assert shop.refused("GET", DETAIL, order_sn_list=",".join(["A"] * 51))[0] == "error_param"
    assert shop.refused("GET", DETAIL, order_sn_list=f"{order['id']},A")[0] == "error_not_found"
    other = opened(shop.sandbox)
    assert other.refused("GET", DETAIL, order_sn_list=order["id"])[0] == "error_not_found"


def test_a_bundles_lines_have_their_prices_in_the_escrow_alone(shop: Shop) -> None:
    order = shop.place(2, seller_discount=500)
    found = shop.get("/api/v2/payment/get_escrow_detail", order_sn=order["id"])["order_income"]
    assert found["items"][0]["discounted_price"] == 80.0 and found["buyer_total_amount"] == 80.0
    unpaid = shop.place(state="unpaid")
    assert shop.refused("GET", "/api/v2/payment/get_escrow_detail", order_sn=unpaid["id"])[0] == "error_not_found"


def test_statuses_from_the_cart_to_the_door(shop: Shop) -> None:
    order, seen = shop.place(state="unpaid"), []
    for act, more in (
        ("pay", {}),
        ("arrange", {"method": "pickup"}),
        ("fail_pickup", {}),
        ("arrange", {"method": "drop_off"}),
        ("collect", {}),
        ("deliver", {}),
        ("complete", {}),
    ):
        found = shop.read(order, "package_list")
        seen.append((found["order_status"], found["package_list"][0]["logistics_status"].removeprefix("LOGISTICS_")))
        shop.act(order, act, **more)
    seen.append((shop.read(order)["order_status"], ""))
    assert seen == [
        ("UNPAID", "NOT_STARTED"), ("READY_TO_SHIP", "READY"), ("PROCESSED", "REQUEST_CREATED"), ("RETRY_SHIP", "PICKUP_RETRY"),
        ("PROCESSED", "REQUEST_CREATED"), ("SHIPPED", "PICKUP_DONE"), ("TO_CONFIRM_RECEIVE", "DELIVERY_DONE"), ("COMPLETED", ""),
    ]  # fmt: skip


# --- cancelling
def items(shop: Shop, **more: Any) -> list[Doc]:
    return [{"item_id": shop.item(), "model_id": shop.model(), **more}]


def test_a_seller_cancels_before_sending_and_once(shop: Shop) -> None:
    order = shop.place(3)
    body = {"order_sn": order["id"], "cancel_reason": "OUT_OF_STOCK"}
    assert shop.refused("POST", CANCEL, body)[0] == "error_param" and shop.stock() == 7
    assert shop.refused("POST", CANCEL, {**body, "item_list": [{"item_id": 1}]})[0] == "error_param"
    assert shop.post(CANCEL, **body, item_list=items(shop))["update_time"]
    found = shop.read(order, "cancel_by", "cancel_reason", "item_list")
    assert (found["order_status"], found["cancel_by"], found["cancel_reason"]) == (
        "CANCELLED",
        "seller",
        "OUT_OF_STOCK",
    )
    assert (found["item_list"][0]["cancelled_qty"], shop.stock()) == (3, 10)
    assert shop.refused("POST", CANCEL, {**body, "item_list": items(shop)})[0] == "order.error_limit"
    assert len(shop.sandbox.effects("cancel")) == 1


@pytest.mark.parametrize("reason", ["UNDELIVERABLE_AREA", "BORED", ""])
def test_reasons_are_shopees_own(shop: Shop, reason: str) -> None:
    order = shop.place()
    assert shop.refused("POST", CANCEL, {"order_sn": order["id"], "cancel_reason": reason})[0] == "error_param"
    assert shop.sandbox.effects("cancel") == []


def test_a_part_is_cancelled_by_quantity(shop: Shop) -> None:
    order = shop.place(3)
    body = {"order_sn": order["id"], "cancel_reason": "OUT_OF_STOCK"}
    assert (
        shop.refused("POST", CANCEL, {**body, "partial_cancel_item_list": items(shop, model_quantity=4)})[0]
        == "error_param"
    )
    shop.post(CANCEL, **body, partial_cancel_item_list=items(shop, model_quantity=1))
    found = shop.read(order, "item_list", "package_list")
    assert (found["order_status"], found["item_list"][0]["active_qty"], found["item_list"][0]["cancelled_qty"]) == (
        "READY_TO_SHIP",
        2,
        1,
    )
    assert found["package_list"][0]["item_list"][0]["model_quantity"] == 2 and shop.stock() == 8


def test_what_is_on_its_way_is_not_cancelled(shop: Shop) -> None:
    order = shop.place()
    for act, more in (("arrange", {"method": "pickup"}), ("collect", {})):
        shop.act(order, act, **more)
    assert (
        shop.refused("POST", CANCEL, {"order_sn": order["id"], "cancel_reason": "CUSTOMER_REQUEST"})[0]
        == "order.error_limit"
    )
    assert shop.sandbox.effects("cancel") == []


@pytest.mark.parametrize(("operation", "status"), [("ACCEPT", "CANCELLED"), ("REJECT", "READY_TO_SHIP")])
def test_a_buyers_wish_is_answered_once(shop: Shop, operation: str, status: str) -> None:
    order = shop.place(2)
    body = {"order_sn": order["id"], "operation": operation}
    assert shop.refused("POST", HANDLE, body)[0] == "order.cancel_order_invalid_status"
    shop.act(order, "ask_cancel", reason="Ordered twice")
    asked = shop.read(order, "buyer_cancel_reason", "item_list")
    assert (asked["order_status"], asked["buyer_cancel_reason"], asked["item_list"][0]["cancel_requested_qty"]) == (
        "IN_CANCEL",
        "Ordered twice",
        2,
    )
    assert shop.refused("POST", HANDLE, {**body, "operation": "MAYBE"})[0] == "error_param"
    shop.post(HANDLE, **body)
    assert shop.read(order)["order_status"] == status
    assert shop.refused("POST", HANDLE, body)[0] == "order.cancel_order_invalid_status"


# --- returns
def returned(shop: Shop) -> tuple[Doc, Doc]:
    order = shop.place(2)
    for act, more in (
        ("arrange", {"method": "pickup"}),
        ("collect", {}),
        ("deliver", {}),
        ("ask_return", {"reason": "Broken"}),
    ):
        order = shop.act(order, act, **more)
    return order, order["returns"][0]


def test_returns_are_listed_and_confirmed(shop: Shop) -> None:
    order, case = returned(shop)
    query = {
        "page_no": 0,
        "page_size": 10,
        "update_time_from": case["updated"] - 5,
        "update_time_to": case["updated"] + 5,
    }
    (found,) = shop.get("/api/v2/returns/get_return_list", **query)["return"]
    assert (found["return_sn"], found["order_sn"], found["status"], found["refund_amount"]) == (
        case["id"],
        order["id"],
        "REQUESTED",
        85.0,
    )
    assert found["item"][0]["amount"] == 2 and found["needs_logistics"] and found["return_solution"] == 0
    assert shop.get("/api/v2/returns/get_return_list", **{**query, "page_no": 1})["return"] == []
    assert shop.read(order, "item_list")["item_list"][0]["return_requested_qty"] == 2
    shop.post("/api/v2/returns/confirm", return_sn=case["id"])
    assert shop.get("/api/v2/returns/get_return_detail", return_sn=case["id"])["status"] == "ACCEPTED"
    shop.act(order, "send_back")
    shop.post("/api/v2/returns/confirm", return_sn=case["id"])
    assert shop.get("/api/v2/returns/get_return_detail", return_sn=case["id"])["status"] == "REFUND_PAID"
    assert shop.refused("POST", "/api/v2/returns/confirm", {"return_sn": case["id"]})[0] == "err_data"
    assert len(shop.sandbox.effects("refund")) == 1


def test_a_dispute_needs_a_reason_an_address_and_mostly_pictures(shop: Shop) -> None:
    _, case = returned(shop)
    reasons = shop.get("/api/v2/returns/get_return_dispute_reason", return_sn=case["id"])["dispute_reason_list"]
    needs = {one["dispute_reason"]: bool(one["evidence_module_list"]) for one in reasons}
    plain, shown = next(one for one in needs if not needs[one]), next(one for one in needs if needs[one])
    body = {"return_sn": case["id"], "email": "s@north.test", "dispute_reason_id": shown}
    for wrong in (body, {**body, "email": ""}, {**body, "dispute_reason_id": 7}, {**body, "return_sn": "R"}):
        assert shop.refused("POST", "/api/v2/returns/dispute", wrong)
    assert shop.get("/api/v2/returns/get_return_detail", return_sn=case["id"])["status"] == "REQUESTED"
    shop.post("/api/v2/returns/dispute", **{**body, "dispute_reason_id": plain})
    assert shop.get("/api/v2/returns/get_return_detail", return_sn=case["id"])["status"] == "SELLER_DISPUTE"
