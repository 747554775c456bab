"""T13: the last unit, two open payment pages, and a hold that ran out while nobody was told of the money."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.mail import Mail
from app.inventory import actions as inventory
from app.inventory.models import StockLevel
from app.payments import invariants

from .conftest import Cart, Market
from .test_with_orders import order_of, place, real

__all__ = ["real"]


def level(market: Market, product: Any) -> tuple[int, int]:
    with db.workspace(product.workspace_id) as session:
        row = session.scalars(
            select(StockLevel)
            .where(StockLevel.variant_id == market.world.variant(product).id)
            .execution_options(populate_existing=True)
        ).one()
        return row.on_hand, row.reserved


def told(template: str) -> list[str]:
    """What each mail of this kind says beside its amounts."""
    with db.system("test world") as session:
        return [row.context.get("note", "") for row in session.scalars(select(Mail).where(Mail.template == template))]


def hold_runs_out() -> None:
    """Our own time goes on while no message of the provider arrives."""
    with db.at(db.now() + timedelta(hours=2)):
        inventory.expire()


@pytest.fixture
def contested(real: Market) -> tuple[Any, Cart, Cart]:
    """One unit; the first buyer's hold is over while their page is open, and a second buyer is on their way to pay."""
    product = real.world.product(real.world.shop(real.world.north), price=2000, stock=1)
    real.seller()
    first = place(real, product)
    hold_runs_out()
    return product, first, place(real, product)


@pytest.mark.parametrize("winner", [0, 1])
def test_t13_of_two_who_pay_for_the_last_unit_one_gets_it_and_one_their_money(
    real: Market, contested: tuple[Any, Cart, Cart], winner: int
) -> None:
    product, *carts = contested
    for cart in (carts[1], carts[0]) if winner else carts:
        real.pay(cart)
        real.deliver_new()
    orders = [order_of(real, cart) for cart in carts]
    assert sorted((one.state, one.payment_state) for one in orders) == [("cancelled", "refunded"), ("open", "paid")]
    assert orders[1].state == "open", "who holds the unit gets it, whoever pays first"
    assert level(real, product) == (0, 0)
    assert [effect["amount"] for effect in real.effects("refund")] == [2500]
    assert told("order_refunded") == ["It sold out before your payment reached us"]
    assert len(told("receipt")) == 1
    assert invariants.violations() == []


def test_t13_money_that_was_told_late_still_buys_what_is_there(real: Market) -> None:
    """The hold is over, the unit is not sold: the late message takes it."""
    product = real.world.product(real.world.shop(real.world.north), price=2000, stock=1)
    real.seller()
    cart = place(real, product)
    real.pay(cart)
    hold_runs_out()
    assert level(real, product) == (1, 0)
    real.deliver_new()
    assert (order_of(real, cart).state, level(real, product)) == ("open", (0, 0))
    assert real.effects("refund") == []


def test_t13_expiry_and_payment_at_the_same_moment_leave_one_truth(real: Market) -> None:
    """Whichever comes first, the unit is sold once and nothing stays reserved."""
    product = real.world.product(real.world.shop(real.world.north), price=2000, stock=2)
    real.seller()
    before, after = place(real, product), place(real, product)
    real.pay(before)
    real.deliver_new()
    hold_runs_out()
    real.pay(after)
    real.deliver_new()
    assert [order_of(real, cart).state for cart in (before, after)] == ["open", "open"]
    assert level(real, product) == (0, 0)


def test_t10_what_a_bank_takes_days_for_is_kept_though_its_first_hold_was_over(real: Market) -> None:
    product = real.world.product(real.world.shop(real.world.north), price=2000, stock=1)
    real.seller()
    cart = place(real, product)
    real.pay(cart, method="debit")
    hold_runs_out()
    real.deliver_new()
    hold_runs_out()
    assert (order_of(real, cart).payment_state, level(real, product)) == ("processing", (1, 1))
    real.sandbox.post(f"checkout/{real.payment(cart).session_id}/settle", outcome="succeeded")
    real.deliver_new()
    assert (order_of(real, cart).state, level(real, product)) == ("open", (0, 0))


def test_t13_of_something_free_there_is_nothing_to_give_back(real: Market) -> None:
    product = real.world.product(real.world.shop(real.world.north), price=0, stock=1)
    slow = place(real, product, delivery=0, run=False)
    hold_runs_out()
    place(real, product, delivery=0)
    assert (order_of(real, slow).state, level(real, product)) == ("cancelled", (0, 0))
    assert real.effects("refund") == []
