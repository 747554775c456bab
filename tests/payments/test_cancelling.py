"""A paid order that its seller cancels: the money goes back, once, with everything that hung on it (T11, T30, T33, T34)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.access.models import Grant
from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.money import Money
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from app.payments import actions, invariants

from .conftest import Cart, Market
from .test_last_unit import level
from .test_with_orders import order_of, place, real

__all__ = ["real"]
ALICE = Actor("person", "Alice")


@pytest.fixture
def product(real: Market) -> Any:
    """One print that also downloads, 20.00 and 5.00 for delivery."""
    real.seller()
    return real.world.product(real.world.shop(real.world.north), price=2000, stock=1, downloads=True)


def paid(market: Market, product: Any) -> Cart:
    cart = place(market, product)
    market.pay(cart)
    market.deliver_new()
    assert order_of(market, cart).state == "open"
    return cart


def cancel(market: Market, cart: Cart, reason: str = "The kiln broke") -> None:
    with db.workspace(market.world.north.id):
        orders.cancel(ALICE, db.get(Order, order_of(market, cart).id), reason)
    market.deliver_new()


def line_of(market: Market) -> UUID:
    with db.workspace(market.world.north.id) as session:
        return session.scalars(select(OrderLine.id)).one()


def revoked(market: Market) -> list[str | None]:
    with db.workspace(market.world.north.id) as session:
        return list(session.scalars(select(Grant.revoked_for).execution_options(populate_existing=True)))


def test_t33_a_cancelled_order_gives_money_stock_and_access_back(real: Market, product: Any) -> None:
    seller = real.seller()
    cart = paid(real, product)
    assert (level(real, product), revoked(real)) == ((0, 0), [None])
    for _ in range(2):
        cancel(real, cart)
    order = order_of(real, cart)
    assert (order.state, order.payment_state) == ("cancelled", "refunded")
    assert [effect["amount"] for effect in real.effects("refund")] == [2500]
    assert (level(real, product), revoked(real)) == ((1, 0), ["refund"])
    assert real.stripe_balance(seller) == 0 == real.balance(seller, "clearing")
    assert invariants.violations() == []


def test_t33_what_went_back_before_is_not_given_twice(real: Market, product: Any) -> None:
    real.seller()
    cart = paid(real, product)
    with db.workspace(real.world.north.id):
        order = db.get(Order, order_of(real, cart).id)
        some = {line_of(real): orders.RefundLine(0, Money(700, "USD"))}
        orders.refund(ALICE, order, some, Money.zero("USD"), "requested_by_customer", "A scratch", False, "key")
    real.deliver_new()
    cancel(real, cart)
    assert [effect["amount"] for effect in real.effects("refund")] == [700, 1800]
    assert level(real, product) == (1, 0) and real.payment(cart).refunded_minor == 2500


def test_t11_an_order_that_cost_nothing_is_cancelled_without_a_refund(real: Market) -> None:
    free = real.world.product(real.world.shop(real.world.north), price=0, stock=1, downloads=True)
    cart = place(real, free, delivery=0)
    assert (order_of(real, cart).state, level(real, free), revoked(real)) == ("open", (0, 0), [None])
    cancel(real, cart)
    assert (order_of(real, cart).state, level(real, free), revoked(real)) == ("cancelled", (1, 0), ["refund"])
    assert real.effects("refund") == [] and invariants.violations() == []


def test_what_was_sent_is_not_cancelled_and_no_money_moves(real: Market, product: Any) -> None:
    cart = paid(real, product)
    with db.workspace(real.world.north.id):
        orders.fulfil(ALICE, db.get(Order, order_of(real, cart).id), {line_of(real): 1})
    with pytest.raises(Refused, match="has been sent"):
        cancel(real, cart)
    assert real.effects("refund") == [] and order_of(real, cart).payment_state == "paid"


def test_t34_a_disputed_order_is_not_cancelled_as_well(real: Market, product: Any) -> None:
    """The bank takes the money already: cancelling would pay twice."""
    cart = paid(real, product)
    real.sandbox.post("disputes", charge=real.charge_id(cart))
    real.deliver_new()
    with pytest.raises(actions.DisputeOpen):
        cancel(real, cart)
    assert real.effects("refund") == [] and order_of(real, cart).state == "open"
    assert level(real, product) == (0, 0)


def test_t34_a_dispute_that_overtakes_a_promised_refund_is_counted_once(real: Market, product: Any) -> None:
    """Promised here, disputed there before Stripe heard of it: one of the two takes the money."""
    seller = real.seller()
    cart = paid(real, product)
    before = real.stripe_balance(seller)
    with db.workspace(real.world.north.id):
        order = db.get(Order, order_of(real, cart).id)
        whole = {line_of(real): orders.RefundLine(1, Money(2000, "USD"))}
        orders.refund(ALICE, order, whole, Money(500, "USD"), "requested_by_customer", "", True, "key")
    real.sandbox.post("disputes", charge=real.charge_id(cart))
    real.deliver_new()
    real.retry_due()
    actions.mirror_dispute(real.disputes(seller)[0].stripe_dispute_id)
    real.retry_due()
    assert real.effects("refund") == [] and [row.state for row in real.refunds(seller)] == ["failed"]
    assert real.stripe_balance(seller) == 0 == real.balance(seller, "stripe_balance") and before > 0
    assert order_of(real, cart).payment_state == "disputed"
    assert invariants.violations() == []


def test_t30_a_refund_that_fails_after_the_order_was_cancelled_can_be_made_again(real: Market, product: Any) -> None:
    """The buyer's bank sends it back: the order stays cancelled, says so, and the money is owed to the buyer again."""
    seller = real.seller()
    cart = paid(real, product)
    cancel(real, cart)
    real.sandbox.post(f"refunds/{real.refunds(seller)[0].stripe_refund_id}", status="failed")
    real.deliver_new()
    order = order_of(real, cart)
    assert (order.state, order.refunded_minor, real.payment(cart).refunded_minor) == ("cancelled", 0, 0)
    with db.workspace(real.world.north.id):
        whole = {line_of(real): orders.RefundLine(1, Money(2000, "USD"))}
        row = db.get(Order, order.id)
        orders.refund(ALICE, row, whole, Money(500, "USD"), "requested_by_customer", "Once more", False, "again")
    real.deliver_new()
    assert [one.state for one in real.refunds(seller)] == ["failed", "succeeded"]
    assert real.stripe_balance(seller) == 0 and real.payment(cart).refunded_minor == 2500
