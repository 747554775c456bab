"""Carriers' prices at checkout: shown, kept for the order, gone after their hour, never in the way of a sale."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.money import Money
from app.orders.models import Order
from app.shipping.actions import checkout_rates, parcels, presets
from app.shipping.actions.checkout_rates import worth_showing
from app.shipping.carrier import Rate
from app.shipping.models import CheckoutEstimate
from app.storefront.models import Checkout
from tests.shipping.parceling import ALICE, Shipping
from tests.storefront.conftest import Shopper

HOUSE = {
    "country": "US", "shown_country": "US", "name": "Fay", "line1": "179 N Harbor Dr", "city": "Redondo Beach",
    "region": "CA", "postcode": "90277",
}  # fmt: skip
FLAT = "$5.00"


@pytest.fixture
def shipping(shipping: Shipping) -> Shipping:
    switch(shipping, on=True)
    shipping.connect()
    return shipping


@pytest.fixture
def shopper(client: Any, shipping: Shipping) -> Shopper:
    """A browser with one thing of the shop in its cart, at the delivery step."""
    shopper = Shopper(client)
    fill(shopper, shipping.world, shipping.shop, shipping.product)
    shopper.begin()
    shopper.contact(shopper.hidden("checkout"))
    return shopper


def fill(shopper: Shopper, world: Any, shop: Any, product: Any) -> None:
    shopper.add(shop, product, world.variant(product))


def switch(shipping: Shipping, on: bool) -> None:
    with db.workspace(shipping.workspace.id):
        presets.change_settings(ALICE, parcels.settings_of().version, checkout_rates=on)


def deliver(shopper: Shopper, **more: str) -> Any:
    return shopper.delivery(shopper.hidden("checkout"), **{**HOUSE, **more})


def choices(shopper: Shopper, shop: Any) -> list[str]:
    """The values offered for delivery from a shop."""
    page = shopper.get("/checkout?step=delivery").text
    return re.findall(rf'name="rate-{shop.id}"[^>]*value="([^"]+)"', page)


def estimates() -> list[CheckoutEstimate]:
    with db.system("test world") as session:
        rows = session.scalars(select(CheckoutEstimate).execution_options(populate_existing=True))
        return list(rows)


def orders() -> list[Order]:
    with db.system("test world") as session:
        return list(session.scalars(select(Order).order_by(Order.number)))


def older(by: timedelta) -> None:
    with db.system("test world"):
        for row in estimates():
            row.created_at -= by


def test_carriers_prices_are_shown_chosen_and_charged(shopper: Shopper, shipping: Shipping) -> None:
    deliver(shopper)
    waiting = shopper.get("/checkout").text
    assert "Step 2 of 3" in waiting and FLAT in waiting and "Asking carriers" in waiting
    assert 'hx-get="/checkout/rates"' in waiting and 'http-equiv="refresh"' in waiting
    assert shopper.get("/checkout/rates").status_code == 204
    shipping.run()
    offered = choices(shopper, shipping.shop)
    [row] = estimates()
    assert row.state == "answered" and offered == [f"{row.id}:{place}" for place in range(len(row.rates))]
    assert 3 <= len(offered) <= 4 and "name" not in row.recipient
    page = shopper.get("/checkout/rates").text
    assert "USPS" in page and "Asking carriers" not in page and "on the way" in page
    deliver(shopper, **{f"rate-{shipping.shop.id}": offered[1]})
    price = row.rates[1]["total_minor"]
    assert shopper.pay(shopper.hidden("checkout")).status_code == 303
    [order] = orders()
    assert order.delivery_minor == price and order.delivery_name.startswith("USPS")
    assert shipping.effects() == [], "an estimate buys nothing"


def test_when_the_carrier_is_down_the_shops_own_rate_stands(shopper: Shopper, shipping: Shipping) -> None:
    shipping.fault(kind="500", path="*/beta/rates", times=9)
    deliver(shopper)
    shipping.run()
    [row] = estimates()
    assert row.state == "failed" and row.error
    page = shopper.get("/checkout").text
    assert "Step 3 of 3" in page and FLAT in page
    assert shopper.pay(shopper.hidden("checkout")).status_code == 303
    assert [order.delivery_minor for order in orders()] == [500]


def test_a_buyer_who_does_not_wait_keeps_the_shops_own_rate(shopper: Shopper, shipping: Shipping) -> None:
    deliver(shopper)
    [own] = choices(shopper, shipping.shop)
    deliver(shopper, **{f"rate-{shipping.shop.id}": own})
    total = shopper.hidden("total")
    shipping.run()
    assert own in choices(shopper, shipping.shop), "what was picked stays on offer beside the carriers' prices"
    assert shopper.pay(shopper.hidden("checkout"), total).status_code == 303
    assert [order.delivery_minor for order in orders()] == [500]


def test_the_price_holds_for_its_hour_and_then_is_chosen_again(shopper: Shopper, shipping: Shipping) -> None:
    deliver(shopper)
    shipping.run()
    dearest = choices(shopper, shipping.shop)[-1]
    deliver(shopper, **{f"rate-{shipping.shop.id}": dearest})
    older(timedelta(minutes=55))
    shopper.get("/checkout")
    assert shipping.run() == [], "nobody is asked twice within the hour"
    total, checkout = shopper.hidden("total"), shopper.hidden("checkout")
    older(timedelta(minutes=6))
    answer = shopper.pay(checkout, total)
    assert answer.status_code == 422 and "does not hold any more" in answer.text and "Step 2 of 3" in answer.text
    assert orders() == []
    shopper.get("/checkout")
    assert shipping.run() == ["shipping.estimate"]
    fresh = choices(shopper, shipping.shop)
    assert dearest not in fresh
    deliver(shopper, **{f"rate-{shipping.shop.id}": fresh[0]})
    assert shopper.pay(checkout).status_code == 303


def test_the_other_sellers_part_is_untouched(shopper: Shopper, shipping: Shipping) -> None:
    world = shipping.world
    shop = world.shop(world.other, "Kiln")
    fill(shopper, world, shop, world.product(shop, price=3000))
    shopper.begin()
    deliver(shopper)
    shipping.run()
    [own] = choices(shopper, shop)
    offered = choices(shopper, shipping.shop)
    deliver(shopper, **{f"rate-{shipping.shop.id}": offered[0], f"rate-{shop.id}": own})
    assert shopper.pay(shopper.hidden("checkout")).status_code == 303
    by_shop = {order.shop_id: order for order in orders()}
    assert by_shop[shop.id].delivery_minor == 500 and by_shop[shop.id].delivery_name != ""
    assert by_shop[shipping.shop.id].delivery_name.startswith("USPS")
    assert {row.workspace_id for row in estimates()} == {shipping.workspace.id}


def test_a_shop_without_the_switch_asks_nobody(shopper: Shopper, shipping: Shipping) -> None:
    switch(shipping, on=False)
    deliver(shopper)
    assert "Step 3 of 3" in shopper.get("/checkout").text
    assert shipping.run() == [] and estimates() == []


def test_a_price_nobody_offered_is_not_taken(shopper: Shopper, shipping: Shipping) -> None:
    """An estimate for another address, or one made up, is no choice."""
    deliver(shopper)
    shipping.run()
    dear = choices(shopper, shipping.shop)[0]
    deliver(shopper, **{"line1": "1 Main St", f"rate-{shipping.shop.id}": dear})
    with db.system("test world") as session:
        kept = session.scalars(select(Checkout).execution_options(populate_existing=True)).one().rates
    assert str(shipping.shop.id) not in kept
    assert "Step 2 of 3" in shopper.get("/checkout?step=review").text


def test_old_estimates_are_forgotten(shopper: Shopper, shipping: Shipping) -> None:
    deliver(shopper)
    shipping.run()
    older(timedelta(hours=25))
    checkout_rates.forget_old()
    assert estimates() == []


def rate(service: str, minor: int, days: int | None, currency: str = "USD", carrier: str = "USPS") -> Rate:
    return Rate(service, carrier, service, service, minor, currency, days)


def test_three_cheapest_and_the_fastest_in_the_shops_currency() -> None:
    rates = [
        rate("Overnight", 4200, 1),
        rate("Ground", 700, 5),
        rate("Priority", 900, 2),
        rate("Slow", 600, None),
        rate("Same", 4300, 1),
        rate("Ground", 710, 5),
        rate("Fremd", 100, 1, "EUR"),
        rate("Freight", 2000, 9),
    ]
    shown = worth_showing(rates, "USD")
    assert [one.service for one in shown] == ["Slow", "Ground", "Priority", "Overnight"]
    assert Money(shown[1].total_minor, "USD") == Money(700, "USD")
    assert worth_showing(rates, "GBP") == []
