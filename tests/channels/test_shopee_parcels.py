"""Shopee's parcels: handed over once, numbers and labels that come in steps (SHOPEE.md §7, TRAPS.md F39, F44)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.channels.order_facts import Handover, Sent
from app.core.errors import ProviderError
from app.core.port import NotOffered
from tests.channels.shopee import path, proven, query, recorded, saying, told

PDF = {"Content_Type": "application/pdf"}


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


def two_lines(*packages: tuple[str, str, Sequence[int]]) -> dict[str, Any]:
    """An order of two goods (items 1 and 2) in packages of (number, status, items)."""

    def row(item: int, **more: Any) -> dict[str, Any]:
        return {"item_id": item, "model_id": 0, "order_item_id": item, "promotion_group_id": 0, **more}

    listed = [
        {
            "package_number": number,
            "logistics_status": status,
            "item_list": [row(one, model_quantity=2) for one in items],
        }
        for number, status, items in packages
    ]
    lines = [row(one, model_quantity_purchased=2) for one in (1, 2)]
    return told(
        {"order_list": [{"order_sn": "A", "order_status": "READY_TO_SHIP", "item_list": lines, "package_list": listed}]}
    )


WHOLE = ("OFG1", "LOGISTICS_READY", (1, 2))
PART = Sent("A", "OFG1", carrier="DHL", tracking_number="T1", items=["2.0.2.0"])
NAMED = told(
    error="logistics.package_number_not_exist", message="Please request with package_number for this split order."
)


def test_some_of_the_goods_are_split_off_and_sent_alone() -> None:
    made = two_lines(("OFG7", "LOGISTICS_READY", (2,)), ("OFG8", "LOGISTICS_READY", (1,)))["response"]["order_list"][0]
    with saying(two_lines(WHOLE), told({"order_sn": "A", "package_list": made["package_list"]}), NAMED, told()) as (
        replay,
        shop,
    ):
        found = shop.ship(PART)
    rows = replay.asked[1].body["package_list"]
    assert [[one["item_id"] for one in part["item_list"]] for part in rows] == [[2], [1]]
    assert rows[0]["item_list"] == [
        {"item_id": 2, "model_id": 0, "order_item_id": 2, "promotion_group_id": 0, "model_quantity": 2}
    ]
    assert replay.asked[3].body["package_number"] == found.package_id == "OFG7" and found.tracking_number == "T1"


def test_what_was_split_before_is_found_again_and_all_goods_need_no_splitting() -> None:
    split = two_lines(("OFG7", "LOGISTICS_REQUEST_CREATED", (2,)), ("OFG8", "LOGISTICS_READY", (1,)))
    shipped = told(error="logistics.package_already_shipped", message="The package has been shipped.")
    with saying(split, NAMED, shipped) as (replay, shop):
        found = shop.ship(PART)
    assert found.already and found.package_id == "OFG7" and len(replay.asked) == 3
    with saying(two_lines(WHOLE), told()) as (replay, shop):
        shop.ship(replace(PART, items=["1.0.1.0", "2.0.2.0"]))
    assert "package_number" not in replay.asked[1].body and len(replay.asked) == 2


@pytest.mark.parametrize(
    ("order", "items"),
    [
        (two_lines(("OFG7", "LOGISTICS_READY", (2,)), ("OFG8", "LOGISTICS_READY", (1,))), ["1.0.1.0", "2.0.2.0"]),
        (two_lines(WHOLE), ["9.0.9.0"]),
        (told({"order_list": []}), ["2.0.2.0"]),
    ],
)
def test_goods_that_cannot_go_together_are_not_sent(order: dict[str, Any], items: list[str]) -> None:
    with saying(order) as (replay, shop), pytest.raises(ProviderError) as caught:
        shop.ship(replace(PART, items=items))
    assert caught.value.permanent and {one.method for one in replay.asked} == {"GET"}


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
