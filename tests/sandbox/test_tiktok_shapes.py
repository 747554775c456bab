"""The sandbox's TikTok answers have the members and types of the recorded ones: what we practise on is what we will meet."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.tiktok import Shop, opened, pushes

RECORDED = Path(__file__).parent.parent / "recorded" / "channels" / "tiktok"
LATER = {"granted_scopes", "should_replenish_stock", "status_info", "sales_regions", "has_draft", "is_not_for_sale"}
"""Members that the documents name and the recordings do not have."""


def recorded(name: str) -> Any:
    found = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return found["data"] if "data" in found and "code" in found else found


def differences(found: Any, sample: Any, where: str = "") -> list[str]:
    """What the sandbox says that was never recorded, or in another type."""
    if isinstance(sample, dict) and isinstance(found, dict):
        strange = [f"{where}.{name}" for name in found if name not in sample and name not in LATER]
        shared = [name for name in found if name in sample]
        return strange + [one for name in shared for one in differences(found[name], sample[name], f"{where}.{name}")]
    if isinstance(sample, list) and isinstance(found, list):
        return [one for item in found for one in (differences(item, sample[0], f"{where}[]") if sample else [])]
    same = type(found) is type(sample)
    return [] if same else [f"{where}: {type(found).__name__}, recorded {type(sample).__name__}"]


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


def test_access(shop: Shop) -> None:
    assert differences(shop.tokens, recorded("token_get_response")) == []
    shops = shop.ask("GET", "/authorization/202309/shops", shop_cipher=None)
    assert differences(shops, recorded("authorized_shops_response")) == []
    assert differences(shop.ask("GET", "/logistics/202309/warehouses"), recorded("warehouses_response")) == []


def test_goods(shop: Shop) -> None:
    found = shop.ask("POST", "/product/202502/products/search", {})
    assert differences(found, recorded("product_search_202502_response")) == []
    counted = shop.ask("POST", "/product/202309/inventory/search", {"product_ids": [shop.products[0]["id"]]})
    assert differences(counted, recorded("inventory_search_response")) == []
    one = shop.ask("GET", f"/product/202309/products/{shop.products[0]['id']}")
    assert differences(one, recorded("product_detail_response")) == []
    wish = {"skus": [{"id": shop.sku()["id"], "inventory": [{"quantity": -1}]}]}
    failed = shop.ask("POST", f"/product/202309/products/{shop.products[0]['id']}/inventory/update", wish)
    assert failed["errors"] and differences(failed, recorded("inventory_update_partial_error_response")) == []


def test_orders_and_parcels(shop: Shop) -> None:
    order = shop.act(shop.place(2), "arrange", method="pickup")
    shown = shop.ask("GET", "/order/202507/orders", ids=order["id"])
    assert differences(shown, recorded("order_detail_202309_response")) == []
    searched = shop.ask("POST", "/order/202309/orders/search", {})
    assert differences(searched, recorded("order_search_response")) == []
    package = order["packages"][0]["id"]
    page = shop.ask("GET", f"/fulfillment/202309/packages/{package}")
    known = recorded("package_detail_response")
    known["recipient_address"] |= dict.fromkeys(("first_name", "last_name"), "") | {"district_info": []}
    assert differences(page, known) == []
    waiting = shop.place()["packages"][0]["id"]
    slots = shop.ask("GET", f"/fulfillment/202309/packages/{waiting}/handover_time_slots")
    assert differences(slots, recorded("handover_time_slots_response")) == []
    scans = shop.ask("GET", f"/fulfillment/202309/orders/{order['id']}/tracking")
    assert scans["tracking"] and differences(scans, recorded("order_tracking_response")) == []


def test_cancellations_and_webhooks(shop: Shop) -> None:
    order = shop.act(shop.place(), "ask_cancel")
    found = shop.ask("POST", "/return_refund/202602/cancellations/search", {"order_ids": [order["id"]]})
    assert found["cancellations"] and differences(found, recorded("search_cancellations_response")) == []
    shop.ask("PUT", "/event/202309/webhooks", recorded("webhook_update_request"))
    hooks = shop.ask("GET", "/event/202309/webhooks")
    assert hooks["webhooks"] and differences(hooks, recorded("webhooks_get_response")) == []


NAMES = {
    1: "webhook_order_status_change",
    4: "webhook_package_update",
    5: "webhook_product_status_change",
    6: "webhook_seller_deauthorization",
    11: "webhook_cancellation_status_change",
    15: "webhook_product_information_change",
}
EVENTS = {
    1: "ORDER_STATUS_CHANGE", 4: "PACKAGE_UPDATE", 5: "PRODUCT_STATUS_CHANGE", 6: "SELLER_DEAUTHORIZATION",
    11: "CANCELLATION_STATUS_CHANGE", 15: "PRODUCT_INFORMATION_CHANGE",
}  # fmt: skip


def test_pushes(shop: Shop) -> None:
    product = shop.products[0]["id"]
    with pushes() as letters:
        for kind in EVENTS.values():
            shop.ask("PUT", "/event/202309/webhooks", {"event_type": kind, "address": letters.url})
        order = shop.act(shop.place(2), "split")
        shop.act(order, "ask_cancel")
        shop.door(f"products/{product}/price", sku_id=shop.sku()["id"], price=4300)
        shop.door(f"products/{product}/state", state="inactive")
        shop.sandbox.post(f"market/shops/tiktok/{shop.id}/end-access")
        for kind, name in NAMES.items():
            for said in letters.wait(kind):
                assert differences(said, {**recorded(name), "tts_notification_id": ""}) == [], kind
