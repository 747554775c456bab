"""What a shop lists: stock is set, never guessed; kits have their members'; ids live inside one shop."""

import time
from typing import Any

import pytest

from app.sandbox.market import ending, goods, limits, placing, shops
from app.sandbox.market.errors import CannotDo
from app.sandbox.stripe.scope import Scope

from .conftest import Market


def codes(act: Any, *args: Any) -> str:
    with pytest.raises(CannotDo) as error:
        act(*args)
    return error.value.code


def test_stock_is_set_to_a_number_zero_included_and_noted_once(market: Market) -> None:
    one = market.shop["warehouses"][0]["id"]
    sku = market.product["skus"][0]["id"]
    goods.set_stock(market.scope, market.shop, market.product, sku, {one: 0})
    assert market.stock() == (0, 0)
    [row] = market.effects("stock_set")
    assert (row["id"], row["amount"], row["before"][one], row["after"][one]) == (sku, 0, 10, 0)
    assert market.heard[-1][1]["by"] == "seller"


def test_what_cannot_be_set_is_refused_and_changes_nothing(market: Market) -> None:
    scope, shop, product = market.scope, market.shop, market.product
    one = shop["warehouses"][0]["id"]
    counted, file = (sku["id"] for sku in product["skus"])
    assert codes(goods.set_stock, scope, shop, product, counted, {"elsewhere": 1}) == "warehouse"
    assert codes(goods.set_stock, scope, shop, product, counted, {one: -1}) == "range"
    assert codes(goods.set_stock, scope, shop, product, file, {one: 1}) == "uncounted"
    assert codes(goods.set_stock, scope, shop, product, "nothing", {one: 1}) == "gone"
    goods.set_floor(scope, shop, product, counted, 3)
    assert codes(goods.set_stock, scope, shop, product, counted, {one: 2}) == "floor"
    shops.save(scope, {**shop, "holiday": True})
    assert codes(goods.set_stock, scope, {**shop, "holiday": True}, product, counted, {one: 5}) == "holiday"
    goods.set_state(scope, shop, product, "deleted")
    assert codes(goods.set_stock, scope, shop, product, counted, {one: 5}) == "gone"
    assert market.effects("stock_set") == []


def test_a_kit_has_what_its_members_make_and_takes_them(market: Market) -> None:
    member = market.product["skus"][0]
    kit = goods.add(
        market.scope,
        market.shop,
        title="Three galaxies",
        skus=[{"sku": "KIT", "price": 9900, "members": [{"product": market.product["id"], "sku": member["id"], "quantity": 3}]}],
    )  # fmt: skip
    found = goods.get(market.scope, market.shop, kit["id"])
    assert found is not None and goods.available(found["skus"][0]) == 3
    order = placing.place(market.scope, market.shop, [(kit["id"], kit["skus"][0]["id"], 2)])
    assert market.stock() == (4, 6)
    assert codes(placing.place, market.scope, market.shop, [(kit["id"], kit["skus"][0]["id"], 2)]) == "not_enough"
    ending.cancel(market.scope, market.shop, order, "x")
    assert market.stock() == (10, 0)


def test_new_ids_leave_old_orders_alone(market: Market) -> None:
    order, old = market.place(2), market.product["skus"][0]["id"]
    product = goods.get(market.scope, market.shop, market.product["id"])
    assert product is not None
    goods.reissue_ids(market.scope, market.shop, product)
    assert goods.by_sku(market.scope, market.shop, old) is None
    assert goods.by_sku(market.scope, market.shop, product["skus"][0]["id"]) is not None
    ending.cancel(market.scope, market.shop, order, "x")
    assert market.again(order)["state"] == "cancelled"


def test_two_shops_may_use_the_same_ids(scope: Scope) -> None:
    found = []
    for slug in ("one", "two"):
        shop = shops.create(scope, "woocommerce", name=slug, identifier=slug)
        found.append(goods.add(scope, shop, title="Mug", skus=[{"sku": "M", "price": 100, "stock": 1}])["id"])
    assert found[0] == found[1]
    with pytest.raises(CannotDo, match="already"):
        shops.create(scope, "woocommerce", name="one", identifier="one")


def test_prices_states_and_counting_change(market: Market) -> None:
    sku = market.product["skus"][0]["id"]
    goods.set_price(market.scope, market.shop, market.product, sku, 5000)
    assert market.sku()["price"] == 5000
    assert codes(goods.set_price, market.scope, market.shop, market.product, sku, 0) == "range"
    goods.set_counted(market.scope, market.shop, market.product, sku, False)
    assert goods.available(market.sku()) is None
    goods.set_state(market.scope, market.shop, market.product, "inactive")
    assert codes(market.place, 1) == "state"


def test_limits_refuse_what_is_more_and_the_day_begins_anew(scope: Scope) -> None:
    limits.choose(scope, "shopee", per_day=2)
    assert [limits.check(scope, "shopee", "a"), limits.check(scope, "shopee", "b")] == [None, None]
    over = limits.check(scope, "shopee", "a")
    assert over is not None and over.what == "day" and 0 < over.wait <= limits.DAY
    scope.state.advance(over.wait)
    assert limits.check(scope, "shopee", "a") is None
    limits.choose(scope, "shopee", per_second=1)
    while time.time() % 1 > 0.5:  # both calls have to fall into one second
        time.sleep(0.05)
    assert limits.check(scope, "shopee", "a") is None
    assert limits.check(scope, "shopee", "a") == limits.Over("second", 1)
    assert limits.check(scope, "shopee", "b") is None
