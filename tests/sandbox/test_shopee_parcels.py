"""Shopee's parcels in the sandbox: arranged once and in one way, numbers and labels that come later, splitting (SHOPEE.md §7, §9)."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.shopee import Doc, Shop, opened

SHIP, NUMBER, PARAMETER = (
    "/api/v2/logistics/ship_order",
    "/api/v2/logistics/get_tracking_number",
    "/api/v2/logistics/get_shipping_parameter",
)
DOCUMENT = "/api/v2/logistics/{}_shipping_document"
KIND = "THERMAL_AIR_WAYBILL"


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


def number(shop: Shop, order: Doc, **query: Any) -> str:
    return shop.get(NUMBER, order_sn=order["id"], **query)["tracking_number"]


# --- arranging
def test_a_parcel_is_collected_at_an_address_and_a_time(shop: Shop) -> None:
    order = shop.place()
    found = shop.get(PARAMETER, order_sn=order["id"])
    assert found["info_needed"] == {"dropoff": [], "pickup": ["address_id", "pickup_time_id"]}
    shop.post(SHIP, order_sn=order["id"], pickup=shop.slot(order))
    assert shop.read(order)["order_status"] == "PROCESSED" and len(shop.sandbox.effects("ship")) == 1
    assert shop.refused("GET", PARAMETER, order_sn=order["id"])[0] == "logistics.order_status_error"


def test_shipped_twice_is_refused_with_a_space_in_front(shop: Shop) -> None:
    order = shop.place()
    shop.post(SHIP, order_sn=order["id"], dropoff={})
    assert (
        shop.refused("POST", SHIP, {"order_sn": order["id"], "dropoff": {}})[0] == " logistics.package_already_shipped"
    )
    assert len(shop.sandbox.effects("ship")) == 1


@pytest.mark.parametrize(
    ("ways", "error"),
    [
        ({}, "error_param"),
        ({"dropoff": None}, "error_param"),
        ({"pickup": {}, "dropoff": {}}, "error_param"),
        ({"pickup": {}}, "logistics.address_not_found"),
        ({"pickup": {"address_id": 118454205}}, "logistics.error_param"),
        ({"pickup": {"address_id": 5, "pickup_time_id": "x"}}, "logistics.address_not_found"),
        ({"non_integrated": {"tracking_number": "1Z"}}, "logistics.error_param"),
        ({"dropoff": {}, "package_number": "OFG1"}, "logistics.ship_order_not_need_pacakge_number"),
        ({"dropoff": {}, "package_number": ""}, "logistics.ship_order_not_need_pacakge_number"),
    ],
)
def test_exactly_one_way_with_all_that_it_needs(shop: Shop, ways: dict[str, Any], error: str) -> None:
    order = shop.place()
    assert shop.refused("POST", SHIP, {"order_sn": order["id"], **ways})[0] == error
    assert shop.sandbox.effects("ship") == [] and shop.read(order)["order_status"] == "READY_TO_SHIP"


@pytest.mark.parametrize("state", ["unpaid", "on_hold"])
def test_what_is_not_ready_is_not_shipped(shop: Shop, state: str) -> None:
    order = shop.place(state=state)
    assert shop.refused("POST", SHIP, {"order_sn": order["id"], "dropoff": {}})[0] == "logistics.order_status_error"
    assert shop.refused("GET", PARAMETER, order_sn=order["id"])[0] == "logistics.order_status_error"
    assert shop.sandbox.effects("ship") == []


def test_an_order_whose_buyer_wants_out_is_not_shipped(shop: Shop) -> None:
    order = shop.act(shop.place(), "ask_cancel", reason="No")
    assert shop.refused("POST", SHIP, {"order_sn": order["id"], "dropoff": {}})[0] == "logistics.order_status_error"
    assert shop.sandbox.effects("ship") == []


def test_a_sellers_own_fleet_brings_its_number(shop: Shop) -> None:
    order = shop.place(platform_ships=False)
    assert shop.get(PARAMETER, order_sn=order["id"])["info_needed"] == {"non_integrated": ["tracking_no"]}
    for ways in ({"non_integrated": {}}, {"dropoff": {}}):
        assert shop.refused("POST", SHIP, {"order_sn": order["id"], **ways})[0] == "logistics.error_param"
    shop.post(SHIP, order_sn=order["id"], non_integrated={"tracking_number": "1Z5"})
    assert number(shop, order) == "1Z5" and shop.read(order)["order_status"] == "SHIPPED"
    shop.post("/api/v2/logistics/update_tracking_status", order_sn=order["id"], tracking_status="DELIVERED")
    assert shop.read(order)["order_status"] == "TO_CONFIRM_RECEIVE"


# --- numbers
def test_a_number_comes_after_some_looks(shop: Shop) -> None:
    order = shop.place()
    shop.ship(order)
    first = shop.get(NUMBER, order_sn=order["id"])
    assert first["tracking_number"] == "" and first["hint"]
    assert number(shop, order) == "" and number(shop, order) == number(shop, order) != ""
    (parcel,) = shop.read(order, "package_list")["package_list"]
    detail = shop.get("/api/v2/order/get_package_detail", package_number_list=parcel["package_number"])["package_list"][
        0
    ]
    assert (
        detail["tracking_number"] == number(shop, order)
        and detail["is_shipment_arranged"]
        and "tracking_number" not in parcel
    )


def test_a_number_comes_by_itself_when_nobody_looks(shop: Shop) -> None:
    shop.sandbox.post("shopee/options", polls=50)
    order = shop.place()
    shop.ship(order)
    assert number(shop, order) == ""
    shop.sandbox.post("clock", advance=10)
    assert number(shop, order) != ""


def test_a_failed_pick_up_is_arranged_again(shop: Shop) -> None:
    order = shop.place()
    shop.ship(order)
    shop.act(order, "fail_pickup")
    assert shop.read(order)["order_status"] == "RETRY_SHIP"
    shop.ship(order)
    assert shop.read(order)["order_status"] == "PROCESSED"


def test_scans_come_newest_first(shop: Shop) -> None:
    order = shop.place()
    assert shop.get("/api/v2/logistics/get_tracking_info", order_sn=order["id"])["tracking_info"] == []
    shop.act(order, "arrange", method="pickup")
    shop.sandbox.post("clock", advance=60)
    shop.act(order, "collect")
    found = shop.get("/api/v2/logistics/get_tracking_info", order_sn=order["id"])
    assert found["logistics_status"] == "LOGISTICS_PICKUP_DONE" and len(found["tracking_info"]) == 2
    assert found["tracking_info"][0]["update_time"] > found["tracking_info"][1]["update_time"]


# --- labels
def papers(shop: Shop, step: str, *rows: Doc) -> Any:
    return shop.send("POST", f"/api/v2/logistics/{step}", {"order_list": list(rows)}).json()


def test_a_label_is_made_in_steps(shop: Shop) -> None:
    order = shop.place()
    row: Doc = {"order_sn": order["id"], "shipping_document_type": KIND}
    early = papers(shop, "create_shipping_document", row)
    assert early["error"] == "common.batch_api_all_failed"
    assert early["response"]["result_list"][0]["fail_error"] == "logistics.package_can_not_print"
    shop.ship(order)
    early = papers(shop, "create_shipping_document", {**row, "tracking_number": "guessed"})
    assert early["response"]["result_list"][0]["fail_error"] == "logistics.tracking_number_invalid"
    while not (known := number(shop, order)):
        pass
    assert (
        papers(shop, "get_shipping_document_parameter", row)["response"]["result_list"][0][
            "suggest_shipping_document_type"
        ]
        == KIND
    )
    before = papers(shop, "get_shipping_document_result", row)
    assert before["response"]["result_list"][0]["fail_error"] == "logistics.shipping_document_should_print_first"
    file = {"shipping_document_type": KIND, "order_list": [{"order_sn": order["id"]}]}
    assert (
        shop.refused("POST", DOCUMENT.format("download"), file)[0] == "logistics.shipping_document_should_print_first"
    )
    made = papers(shop, "create_shipping_document", {**row, "tracking_number": known})
    assert made["error"] == "" and made["response"]["result_list"] == [{"order_sn": order["id"]}]
    assert shop.refused("POST", DOCUMENT.format("download"), file)[0] == "logistics.download_later"
    states = [
        papers(shop, "get_shipping_document_result", row)["response"]["result_list"][0]["status"] for _ in range(3)
    ]
    assert states == ["PROCESSING", "READY", "READY"]
    answer = shop.send("POST", DOCUMENT.format("download"), file)
    assert answer.content.startswith(b"%PDF") and answer.headers["Content-Type"] == "application/pdf"


def test_entries_of_a_batch_fail_alone(shop: Shop) -> None:
    order = shop.place()
    found = papers(shop, "get_shipping_document_parameter", {"order_sn": order["id"]}, {"order_sn": "GONE"})
    assert found["error"] == "" and found["warning"] == [{"order_sn": "GONE"}]
    good, bad = found["response"]["result_list"]
    assert "fail_error" not in good and bad["fail_error"] == "logistics.order_not_exist"
    assert papers(shop, "get_shipping_document_parameter", *[{"order_sn": "A"}] * 51)["error"] == "error_param"


@pytest.mark.parametrize("kind", ["A4", "NORMAL_JOB_AIR_WAYBILL"])
def test_labels_of_other_kinds_are_refused(shop: Shop, kind: str) -> None:
    order = shop.place()
    shop.ship(order)
    while not (known := number(shop, order)):
        pass
    made = papers(
        shop,
        "create_shipping_document",
        {"order_sn": order["id"], "tracking_number": known, "shipping_document_type": kind},
    )
    assert made["response"]["result_list"][0]["fail_error"] == "logistics.shipping_document_type_invalid"


# --- several parcels
def split(shop: Shop, order: Doc, *counts: int) -> Any:
    rows = [
        {"item_list": [{"item_id": shop.item(), "model_id": shop.model(), "model_quantity": count}]} for count in counts
    ]
    return shop.send("POST", "/api/v2/order/split_order", {"order_sn": order["id"], "package_list": rows}).json()


def test_a_split_order_is_shipped_parcel_by_parcel(shop: Shop) -> None:
    order = shop.place(3)
    made = split(shop, order, 2, 1)["response"]["package_list"]
    first, second = (one["package_number"] for one in made)
    assert [one["item_list"][0]["model_quantity"] for one in made] == [2, 1] and shop.read(order, "split_up")[
        "split_up"
    ]
    assert (
        shop.refused("POST", SHIP, {"order_sn": order["id"], "dropoff": {}})[0] == "logistics.package_number_not_exist"
    )
    assert shop.refused("GET", NUMBER, order_sn=order["id"])[0] == "logistics.package_number_not_exist"
    shop.post(SHIP, order_sn=order["id"], package_number=first, dropoff={})
    assert shop.read(order)["order_status"] == "READY_TO_SHIP"
    again = {"order_sn": order["id"], "package_number": first, "dropoff": {}}
    assert shop.refused("POST", SHIP, again)[0] == " logistics.package_already_shipped"
    shop.post(SHIP, order_sn=order["id"], package_number=second, dropoff={})
    assert shop.read(order)["order_status"] == "PROCESSED" and len(shop.sandbox.effects("ship")) == 2


@pytest.mark.parametrize("counts", [(3,), (2, 2), (1, 1), (1, 1, 1, 0)])
def test_every_unit_is_in_exactly_one_parcel(shop: Shop, counts: tuple[int, ...]) -> None:
    order = shop.place(3)
    assert split(shop, order, *counts)["error"] == "order.order_split_package_missing_item"
    assert split(shop, order, *[1] * 6)["error"] == "error_param"
    assert len(shop.kept(order)["packages"]) == 1


def test_what_was_split_is_one_again(shop: Shop) -> None:
    order = shop.place(2)
    split(shop, order, 1, 1)
    assert split(shop, order, 1, 1)["error"] == "order.order_has_been_split"
    shop.post("/api/v2/order/unsplit_order", order_sn=order["id"])
    assert not shop.read(order, "split_up")["split_up"]
    waiting = shop.get("/api/v2/order/get_shipment_list", page_size=10)["order_list"]
    assert [one["order_sn"] for one in waiting] == [order["id"]]
