"""WooCommerce as the sandbox speaks it: orders with statuses by hand, two clocks, notes, refunds through gateways and on paper."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.channels.woocommerce import recorded
from tests.letters import postbox
from tests.sandbox.conftest import Sandbox
from tests.sandbox.test_woocommerce_goods import alike
from tests.sandbox.woocommerce import Box, Doc, Site


@pytest.fixture(scope="module")
def letters() -> Iterator[Box]:
    with postbox(Box()) as one:
        yield one


@pytest.fixture
def site(sandbox: Sandbox, letters: Box) -> Site:
    letters.found.clear()
    letters.status = 200
    doc = sandbox.post("market/shops", platform="woocommerce", name="Northlight", identifier="northlight")
    one = Site(sandbox.url, letters, doc).keys()
    one.product()
    return one


def read(site: Site, order: Doc) -> Doc:
    return site.get(f"/orders/{order['id']}")


def put(site: Site, order: Doc, **body: Any) -> Doc:
    return site.send("PUT", f"/orders/{order['id']}", body)


def ids(site: Site, **query: Any) -> list[str]:
    return [str(one["id"]) for one in site.get("/orders", **query)]


# --- what they look like
def test_orders_look_as_recorded(site: Site) -> None:
    order = site.place(quantity=2, delivery=1000, tax=135, seller_discount=200, note="Ring twice")
    said, known = read(site, order), recorded("order_created")
    known["line_items"] = known["line_items"][1:]
    odd = [one for one in alike(said, known) if not one.endswith((".price", "meta_data[0].key", ".meta_data[0].id"))]
    assert odd == []
    assert (said["status"], said["total"], said["shipping_total"], said["total_tax"], said["discount_total"]) == (
        "processing", "93.35", "10.00", "1.35", "2.00",
    )  # fmt: skip
    (line,) = said["line_items"]
    assert (line["subtotal"], line["total"], line["total_tax"], line["price"]) == ("84.00", "82.00", "1.35", 41)
    assert (
        line["variation_id"]
        and line["parent_name"] == "Ten thousand galaxies"
        and said["customer_note"] == "Ring twice"
    )
    assert said["billing"]["email"].endswith("@buyers.example") and said["shipping"]["address_1"]


def test_the_price_of_a_line_is_a_number_and_money_is_text(site: Site) -> None:
    (line,) = read(site, site.place(quantity=3, seller_discount=100))["line_items"]
    assert isinstance(line["price"], float) and isinstance(line["total"], str)


def test_a_simple_product_has_no_variation(site: Site) -> None:
    site.simple()
    (line,) = read(site, site.place("MUG"))["line_items"]
    assert (line["variation_id"], line["name"], line["parent_name"]) == (0, "Mug", None)


# --- two clocks
def test_without_the_word_gmt_a_window_is_read_by_the_sites_own_clock(site: Site) -> None:
    """West of Greenwich local time lies behind, so a moment of GMT names one that is still to come: orders are skipped."""
    site.private(gmt_offset=-5)
    order = site.place()
    said = read(site, order)
    gmt = datetime.fromisoformat(said["date_modified_gmt"])
    assert gmt - datetime.fromisoformat(said["date_modified"]) == timedelta(hours=5)
    before = (gmt - timedelta(minutes=1)).isoformat()
    assert ids(site, modified_after=before) == []
    assert ids(site, modified_after=before, dates_are_gmt="true") == [order["id"]]
    assert ids(site, modified_after=(gmt - timedelta(hours=5, minutes=1)).isoformat()) == [order["id"]]


def test_a_window_leaves_its_own_second_out(site: Site) -> None:
    order = site.place()
    at = read(site, order)["date_modified_gmt"]
    second = datetime.fromisoformat(at)
    earlier, later = ((second + timedelta(seconds=by)).isoformat() for by in (-1, 1))
    assert ids(site, modified_after=at, dates_are_gmt="true") == []
    assert ids(site, modified_after=earlier, dates_are_gmt="true") == [order["id"]]
    assert ids(site, modified_before=at, dates_are_gmt="true") == []
    assert ids(site, modified_before=later, dates_are_gmt="true") == [order["id"]]
    assert ids(site, after=earlier, before=later, dates_are_gmt="true") == [order["id"]]
    assert site.no(400, "GET", "/orders", modified_after="yesterday")["code"] == "rest_invalid_param"


def test_orders_are_sorted_by_their_change_where_the_shop_can(site: Site) -> None:
    first, second = site.place(), site.place()
    site.door("clock", advance=60)
    site.act(first, "change_address", line1="9 New Road")
    assert ids(site, orderby="modified", order="asc") == [second["id"], first["id"]]
    assert ids(site, orderby="date", order="asc") == [first["id"], second["id"]] == ids(site)[::-1]
    site.private(old_sorting=True)
    assert site.no(400, "GET", "/orders", orderby="modified")["data"]["params"]["orderby"]


def test_orders_are_found_by_status_and_number(site: Site) -> None:
    paid, unpaid, trashed = site.place(), site.place(state="unpaid"), site.place()
    site.send("DELETE", f"/orders/{trashed['id']}", None)
    assert ids(site, status="pending") == [unpaid["id"]]
    assert ids(site, status="processing,pending", order="asc") == [paid["id"], unpaid["id"]] == ids(site, order="asc")
    assert ids(site, include=f"{paid['id']},{trashed['id']}") == [paid["id"]] and ids(site, status="trash") == [
        trashed["id"]
    ]
    assert read(site, trashed)["status"] == "trash"
    assert site.no(400, "GET", "/orders", status="by-bike")["code"] == "rest_invalid_param"
    site.send("DELETE", f"/orders/{paid['id']}", None, force="true")
    assert site.no(404, "GET", f"/orders/{paid['id']}")["code"] == "woocommerce_rest_shop_order_invalid_id"


# --- statuses
def test_states_of_the_marketplace_are_statuses_of_the_shop(site: Site) -> None:
    order = site.place(state="unpaid")
    assert (read(site, order)["status"], read(site, order)["date_paid_gmt"]) == ("pending", None)
    site.act(order, "pay")
    assert read(site, order)["status"] == "processing" and read(site, order)["date_paid_gmt"]
    site.act(order, "arrange", method="own", tracking="1Z-OWN")
    said = read(site, order)
    assert said["status"] == "completed" and said["date_completed_gmt"]
    site.act(order, "deliver")
    assert read(site, order)["status"] == "completed"
    held = read(site, site.place(state="on_hold"))
    assert held["status"] == "on-hold" and held["date_paid_gmt"]
    gone = site.place()
    site.act(gone, "cancel")
    assert read(site, gone)["status"] == "cancelled"


@pytest.mark.parametrize("status", ["pending", "on-hold", "failed", "checkout-draft", "processing"])
def test_the_owner_writes_any_status(site: Site, status: str) -> None:
    order = site.place(state="unpaid")
    assert put(site, order, status=status)["status"] == status
    assert site.status(order, "cancelled") and read(site, order)["status"] == "cancelled"


def test_a_plugin_brings_statuses_of_its_own(site: Site) -> None:
    order = site.place()
    assert site.no(400, "PUT", f"/orders/{order['id']}", {"status": "by-bike"})["code"] == "rest_invalid_param"
    site.private(statuses=["by-bike"])
    assert put(site, order, status="by-bike")["status"] == "by-bike" and ids(site, status="by-bike") == [order["id"]]
    assert put(site, order, status="completed")["status"] == "completed" and len(site.effects("ship")) == 1


def test_cancelling_puts_stock_back_and_reviving_takes_it_again(site: Site) -> None:
    order = site.place(quantity=4)
    product = {"id": order["lines"][0]["product"]}
    put(site, order, status="cancelled")
    assert site.stock(product) == 10 and len(site.effects("cancel")) == 1
    put(site, order, status="processing")
    assert site.stock(product) == 6 and read(site, order)["status"] == "processing"


def test_completing_sends_the_parcel_that_the_meta_data_tells_of(site: Site) -> None:
    order = site.place(quantity=2)
    parcel = {"tracking_number": "1Z999", "custom_tracking_provider": "UPS"}
    said = put(
        site, order, meta_data=[{"key": "_wc_shipment_tracking_items", "value": [parcel]}, {"key": "x", "value": "y"}]
    )
    assert said["status"] == "processing" and {one["key"]: one["value"] for one in said["meta_data"]}["x"] == "y"
    assert site.effects("ship") == []
    assert put(site, order, status="completed")["date_completed_gmt"]
    kept = site.look(f"{site.base}/orders/{order['id']}")
    assert (kept["packages"][0]["tracking"], kept["packages"][0]["carrier"], kept["state"]) == (
        "1Z999",
        "UPS",
        "in_transit",
    )
    put(site, order, status="completed")
    assert len(site.effects("ship")) == 1


# --- notes
def test_notes_are_kept_and_those_for_the_customer_are_mailed(site: Site) -> None:
    order = site.place()
    path = f"/orders/{order['id']}/notes"
    made = site.send("POST", path, {"note": "On its way", "customer_note": True})
    site.send("POST", path, {"note": "Fragile"})
    assert alike(made, recorded("order_note")) == [] and made["customer_note"] is True
    assert [one["note"] for one in site.get(path)] == ["Fragile", "On its way"]
    assert [one["note"] for one in site.get(path, type="customer")] == ["On its way"]
    assert [one["note"] for one in site.effects("note")] == ["On its way"]
    assert site.no(400, "POST", path, {})["code"] == "rest_missing_callback_param"


# --- refunds
def line_of(site: Site, order: Doc) -> int:
    return read(site, order)["line_items"][0]["id"]


def test_a_part_that_is_refunded_leaves_the_status_and_says_which_units(site: Site) -> None:
    order = site.place(quantity=3)
    wish = {
        "amount": "42.00",
        "reason": "Scratched",
        "line_items": [{"id": line_of(site, order), "quantity": 1, "refund_total": "42.00"}],
    }
    made = site.send("POST", f"/orders/{order['id']}/refunds", wish)
    assert alike(made, recorded("refund_create")) == [] and made["refunded_payment"] is True
    said = read(site, order)
    assert said["status"] == "processing" and said["refunds"] == [
        {"id": made["id"], "reason": "Scratched", "total": "-42.00"}
    ]
    (line,) = site.get(f"/orders/{order['id']}/refunds")[0]["line_items"]
    assert (line["quantity"], line["total"], line["meta_data"][0]["key"]) == (-1, "-42.00", "_refunded_item_id")
    assert site.stock({"id": order["lines"][0]["product"]}) == 8
    assert [one["amount"] for one in site.effects("refund")] == [4200]


def test_what_is_not_restocked_stays_away(site: Site) -> None:
    order = site.place(quantity=3)
    wish = {"api_restock": False, "line_items": [{"id": line_of(site, order), "quantity": 1, "refund_total": "42.00"}]}
    assert site.send("POST", f"/orders/{order['id']}/refunds", wish)["amount"] == "42.00"
    assert site.stock({"id": order["lines"][0]["product"]}) == 7


def test_a_whole_refund_makes_the_order_refunded(site: Site) -> None:
    order = site.place(quantity=2, delivery=500)
    wish = {"amount": "89.00", "line_items": [{"id": line_of(site, order), "quantity": 2, "refund_total": "84.00"}]}
    site.send("POST", f"/orders/{order['id']}/refunds", wish)
    assert read(site, order)["status"] == "refunded" and site.stock({"id": order["lines"][0]["product"]}) == 10
    assert (len(site.effects("refund")), len(site.effects("cancel"))) == (1, 1)


def test_more_than_was_paid_is_not_refunded(site: Site) -> None:
    order = site.place()
    for amount in ("42.01", "-1", "1e99", "much"):
        answer = site.raw("POST", f"/orders/{order['id']}/refunds", {"amount": amount})
        assert answer.status_code in (400, 500), amount
    assert site.effects("refund") == [] and read(site, order)["refunds"] == []


def test_a_gateway_that_cannot_refund_says_so(site: Site) -> None:
    order = site.place()
    site.status(order, "processing", payment_method="bacs")
    said = site.no(500, "POST", f"/orders/{order['id']}/refunds", {"amount": "1.00"})
    assert said["code"] == "woocommerce_rest_cannot_create_order_refund" and "automatic refunds" in said["message"]
    assert site.effects("refund") == []
    made = site.send("POST", f"/orders/{order['id']}/refunds", {"amount": "1.00", "api_refund": False})
    assert made["refunded_payment"] is False and read(site, order)["payment_method_title"] == "Direct bank transfer"


def test_refunded_by_hand_notes_a_refund_of_all(site: Site) -> None:
    order = site.place()
    said = put(site, order, status="refunded")
    assert said["status"] == "refunded" and said["refunds"][0]["total"] == "-42.00"


def test_money_that_went_back_otherwise_is_a_refund_too(site: Site) -> None:
    order = site.place(quantity=2)
    site.act(order, "cancel", lines=[{"line": order["lines"][0]["id"], "quantity": 1}])
    (refund,) = site.get(f"/orders/{order['id']}/refunds")
    assert refund["amount"] == "42.00" and refund["line_items"][0]["quantity"] == -1
    assert site.get(f"/orders/{order['id']}/refunds/{refund['id']}")["id"] == refund["id"]
    assert site.no(404, "GET", f"/orders/{order['id']}/refunds/1")["code"].endswith("invalid_id")
