"""Shopee's documented answers, read to the amounts, units and states that the documents give (SHOPEE.md §5-§8, TRAPS.md E32, E36)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.channels.channel_facts import PACKAGE_STATES, RETURN_STATES, STATES, Member, Ref
from app.channels.platforms import shopee_facts as facts
from app.channels.platforms import shopee_goods as goods
from app.channels.platforms import shopee_pushes as pushes
from app.channels.platforms import shopee_requests as asks
from app.channels.platforms import shopee_returns as returns
from app.channels.platforms import shopee_states as states
from app.channels.platforms.shopee import Shopee
from app.channels.platforms.shopee_words import until
from app.core.wire import decoded
from tests.channels.shopee import RECORDED, raw, recorded, told


def sample(name: str) -> Any:
    return decoded(raw(name))["response"]


def detail(**changes: Any) -> dict[str, Any]:
    return {**sample("order_detail_response")["order_list"][0], **changes}


# --- orders
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


# --- who may follow whom
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


# --- listings
def test_the_documented_item_and_its_model() -> None:
    (item,) = sample("item_base_info_response")["item_list"]
    plain = goods.plain(item)
    assert (plain.ref, plain.price_minor, plain.currency, plain.quantity) == (Ref("34002"), 12_202, "SGD", 10)
    assert (plain.sku, plain.state, plain.stock, plain.picture) == ("", "active", {"": 10}, "")
    (model,) = goods.models({**item, "price_info": None}, sample("model_list_response"))
    assert (model.sku, model.price_minor, model.currency, model.quantity) == ("blue bag", 10_000, "TWD", 0)


def test_a_variation_is_named_by_its_options_and_kept_per_location() -> None:
    tiers = [{"option_list": [{"option": "Red"}, {"option": "Blue"}]}, {"option_list": [{"option": "XL"}]}]
    stock = {"seller_stock": [{"location_id": "VNZ", "stock": 3}, {"location_id": "VNS", "stock": "4"}]}
    found = {"model_id": 9, "tier_index": [1, 0], "model_status": "MODEL_UNAVAILABLE", "stock_info_v2": stock}
    odd = {"model_id": 10, "tier_index": [7], "model_status": "MODEL_SOMETHING"}
    listed = {"tier_variation": tiers, "model": [found, odd]}
    first, second = goods.models({"item_id": 1, "item_name": "Bag", "item_status": "NORMAL"}, listed)
    assert (first.variant_title, first.state, first.stock, first.quantity) == (
        "Blue, XL",
        "inactive",
        {"VNZ": 3, "VNS": 4},
        7,
    )
    assert (second.variant_title, second.state, second.quantity, second.price_minor) == ("", "active", None, None)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("NORMAL", "active"),
        ("UNLIST", "inactive"),
        ("BANNED", "refused"),
        ("REVIEWING", "pending"),
        ("SELLER_DELETE", "gone"),
    ],
)
def test_states_of_listings(status: str, state: str) -> None:
    assert goods.plain({"item_id": 1, "item_status": status}).state == state
    assert goods.plain({"item_id": 1, "item_status": "NEWEST"}).state == "pending"


def test_a_kit_says_what_is_inside() -> None:
    inside = {"component_item_id": 892571386, "component_model_id": 18500720947, "quantity": 3}
    kit = {"model_list": [{"model_id": 5, "component_list": [{**inside, "component_item_or_model_sku": "one"}]}]}
    (found,) = goods.with_members([goods.plain({"item_id": 885138291})], kit)
    assert found.members == [Member(Ref("892571386", "18500720947"), 3, "one")]


def test_the_older_queue_of_shipments_reads_as_parcels() -> None:
    found = [facts.package(one, "") for one in sample("shipment_list_response")["order_list"]]
    assert (found[0].id, found[0].orders, found[0].state) == ("38027870177402", ["2003160SXK2A3T"], "unknown")


# --- the shop
def test_the_documented_shop() -> None:
    found = facts.shop(recorded("shop_info_response"), "600")
    assert (found.id, found.name, found.region, found.currency) == ("600", "mysipuat", "MY", "MYR")
    assert facts.shop({"region": "XX"}, "7").name == "Shopee shop 7"


def test_warehouses_are_stock_locations() -> None:
    one = {
        "warehouse_id": 6,
        "warehouse_name": "warehouse1",
        "warehouse_type": 1,
        "location_id": "IDZ",
        "holiday_mode_state": 0,
    }
    found = facts.warehouses([one, {**one, "warehouse_id": 7}, {**one, "location_id": "IDL", "holiday_mode_state": 1}])
    assert [(place.id, place.default, place.sells) for place in found] == [("IDZ", True, True), ("IDL", False, False)]


@pytest.mark.parametrize(("expire_in", "seconds"), [(14400, 14400), ("14400", 14400), (1767001812, None)])
def test_the_end_of_a_token_is_a_span_or_a_moment(expire_in: Any, seconds: int | None) -> None:
    now = datetime(2025, 12, 29, 6, tzinfo=UTC)
    expected = datetime.fromtimestamp(1767001812, UTC) if seconds is None else now + timedelta(seconds=seconds)
    assert until(expire_in, now) == expected


# --- returns
def test_the_documented_return() -> None:
    (found,) = [returns.read(one) for one in sample("return_list_response")["return"]]
    assert (found.id, found.order_id, found.state, found.refund_minor) == (
        "200203171852695",
        "200203C6W0AR27",
        "cancelled",
        140_900,
    )
    assert found.goods_come_back and found.items[0].quantity == 1 and found.tracking_number == "RNSHS00177569"
    assert not returns.read({"return_solution": 1}).goods_come_back


@pytest.mark.parametrize("status", [*states.RETURNS, "ANYTHING"])
def test_every_returns_status_has_a_state(status: str) -> None:
    found = returns.read({"return_sn": "1", "status": status})
    assert found.state in RETURN_STATES and found.status == status


# --- handing over
def test_the_documented_ways_to_hand_over() -> None:
    found = asks.handovers(sample("shipping_parameter_response"), "Northlight")
    assert [one.kind for one in found] == ["pickup", "pickup", "drop_off"]
    assert [one.id for one in found] == ["pickup?address_id=123", "pickup?address_id=234", "dropoff?"]
    assert "hhh, #34" in found[1].words and found[2].words == "Drop it off"


def test_slots_branches_and_own_numbers() -> None:
    slots = [
        {"date": 1608103685, "time_text": "9:00-12:00", "pickup_time_id": "16081036_5"},
        {"date": 0, "pickup_time_id": "x"},
    ]
    found = asks.handovers(
        {
            "info_needed": {"pickup": ["address_id", "pickup_time_id"], "dropoff": ["branch_id", "sender_real_name"], "non_integrated": ["tracking_no"]},
            "pickup": {"address_list": [{"address_id": 5, "address": "1 Street", "time_slot_list": slots}]},
            "dropoff": {"branch_list": [{"branch_id": 9, "city": "Taipei"}]},
        },
        "Nadia N",
    )  # fmt: skip
    assert [one.id for one in found] == [
        "pickup?address_id=5&pickup_time_id=16081036_5",
        "pickup?address_id=5&pickup_time_id=x",
        "dropoff?branch_id=9&sender_real_name=Nadia+N",
        "non_integrated?",
    ]
    assert found[0].start == datetime(2020, 12, 16, 7, 28, 5, tzinfo=UTC) and found[1].start is None
    assert [one.kind for one in found] == ["pickup", "pickup", "drop_off", "own"]


# --- pushes
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


def test_every_recorded_file_is_covered_by_some_test() -> None:
    here = RECORDED.parent.parent.parent / "channels"
    said = "".join(one.read_text(encoding="utf-8") for one in here.glob("test_shopee*.py"))
    assert [one.stem for one in sorted(RECORDED.glob("*.json")) if one.stem not in said] == []
