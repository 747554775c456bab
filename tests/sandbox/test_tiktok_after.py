"""TikTok's cancellations, returns and pushes in the sandbox (TIKTOK.md §8-10)."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Sandbox, wait_until
from tests.sandbox.pushes import Pushes
from tests.sandbox.tiktok import KEY, SECRET, Shop, opened, pushes

CANCEL, CANCELS = "/return_refund/202602/cancellations", "/return_refund/202602/cancellations/search"
RETURNS, HOOKS = "/return_refund/202602/returns/search", "/event/202309/webhooks"
OUT_OF_STOCK = "seller_cancel_reason_out_of_stock"


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


# --- cancellations
def test_a_seller_cancels_for_a_reason_that_is_offered(shop: Shop) -> None:
    order = shop.place(2)
    (entry,) = shop.ask("GET", f"/return_refund/202602/orders/{order['id']}/aftersale_eligibility")["sku_eligibility"]
    assert OUT_OF_STOCK in entry["line_item_eligibility"][0]["available_reason_names"]
    assert shop.refused("POST", CANCEL, {"order_id": order["id"], "cancel_reason": "because"})[1] == 36009004
    made = shop.ask("POST", CANCEL, {"order_id": order["id"], "cancel_reason": OUT_OF_STOCK})
    assert made["cancel_status"] == "CANCELLATION_REQUEST_SUCCESS"
    found = shop.read(order)
    assert (found["status"], found["cancellation_initiator"]) == ("CANCELLED", "SELLER") and shop.stock() == (10, 0)
    (row,) = shop.ask("POST", CANCELS, {"order_ids": [order["id"]]})["cancellations"]
    assert row["cancel_id"] == made["cancel_id"] and row["should_replenish_stock"] is True
    assert row["refund_amount"] == {"currency": "USD", "refund_total": "84"}
    again = shop.refused("POST", CANCEL, {"order_id": order["id"], "cancel_reason": OUT_OF_STOCK})
    assert again[1] == 25001002 and "cancelled already" in again[2]
    assert len([one for one in shop.sandbox.effects("refund") if one["order"] == order["id"]]) == 1


def test_single_units_may_be_cancelled_in_some_regions(shop: Shop) -> None:
    order = shop.place(3)
    lines = [order["lines"][0]["id"]]
    wish = {"order_id": order["id"], "cancel_reason": OUT_OF_STOCK, "order_line_item_ids": lines}
    shop.ask("POST", CANCEL, wish)
    units = shop.read(order)["line_items"]
    assert [one["display_status"] for one in units] == ["CANCELLED", "AWAITING_SHIPMENT", "AWAITING_SHIPMENT"]
    assert shop.stock() == (8, 2)
    indonesia = opened(shop.sandbox, "ID", "IDR")
    other = indonesia.place(2)
    part = {"order_id": other["id"], "cancel_reason": OUT_OF_STOCK, "skus": [{"sku_id": indonesia.sku()["id"], "quantity": 1}]}  # fmt: skip
    assert indonesia.refused("POST", CANCEL, part)[1] == 25001010


@pytest.mark.parametrize("accept", [True, False])
def test_a_buyers_wish_is_answered(shop: Shop, accept: bool) -> None:
    order = shop.act(shop.place(), "ask_cancel")
    asked = shop.read(order)
    assert asked["is_buyer_request_cancel"] is True and asked["status"] == "AWAITING_SHIPMENT"
    (row,) = shop.ask("POST", CANCELS, {"order_ids": [order["id"]]})["cancellations"]
    assert row["cancel_status"] == "CANCELLATION_REQUEST_PENDING" and "should_replenish_stock" not in row
    path = f"/return_refund/202309/cancellations/{row['cancel_id']}"
    reasons = shop.ask("GET", "/return_refund/202309/reject_reasons", return_or_cancel_id=row["cancel_id"])["reasons"]
    assert shop.refused("POST", f"{path}/reject", {"reject_reason": "no"})[1] == 36009004
    shop.ask("POST", f"{path}/{'approve' if accept else 'reject'}", {} if accept else {"reject_reason": reasons[0]["name"]})  # fmt: skip
    found = shop.read(order)
    assert found["status"] == ("CANCELLED" if accept else "AWAITING_SHIPMENT")
    assert found["is_buyer_request_cancel"] is False
    assert shop.refused("POST", f"{path}/approve", {})[1] == 25001002


def test_a_shipped_order_is_not_cancelled(shop: Shop) -> None:
    order = shop.act(shop.place(), "arrange", method="pickup")
    shop.act(order, "collect")
    (entry,) = shop.ask("GET", f"/return_refund/202602/orders/{order['id']}/aftersale_eligibility")["sku_eligibility"]
    assert entry["line_item_eligibility"][0]["eligible"] is False
    assert shop.refused("POST", CANCEL, {"order_id": order["id"], "cancel_reason": OUT_OF_STOCK})[1] == 25001002
    assert shop.read(order)["status"] == "IN_TRANSIT"


# --- returns
def delivered(shop: Shop, quantity: int = 2) -> dict[str, Any]:
    order = shop.act(shop.place(quantity), "arrange", method="pickup")
    shop.act(order, "collect")
    return shop.act(order, "deliver")


def test_a_return_is_answered_by_the_decision_that_fits(shop: Shop) -> None:
    order = shop.act(delivered(shop), "ask_return", reason="Too small")
    (found,) = shop.ask("POST", RETURNS, {"order_ids": [order["id"]]})["return_orders"]
    assert (found["return_type"], found["return_status"]) == ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_PENDING")
    assert len(found["return_line_items"]) == 2 and found["refund_amount"]["refund_total"] == "84"
    path = f"/return_refund/202309/returns/{found['return_id']}/approve"
    assert shop.refused("POST", path, {"decision": "APPROVE_REFUND"})[1] == 36009004
    shop.ask("POST", path, {"decision": "APPROVE_RETURN"})
    shop.act(order, "send_back", tracking="BACK1")
    (found,) = shop.ask("POST", RETURNS, {"return_ids": [found["return_id"]]})["return_orders"]
    assert (found["return_status"], found["return_tracking_number"]) == ("BUYER_SHIPPED_ITEM", "BACK1")
    shop.ask("POST", path, {"decision": "APPROVE_RECEIVED_PACKAGE"})
    (found,) = shop.ask("POST", RETURNS, {"order_ids": [order["id"]]})["return_orders"]
    assert found["return_status"] == "RETURN_OR_REFUND_REQUEST_COMPLETE"


def test_a_return_may_be_refused(shop: Shop) -> None:
    order = shop.act(delivered(shop), "ask_return", goods_come_back=False)
    (found,) = shop.ask("POST", RETURNS, {})["return_orders"]
    assert found["return_type"] == "REFUND" and found["order_id"] == order["id"]
    path = f"/return_refund/202606/returns/{found['return_id']}/reject"
    reasons = shop.ask("GET", "/return_refund/202309/reject_reasons", return_or_cancel_id=found["return_id"])["reasons"]
    assert shop.refused("POST", path, {"decision": "REJECT_REFUND"})[1] == 36009004
    shop.ask("POST", path, {"decision": "REJECT_REFUND", "reject_reason": reasons[0]["name"], "comment": "Worn"})
    (found,) = shop.ask("POST", RETURNS, {})["return_orders"]
    assert found["return_status"] == "REFUND_OR_RETURN_REQUEST_REJECT"


# --- webhooks and pushes
@pytest.fixture
def letters() -> Iterator[Pushes]:
    with pushes() as box:
        yield box


def listen(shop: Shop, letters: Pushes, *kinds: str) -> None:
    for kind in kinds:
        shop.ask("PUT", HOOKS, {"event_type": kind, "address": letters.url})


def test_webhooks_are_kept_per_shop_and_type(shop: Shop, letters: Pushes) -> None:
    other = opened(shop.sandbox)
    listen(shop, letters, "ORDER_STATUS_CHANGE", "PACKAGE_UPDATE")
    shop.ask("PUT", HOOKS, {"event_type": "PACKAGE_UPDATE", "address": "https://other.test/x"})
    found = {one["event_type"]: one["address"] for one in shop.ask("GET", HOOKS)["webhooks"]}
    assert found == {"ORDER_STATUS_CHANGE": letters.url, "PACKAGE_UPDATE": "https://other.test/x"}
    assert other.ask("GET", HOOKS) == {"webhooks": [], "total_count": 0}
    shop.ask("DELETE", HOOKS, {"event_type": "PACKAGE_UPDATE"})
    assert shop.ask("GET", HOOKS)["total_count"] == 1
    assert shop.refused("PUT", HOOKS, {"event_type": "ORDER_STATUS_CHANGE"}) == (400, 36009004, "param body.address is missing")  # fmt: skip
    assert shop.refused("PUT", HOOKS, {"event_type": "NEWS", "address": letters.url})[1] == 36009004


def test_pushes_are_signed_over_their_bytes(shop: Shop, letters: Pushes) -> None:
    listen(shop, letters, "ORDER_STATUS_CHANGE")
    order = shop.place()
    (said,) = letters.wait(1)
    _, headers, raw = letters.found[0]
    assert headers["authorization"] == hmac.new(SECRET.encode(), KEY.encode() + raw, hashlib.sha256).hexdigest()
    assert said["data"]["order_id"] == order["id"] and said["data"]["order_status"] == "AWAITING_SHIPMENT"
    assert said["shop_id"] == shop.id and said["tts_notification_id"].isdigit()


def test_a_cancelled_order_is_spelled_otherwise_in_pushes(shop: Shop, letters: Pushes) -> None:
    listen(shop, letters, "ORDER_STATUS_CHANGE", "CANCELLATION_STATUS_CHANGE")
    order = shop.act(shop.place(), "ask_cancel")
    (asked,) = letters.wait(11)
    assert asked["data"]["cancel_status"] == "CANCELLATION_REQUEST_PENDING" and asked["data"]["cancellations_role"] == "BUYER"  # fmt: skip
    shop.act(order, "answer_cancel", accept=False)
    assert letters.wait(11, 2)[1]["data"]["cancel_status"] == "CANCELLATION_REQUEST_CANCELLED"
    shop.act(order, "cancel", reason="Out of stock")
    wait_until(lambda: "CANCEL" in [one["data"]["order_status"] for one in letters.bodies(1)], "the order's end")
    assert shop.read(order)["status"] == "CANCELLED"


def test_split_combined_and_moved_orders_are_told(shop: Shop, letters: Pushes) -> None:
    listen(shop, letters, "PACKAGE_UPDATE", "RECIPIENT_ADDRESS_UPDATE")
    order = shop.act(shop.place(2), "split")
    (split,) = letters.wait(4)
    assert split["data"]["sc_type"] == "SPLIT" and len(split["data"]["package_list"]) == 2
    assert split["data"]["package_list"][0]["order_id_list"] == [order["id"]]
    home = {"name": "Ines Okafor", "line1": "12 Lantern Row", "postcode": "BS1 4DJ"}
    pair = [shop.place(recipient=home)["id"] for _ in range(2)]
    shop.door("combine", orders=pair)
    combined = letters.wait(4, 2)[1]
    assert combined["data"]["sc_type"] == "COMBINE" and combined["data"]["package_list"][0]["order_id_list"] == pair
    shop.door(f"orders/{pair[0]}/change_address", line1="3 Quay Street")
    assert letters.wait(3)[0]["data"]["order_id"] == pair[0]
    assert len(letters.bodies(4)) == 2


def test_products_and_the_end_of_access_are_told(shop: Shop, letters: Pushes) -> None:
    listen(shop, letters, "PRODUCT_STATUS_CHANGE", "SELLER_DEAUTHORIZATION")
    shop.ask("POST", "/product/202309/products/deactivate", {"product_ids": [shop.products[0]["id"]]})
    (changed,) = letters.wait(5)
    assert changed["data"]["product_id"] == int(shop.products[0]["id"])  # a whole number here, text elsewhere
    shop.sandbox.post(f"market/shops/tiktok/{shop.id}/end-access")
    assert "deauthorized" in letters.wait(6)[0]["data"]["message"]


def test_the_end_of_consent_is_announced_a_month_before(shop: Shop, letters: Pushes) -> None:
    listen(shop, letters, "UPCOMING_AUTHORIZATION_EXPIRATION")
    shop.sandbox.post("clock", advance=334 * 86400)
    assert letters.bodies(7) == []
    shop.sandbox.post("clock", advance=86400 + 5)
    (said,) = letters.wait(7)
    assert said["data"]["expiration_time"] == str(shop.tokens["refresh_token_expire_in"])


def test_refused_pushes_come_again_after_the_documented_pauses(shop: Shop, letters: Pushes) -> None:
    listen(shop, letters, "ORDER_STATUS_CHANGE")
    letters.status = 500
    shop.place()
    letters.wait(1, 1)
    for place, pause in enumerate((120, 1800, 10_800, 43_200), 2):
        wait_until(lambda: _tried(shop) == place - 1, "the answer is noted")  # noqa: B023
        shop.sandbox.post("clock", advance=pause + 1)
        letters.wait(1, place)
    wait_until(lambda: _state(shop) == "given up", "it is dropped")
    assert len({one.raw for one in letters.found}) == 1 and len(letters.found) == 5


def _pushes(shop: Shop) -> list[dict[str, Any]]:
    return requests.get(f"{shop.sandbox.url}/_sandbox/market/pushes", params={"platform": "tiktok"}, timeout=20).json()


def _tried(shop: Shop) -> int:
    (one,) = _pushes(shop)[0]["tries"]
    return one["attempts"] if one["state"] == "waiting" else -1


def _state(shop: Shop) -> str:
    return str(_pushes(shop)[0]["tries"][0]["state"])


def test_pushes_can_be_lost_doubled_or_nameless(shop: Shop, letters: Pushes) -> None:
    listen(shop, letters, "ORDER_STATUS_CHANGE")
    shop.sandbox.post("faults", kind="drop_event", event="tiktok.order_status_change")
    shop.place()
    shop.sandbox.post("faults", kind="duplicate_event", event="tiktok.order_status_change")
    shop.change(private={"nameless_pushes": True})
    order = shop.place()
    first, second = letters.wait(1, 2)
    assert first == second and first["data"]["order_id"] == order["id"] and "tts_notification_id" not in first
    assert json.dumps(first) == json.dumps(second)
