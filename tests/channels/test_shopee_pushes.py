"""Shopee's documented pushes: whose they are, what they are about, and which is a repetition (SHOPEE.md §8, TRAPS.md C19, D29)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.channels.platforms import shopee_pushes as pushes
from tests.channels.shopee import recorded, sample, told


def body(name: str) -> dict[str, Any]:
    return recorded(name)


@pytest.mark.parametrize(
    ("name", "kind", "shops", "ids", "status"),
    [
        ("push_1_shop_authorization_1.raw", "other", ["60011111"], [], ""),
        (
            "push_2_shop_authorization_canceled_1.raw",
            "access_ended",
            ["22000000"],
            [],
            "user cancel shop authorization",
        ),
        ("push_2_shop_authorization_canceled_2.raw", "access_ended", [""], [], "user cancel merchant authorization"),
        ("push_1_shop_authorization_3.raw", "other", [""], [], ""),
        ("push_3_order_status_1.raw", "order", ["727720655"], ["220810QSK8S7BX"], "PROCESSED"),
        ("push_4_order_trackingno_1.raw", "package", ["296363855"], ["220809MDBFYFT2"], "BR222263688572VSPXLM71894"),
    ],
)
def test_the_documented_pushes(name: str, kind: str, shops: list[str], ids: list[str], status: str) -> None:
    found = pushes.told(body(name))
    assert [one.shop_id for one in found] == shops
    assert {(one.kind, tuple(one.ids), one.status) for one in found} == {(kind, tuple(ids), status)}
    assert all(one.at and one.key for one in found)


def test_an_ending_consent_is_told_for_each_shop() -> None:
    found = pushes.told(body("push_12_open_api_authorization_expiry_1.raw"))
    assert {one.shop_id for one in found} == {"23213", "243242", "342343", "42342345656", "45345"}
    assert {one.kind for one in found} == {"access_ends"} and len({one.key for one in found}) == 5
    assert found[0].at == datetime(2021, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "data",
    [
        {"shop_id": 77},
        {"shopid": 77},
        {"shop_id_list": [77]},
        {"extra": "shop id 77 (VN) has been cancelled its authorization"},
    ],
)
def test_a_deauthorisation_in_any_shape_names_its_shop(data: dict[str, Any]) -> None:
    (found,) = pushes.told({"code": 2, "partner_id": 800000, "timestamp": 1653394175, "data": data})
    assert (found.kind, found.shop_id) == ("access_ended", "77")


def test_a_repeated_push_has_the_same_key_and_a_new_one_another() -> None:
    first = body("push_3_order_status_1.raw")
    (known,) = pushes.told(first)
    (again,) = pushes.told({**first, "timestamp": first["timestamp"] + 1800})
    later = {**first["data"], "status": "SHIPPED", "update_time": 1660123999}
    (news,) = pushes.told({**first, "data": later})
    (recurring,) = pushes.told({**first, "data": {**first["data"], "completed_scenario": "RRAOC"}})
    (elsewhere,) = pushes.told({**first, "shop_id": 5})
    assert known.key == again.key and len({known.key, news.key, recurring.key, elsewhere.key}) == 4


@pytest.mark.parametrize("spelling", ["ordersn", "order_sn"])
def test_a_document_is_told_under_either_spelling(spelling: str) -> None:
    data = {spelling: "2206", "package_number": "OFG1", "status": "READY"}
    (found,) = pushes.told({"code": 15, "shop_id": 1, "timestamp": 1, "data": data})
    assert (found.kind, found.ids, found.status) == ("document", ["2206"], "READY")


def test_reserved_stock_names_its_item_and_unknown_codes_are_kept() -> None:
    (stock,) = pushes.told(
        {"code": 8, "shop_id": 1, "timestamp": 9, "data": {"item_id": 3400133011, "variation_id": 1}}
    )
    assert (stock.kind, stock.ids) == ("stock", ["3400133011"])
    (odd,) = pushes.told({"code": 99, "shop_id": 1, "timestamp": 9, "data": {"x": 1}})
    assert odd.kind == "other" and odd.body == {"x": 1}
    assert pushes.told({"code": "3", "data": None})[0].ids == []


def test_lost_pushes_are_read_whether_their_data_is_text_or_an_object() -> None:
    answer = sample("lost_push_message_response")
    found = pushes.missed(answer)
    (first,) = found.items
    assert (first.kind, first.ids, first.shop_id, found.cursor) == ("order", ["220810QSK8S7BX"], "727720655", "176610")
    assert first.key == pushes.told(body("push_3_order_status_1.raw"))[0].key
    (row,) = answer["push_message_list"]
    for data in (json.dumps(row["data"]), row["data"]["data"], json.dumps(row["data"]["data"])):
        (same,) = pushes.missed({**answer, "push_message_list": [{**row, "data": data}]}).items
        assert same.key == first.key
    assert (
        pushes.missed(told()).cursor == ""
        and pushes.missed({"push_message_list": [{"data": "?"}], "last_message_id": 1}).items
    )
