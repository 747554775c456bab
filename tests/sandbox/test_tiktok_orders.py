"""TikTok's orders, parcels and papers in the sandbox: a line per unit, half-open windows, slots, labels that die (TIKTOK.md §5, §7, §10)."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.sandbox.conftest import Sandbox
from tests.sandbox.tiktok import Shop, opened

SEARCH, PACKAGES = "/order/202309/orders/search", "/fulfillment/202309/packages"


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


def package_of(order: dict[str, Any]) -> str:
    return str(order["packages"][0]["id"])


# --- orders
def test_each_unit_is_a_line(shop: Shop) -> None:
    order = shop.read(shop.place(3, delivery=500, seller_discount=100, platform_discount=50, tax=20))
    lines = order["line_items"]
    assert len(lines) == 3 and len({one["id"] for one in lines}) == 3 and "quantity" not in lines[0]
    assert {one["sku_id"] for one in lines} == {shop.sku()["id"]}
    payment = order["payment"]
    assert payment["original_total_product_price"] == "126" and payment["sub_total"] == "124.5"
    assert payment["shipping_fee"] == "5" and payment["tax"] == "0.2" and payment["total_amount"] == "129.7"
    assert sum(float(one["seller_discount"]) for one in lines) == pytest.approx(1.0)
    assert all(isinstance(one[name], str) for one in lines for name in ("id", "product_id", "sku_id"))
    assert shop.stock() == (7, 3)


def test_addresses_are_masked_where_the_platform_ships(shop: Shop) -> None:
    hidden = shop.read(shop.place())["recipient_address"]
    plain = shop.read(shop.place(platform_ships=False))["recipient_address"]
    assert "***" in hidden["name"] and "***" in hidden["phone_number"] and hidden["district_info"]
    assert "*" not in plain["name"] + plain["phone_number"]


def test_what_is_not_known_yet_is_not_there(shop: Shop) -> None:
    unpaid = shop.read(shop.place(state="unpaid"))
    held = shop.read(shop.place(state="on_hold"))
    assert unpaid["status"] == "UNPAID" and not {"paid_time", "packages", "rts_sla_time"} & set(unpaid)
    assert "package_id" not in unpaid["line_items"][0]
    assert held["status"] == "ON_HOLD" and held["is_on_hold_order"] is True
    assert "district_info" not in held["recipient_address"]


def test_orders_are_searched_in_half_open_windows(shop: Shop) -> None:
    order = shop.place()
    moment = order["updated"]

    def found(**wish: Any) -> list[str]:
        return [one["id"] for one in shop.ask("POST", SEARCH, wish, sort_field="update_time")["orders"]]

    assert found(update_time_ge=moment, update_time_lt=moment + 1) == [order["id"]]
    assert found(update_time_lt=moment) == [] and found(update_time_ge=moment + 1) == []
    assert found(order_status="AWAITING_SHIPMENT", shipping_type="TIKTOK") == [order["id"]]
    assert found(order_status="UNPAID") == [] and found(is_buyer_request_cancel=True) == []
    assert shop.refused("POST", SEARCH, {"update_time_ge": "1"})[1] == 36009004
    assert shop.refused("POST", SEARCH, {}, sort_field="price")[1] == 36009004


def test_pages_of_orders(shop: Shop) -> None:
    placed = [shop.place()["id"] for _ in range(5)]
    seen, token = [], None
    for _ in range(3):
        page = shop.ask("POST", SEARCH, {}, page_size=2, sort_field="update_time", sort_order="ASC", page_token=token)
        seen += [one["id"] for one in page["orders"]]
        assert page["total_count"] == 5
        token = page["next_page_token"]
    assert seen == placed and token == ""


def test_a_foreign_order_spoils_the_answer(shop: Shop) -> None:
    other = opened(shop.sandbox).place()
    mine = shop.place()
    assert shop.refused("GET", "/order/202507/orders", ids=f"{mine['id']},{other['id']}")[1] == 21008111


# --- parcels with TikTok's carrier
def test_slots_and_the_way_to_a_label(shop: Shop) -> None:
    order = shop.place(2)
    package = package_of(order)
    slots = shop.ask("GET", f"{PACKAGES}/{package}/handover_time_slots")
    assert slots["can_pickup"] is True and slots["can_drop_off"] is True
    taken, free = slots["pickup_slots"][0], slots["pickup_slots"][1]
    assert taken["avaliable"] is False and free["avaliable"] is True
    assert (
        shop.refused("GET", f"{PACKAGES}/{package}/shipping_documents", document_type="SHIPPING_LABEL")[1] == 21011025
    )
    wish = {
        "handover_method": "PICKUP",
        "pickup_slot": {"start_time": taken["start_time"], "end_time": taken["end_time"]},
    }
    assert shop.refused("POST", f"{PACKAGES}/{package}/ship", wish)[1] == 21011020
    wish["pickup_slot"] = {"start_time": free["start_time"], "end_time": free["end_time"]}
    assert shop.ask("POST", f"{PACKAGES}/{package}/ship", wish) == {}
    assert shop.refused("POST", f"{PACKAGES}/{package}/ship", wish)[1] == 21011036
    assert shop.read(order)["status"] == "AWAITING_COLLECTION"
    assert len([one for one in shop.sandbox.effects("ship") if one["order"] == order["id"]]) == 1
    page = shop.ask("GET", f"{PACKAGES}/{package}")
    assert page["package_status"] == "PROCESSING" and page["tracking_number"].startswith("SBX")
    assert page["orders"][0]["skus"][0]["quantity"] == 2 and len(page["order_line_item_ids"]) == 2


def label(shop: Shop, package: str, **more: Any) -> str:
    query = {"document_type": "SHIPPING_LABEL", "document_format": "PDF", "document_size": "A6", **more}
    return str(shop.ask("GET", f"{PACKAGES}/{package}/shipping_documents", **query)["doc_url"])


def test_labels_are_files_that_die_after_a_day(shop: Shop) -> None:
    order = shop.act(shop.place(), "arrange", method="drop_off")
    package = package_of(order)
    url = label(shop, package)
    assert requests.get(url, timeout=20).content.startswith(b"%PDF-")
    assert requests.get(label(shop, package, document_format="ZPL"), timeout=20).content.startswith(b"^XA")
    slip = label(shop, package, document_type="PACKING_SLIP")
    assert requests.get(slip, timeout=20).content.startswith(b"%PDF-")
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {"expire": "9999999999"}
    forged = requests.get(f"{shop.sandbox.url}{parts.path}", params=query, timeout=20)
    assert forged.status_code == 403
    shop.sandbox.post("clock", advance=86_340)
    assert requests.get(url, timeout=20).status_code == 200
    shop.sandbox.post("clock", advance=120)
    assert requests.get(url, timeout=20).status_code == 403


def test_a_label_may_be_under_way_and_is_over_after_collection(shop: Shop) -> None:
    order = shop.act(shop.place(), "arrange", method="pickup", polls=1)
    path, query = f"{PACKAGES}/{package_of(order)}/shipping_documents", {"document_type": "SHIPPING_LABEL"}
    assert shop.ask("GET", path, **query) == {}
    assert shop.ask("GET", path, **query)["doc_url"]
    shop.act(order, "collect")
    assert shop.refused("GET", path, **query)[1] == 21011026


def test_scans_are_in_milliseconds(shop: Shop) -> None:
    order = shop.act(shop.place(), "arrange", method="pickup")
    shop.act(order, "collect")
    rows = shop.ask("GET", f"/fulfillment/202309/orders/{order['id']}/tracking")["tracking"]
    assert rows and all(one["update_time_millis"] > 10**12 and one["description"] for one in rows)


# --- parcels of the seller's own
def test_own_parcels_name_a_carrier_that_is_known(shop: Shop) -> None:
    order = shop.place(2, platform_ships=False)
    path = f"/fulfillment/202610/orders/{order['id']}/packages"
    assert shop.refused("POST", f"{PACKAGES}/{package_of(order)}/ship", {"handover_method": "PICKUP"})[1] == 21011015
    options = shop.ask("GET", f"/logistics/202309/delivery_options/{shop.read(order)['delivery_option_id']}/shipping_providers")  # fmt: skip
    usps = next(one["id"] for one in options["shipping_providers"] if one["name"] == "USPS")
    line = order["lines"][0]["id"]

    def wish(provider: str) -> dict[str, Any]:
        sent = {"tracking_number": "9400", "shipping_provider_id": provider}
        return {"order_line_list": [{"order_line_item_id": line}], "shipping_info_list": [sent]}

    assert shop.refused("POST", path, wish("404"))[1] == 21011010
    made = shop.ask("POST", path, wish(usps))
    assert made["order_line_item_ids"] == [line]
    found = shop.read(order)
    assert found["status"] == "PARTIALLY_SHIPPING" and found["split_or_combine_tag"] == "SPLIT"
    sent = next(one for one in found["line_items"] if one["id"] == line)
    assert (sent["tracking_number"], sent["shipping_provider_name"], sent["package_status"]) == ("9400", "USPS", "FULFILLING")  # fmt: skip
    assert shop.refused("POST", path, wish(usps))[1] == 21011036


def test_elsewhere_the_package_itself_is_shipped(sandbox: Sandbox) -> None:
    shop = opened(sandbox, "ID", "IDR")
    order = shop.place(platform_ships=False)
    sent = {"tracking_number": "JX1", "shipping_provider_id": "6965352555291346692"}
    assert shop.refused("POST", f"/fulfillment/202610/orders/{order['id']}/packages", {"shipping_info_list": [sent]})[1] == 21011030  # fmt: skip
    assert shop.ask("POST", f"{PACKAGES}/{package_of(order)}/ship", {"self_shipment": sent}) == {}
    assert shop.read(order)["status"] == "IN_TRANSIT"


def test_many_packages_at_once_fail_alone(shop: Shop) -> None:
    first, second = shop.place(), shop.place()
    shop.act(second, "ask_cancel")
    wish = [{"id": package_of(one), "handover_method": "DROP_OFF"} for one in (first, second)]
    (error,) = shop.ask("POST", f"{PACKAGES}/ship", {"packages": wish})["errors"]
    assert error["code"] == 10007014 and error["detail"]["package_id"] == package_of(second)
    assert shop.read(first)["status"] == "AWAITING_COLLECTION"


# --- split and combined
def test_split_and_combined_packages_get_new_ids(shop: Shop) -> None:
    whole = shop.place(2)
    parted = shop.act(whole, "split")
    assert {one["id"] for one in parted["packages"]}.isdisjoint({package_of(whole)})
    assert shop.refused("GET", f"{PACKAGES}/{package_of(whole)}")[1] == 21008111
    assert shop.read(whole)["split_or_combine_tag"] == "SPLIT"
    home = {"name": "Ines Okafor", "line1": "12 Lantern Row", "postcode": "BS1 4DJ"}
    pair = [shop.place(recipient=home) for _ in range(2)]
    together = shop.door("combine", orders=[one["id"] for one in pair])
    package = package_of(together[0])
    assert [shop.read(one)["split_or_combine_tag"] for one in pair] == ["COMBINED", "COMBINED"]
    found = shop.ask("GET", f"{PACKAGES}/{package}")
    assert {one["id"] for one in found["orders"]} == {one["id"] for one in pair}
    shop.ask("POST", f"{PACKAGES}/{package}/ship", {"handover_method": "DROP_OFF"})
    assert {shop.read(one)["status"] for one in pair} == {"AWAITING_COLLECTION"}
