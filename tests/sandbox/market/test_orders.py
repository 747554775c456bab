"""Orders of the neutral marketplace: stock is taken once, states move only along the legal ways, money adds up."""

from typing import Any

import pytest

from app.sandbox.market import clocks, ending, free, goods, grouping, ids, orders, packing, placing, returning, shops
from app.sandbox.market.errors import CannotDo
from app.sandbox.stripe import clockwork
from app.sandbox.stripe.scope import Scope

from .conftest import Market


def refused(code: str, act: Any, *args: Any, **more: Any) -> None:
    with pytest.raises(CannotDo) as error:
        act(*args, **more)
    assert error.value.code == code, error.value


def test_stock_is_taken_when_an_order_is_placed_and_committed_until_it_is_sent(market: Market) -> None:
    order = market.place(3)
    assert market.stock() == (7, 3)
    packing.arrange(market.scope, market.shop, order, method="pickup")
    assert market.stock() == (7, 3)
    packing.collect(market.scope, market.shop, order)
    assert market.stock() == (7, 0)
    assert market.events()[0] == "stock_changed"
    assert "order_placed" in market.events()


def test_the_marketplace_never_sells_what_it_has_not(market: Market) -> None:
    market.place(9)
    before = orders.count(market.scope, market.shop)
    refused("not_enough", market.place, 2)
    assert market.stock() == (1, 9)
    assert orders.count(market.scope, market.shop) == before


def test_an_order_of_two_lines_that_cannot_be_served_takes_nothing(market: Market) -> None:
    sku = market.product["skus"][0]["id"]
    refused(
        "not_enough",
        placing.place,
        market.scope,
        market.shop,
        [(market.product["id"], sku, 6), (market.product["id"], sku, 6)],
    )
    assert market.stock() == (10, 0)


def test_an_uncounted_sku_sells_without_end_and_holds_nothing(market: Market) -> None:
    sku = market.product["skus"][1]["id"]
    order = placing.place(market.scope, market.shop, [(market.product["id"], sku, 500)])
    assert goods.available(market.sku(1)) is None
    assert order["lines"][0]["pieces"][0]["takes"] == {}


def test_stock_of_two_warehouses_serves_one_order_and_comes_back_to_both(market: Market) -> None:
    one, two = (place["id"] for place in market.shop["warehouses"])
    goods.set_stock(market.scope, market.shop, market.product, market.product["skus"][0]["id"], {one: 2, two: 4})
    order = market.place(5)
    assert market.sku()["stock"] == {one: 0, two: 1}
    ending.cancel(market.scope, market.shop, order, "out of stock")
    assert market.sku()["stock"] == {one: 2, two: 4}
    assert market.stock() == (6, 0)


def test_amounts_add_up_and_discounts_are_shared_to_the_last_cent(market: Market) -> None:
    file = market.product["skus"][1]["id"]
    items = [(market.product["id"], market.product["skus"][0]["id"], 1), (market.product["id"], file, 1)]
    order = placing.place(
        market.scope, market.shop, items, seller_discount=101, platform_discount=50, delivery=500, tax=30
    )
    assert order["subtotal"] == 5100
    assert order["total"] == 5100 - 151 + 500 + 30
    assert sum(line["seller_discount"] for line in order["lines"]) == 101
    assert sum(line["platform_discount"] for line in order["lines"]) == 50


def test_a_platform_with_one_line_per_unit_has_them(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_styles", {"tiktok": ids.Style({}, unit_lines=True)})
    shop = shops.create(scope, "tiktok", name="Shop")
    product = goods.add(scope, shop, title="Mug", skus=[{"sku": "MUG", "price": 1200, "stock": 5}])
    order = placing.place(scope, shop, [(product["id"], product["skus"][0]["id"], 3)])
    assert [line["quantity"] for line in order["lines"]] == [1, 1, 1]
    assert len({line["id"] for line in order["lines"]}) == 3
    assert sum(order["packages"][0]["lines"].values()) == 3


def test_an_unpaid_order_is_paid_then_on_hold_then_to_ship(market: Market) -> None:
    order = market.place(state="unpaid")
    assert order["paid_at"] is None
    refused("state", packing.arrange, market.scope, market.shop, order, method="pickup")
    placing.pay(market.scope, market.shop, order, hold=True)
    assert order["state"] == "on_hold"
    refused("state", placing.pay, market.scope, market.shop, order)
    market.scope.state.advance(placing.HOLD + 1)
    clocks.register()
    clockwork.run_due(market.scope)
    assert market.again(order)["state"] == "to_ship"


def test_an_order_that_is_never_paid_lapses_and_gives_its_stock_back(market: Market) -> None:
    clocks.register()
    order = market.place(4, state="unpaid")
    market.scope.state.advance(placing.PATIENCE + 1)
    clockwork.run_due(market.scope)
    order = market.again(order)
    assert (order["state"], order["refunded"], order["cancel"]["by"]) == ("cancelled", 0, "platform")
    assert market.stock() == (10, 0)


def test_a_parcel_moves_only_forward_and_its_order_follows(market: Market) -> None:
    order = market.place()
    refused("state", packing.collect, market.scope, market.shop, order)
    packing.arrange(market.scope, market.shop, order, method="drop_off", polls=2)
    refused("already", packing.arrange, market.scope, market.shop, order, method="drop_off")
    assert order["state"] == "awaiting_collection"
    shown = [packing.tracking_of(market.scope, market.shop, order) for _ in range(3)]
    assert shown[:2] == ["", ""] and shown[2].startswith("SBX")
    packing.collect(market.scope, market.shop, order)
    packing.deliver(market.scope, market.shop, order)
    packing.complete(market.scope, market.shop, order)
    assert market.again(order)["state"] == "completed"
    assert [one["state"] for one in order["history"]][-1] == "completed"
    assert len(market.effects("ship")) == 1


def test_a_failed_pick_up_goes_back_and_is_arranged_again(market: Market) -> None:
    order = market.place()
    packing.arrange(market.scope, market.shop, order, method="pickup")
    packing.fail_pickup(market.scope, market.shop, order)
    assert (order["state"], order["packages"][0]["retry"]) == ("to_ship", True)
    packing.arrange(market.scope, market.shop, order, method="pickup")
    assert (order["state"], order["packages"][0]["retry"]) == ("awaiting_collection", False)


def test_own_parcels_need_a_number_and_part_of_an_order_may_go_first(market: Market) -> None:
    order = market.place(3, platform_ships=False)
    line = order["lines"][0]["id"]
    refused("given", packing.arrange, market.scope, market.shop, order, method="own")
    packing.arrange(market.scope, market.shop, order, method="own", tracking="1Z1", lines={line: 1})
    order = market.again(order)
    assert order["state"] == "part_shipped"
    assert market.stock() == (7, 2)
    packing.arrange(market.scope, market.shop, order, order["packages"][0]["id"], method="own", tracking="1Z2")
    assert market.again(order)["state"] == "in_transit"
    assert market.stock() == (7, 0)
    refused("state", ending.cancel, market.scope, market.shop, order, "out of stock")


def test_a_split_replaces_the_package_and_two_orders_go_as_one(market: Market) -> None:
    order, place = market.place(3), {"name": "Ines", "line1": "1 Road", "postcode": "1"}
    line, old = order["lines"][0]["id"], order["packages"][0]["id"]
    refused("range", grouping.split, market.scope, market.shop, order, [{line: 1}, {line: 1}])
    grouping.split(market.scope, market.shop, order, [{line: 1}, {line: 2}])
    assert packing.find(market.scope, market.shop, old) is None
    found = packing.find(market.scope, market.shop, order["packages"][1]["id"])
    assert found is not None and found[1]["lines"] == {line: 2}
    grouping.unsplit(market.scope, market.shop, order)
    assert len(order["packages"]) == 1

    one, two = market.place(1, recipient=place), market.place(1, recipient=place)
    refused("range", grouping.combine, market.scope, market.shop, [one, order])
    grouping.combine(market.scope, market.shop, [one, two])
    assert one["packages"][0]["id"] == two["packages"][0]["id"]
    packing.arrange(market.scope, market.shop, two, method="pickup")
    assert {market.again(each)["state"] for each in (one, two)} == {"awaiting_collection"}


def test_combined_orders_are_taken_apart(market: Market) -> None:
    place = {"name": "Ines", "line1": "1 Road", "postcode": "1"}
    one, two = market.place(1, recipient=place), market.place(1, recipient=place)
    grouping.combine(market.scope, market.shop, [one, two])
    grouping.uncombine(market.scope, market.shop, one["packages"][0]["id"])
    packages = [market.again(each)["packages"] for each in (one, two)]
    assert packages[0][0]["id"] != packages[1][0]["id"]


def test_a_partial_cancellation_gives_back_its_stock_and_its_money_once(market: Market) -> None:
    order = market.place(4, delivery=500)
    line = order["lines"][0]["id"]
    ending.cancel(market.scope, market.shop, order, "out of stock", lines=[{"line": line, "quantity": 1}])
    assert market.stock() == (7, 3)
    assert (order["state"], order["refunded"], order["lines"][0]["cancelled"]) == ("to_ship", 4200, 1)
    refused("range", ending.cancel, market.scope, market.shop, order, "x", lines=[{"line": line, "quantity": 4}])
    ending.cancel(market.scope, market.shop, order, "out of stock", restock=False)
    assert market.stock() == (7, 0)
    assert (order["state"], order["refunded"]) == ("cancelled", order["total"])
    refused("already", ending.cancel, market.scope, market.shop, order, "x")
    assert [row["amount"] for row in market.effects("refund")] == [4200, order["total"] - 4200]


def test_a_buyers_wish_stops_shipping_until_it_is_answered(market: Market) -> None:
    order = market.place()
    refused("not_asked", ending.answer, market.scope, market.shop, order, True)
    ending.ask(market.scope, market.shop, order, "changed my mind")
    assert order["state"] == "cancel_requested"
    refused("cancel_asked", packing.arrange, market.scope, market.shop, order, method="pickup")
    ending.answer(market.scope, market.shop, order, False)
    assert (order["state"], market.stock()) == ("to_ship", (8, 2))
    ending.ask(market.scope, market.shop, order, "please")
    order = market.again(order)
    ending.answer(market.scope, market.shop, order, True)
    order = market.again(order)
    assert (order["state"], order["cancel"]["state"], market.stock()) == ("cancelled", "accepted", (10, 0))


def test_a_buyer_on_hold_cancels_without_asking(market: Market) -> None:
    order = market.place(state="on_hold")
    ending.ask(market.scope, market.shop, order, "oops")
    assert (order["state"], order["cancel"]["by"], market.stock()) == ("cancelled", "buyer", (10, 0))


def test_a_return_is_answered_sent_back_and_paid_once(market: Market) -> None:
    order = market.place(2)
    refused("state", returning.ask, market.scope, market.shop, order, "broken")
    packing.arrange(market.scope, market.shop, order, method="own", tracking="1Z")
    packing.deliver(market.scope, market.shop, order)
    line = order["lines"][0]["id"]
    returning.ask(market.scope, market.shop, order, "broken", [{"line": line, "quantity": 1}])
    case = order["returns"][0]
    refused("already", returning.ask, market.scope, market.shop, order, "broken")
    returning.answer(market.scope, market.shop, order, case["id"], True)
    returning.send_back(market.scope, market.shop, order, case["id"])
    returning.receive(market.scope, market.shop, order, case["id"], restock=True)
    refused("state", returning.receive, market.scope, market.shop, order, case["id"])
    assert (case["state"], order["refunded"], order["lines"][0]["returned"]) == ("refunded", 4200, 1)
    assert market.stock() == (9, 0)
    found = orders.by_part(market.scope, market.shop, "return", case["id"])
    assert found is not None and found["id"] == order["id"]


def test_a_refused_return_is_judged_by_the_platform(market: Market) -> None:
    order = market.place(1)
    packing.arrange(market.scope, market.shop, order, method="own", tracking="1Z")
    returning.ask(market.scope, market.shop, order, "never came", goods_come_back=False)
    case = order["returns"][0]
    returning.answer(market.scope, market.shop, order, case["id"], False, "It was delivered")
    returning.judge(market.scope, market.shop, order, case["id"], refund=True)
    assert (case["state"], order["refunded"], market.stock()) == ("refunded", 4200, (9, 0))
    assert [one["order_doc"]["id"] for one in returning.listed(market.scope, market.shop)] == [order["id"]]


def test_a_shop_of_ones_own_refunds_parts_and_writes_states_freely(market: Market) -> None:
    order = market.place(3)
    line = order["lines"][0]["id"]
    refused("range", returning.refund, market.scope, market.shop, order, order["total"] + 1)
    returning.refund(market.scope, market.shop, order, 4200, lines=[{"line": line, "quantity": 1}])
    assert (market.stock(), order["state"], order["refunded"]) == ((8, 2), "to_ship", 4200)
    free.put(market.scope, market.shop, order, "cancelled")
    assert market.stock() == (10, 0)
    free.put(market.scope, market.shop, order, "to_ship")
    assert market.stock() == (7, 3)
    free.put(market.scope, market.shop, order, "completed")
    assert market.stock() == (7, 0)


def test_orders_are_read_by_window_and_cursor_while_they_change(market: Market) -> None:
    placed = [market.place(1)["id"] for _ in range(5)]
    page = orders.listed(market.scope, market.shop, by="updated", limit=2)
    market.scope.state.advance(60)
    ending.cancel(market.scope, market.shop, page[0], "x")
    rest, last = [], page[-1]
    while last:
        page = orders.listed(market.scope, market.shop, by="updated", after=(last["updated"], last["seq"]), limit=2)
        rest += [one["id"] for one in page]
        last = page[-1] if page else None
    assert rest == [*placed[2:], placed[0]]
    moment = market.again({"id": placed[0]})["updated"]
    assert [one["id"] for one in orders.listed(market.scope, market.shop, by="updated", since=moment)] == [placed[0]]
    assert orders.count(market.scope, market.shop, by="updated", until=moment) == 4


def test_an_address_changes_until_the_parcel_leaves(market: Market) -> None:
    order = market.place()
    placing.change_address(market.scope, market.shop, order, line1="9 New Road")
    assert market.again(order)["recipient"]["line1"] == "9 New Road"
    assert market.events()[-1] == "address_changed"
    packing.arrange(market.scope, market.shop, order, method="own", tracking="1Z")
    refused("state", placing.change_address, market.scope, market.shop, order, line1="No")
