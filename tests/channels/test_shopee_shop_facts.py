"""Shopee's documented listings, shops, returns and ways to hand over (SHOPEE.md §6, §7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.channels.channel_facts import Member, Ref
from app.channels.order_facts import RETURN_STATES
from app.channels.platforms import shopee_facts as facts
from app.channels.platforms import shopee_goods as goods
from app.channels.platforms import shopee_requests as asks
from app.channels.platforms import shopee_returns as returns
from app.channels.platforms import shopee_states as states
from app.channels.platforms.shopee_words import until
from tests.channels.shopee import RECORDED, recorded, sample


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


def test_every_recorded_file_is_covered_by_some_test() -> None:
    here = RECORDED.parent.parent.parent / "channels"
    said = "".join(one.read_text(encoding="utf-8") for one in here.glob("test_shopee*.py"))
    assert [one.stem for one in sorted(RECORDED.glob("*.json")) if one.stem not in said] == []
