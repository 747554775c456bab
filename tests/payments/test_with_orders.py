"""Payments together with real orders: late money goes back by itself, and access and stock follow it (T13, T14, T33)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import db, outbox
from app.core.ids import new_id
from app.core.money import Money
from app.inventory import actions as inventory
from app.orders import actions as orders
from app.orders.models import Order
from app.payments import actions, invariants, queries
from app.payments.models import Payment, Refund
from app.wiring import listeners

from .conftest import Cart, Market


@pytest.fixture
def real(market: Market) -> Iterator[Market]:
    """The market with the application's own listeners instead of the test's."""
    outbox._handlers.clear()
    listeners()
    yield market


def place(market: Market, product: Any, delivery: int = 500, run: bool = True) -> Cart:
    """One piece of a product, held and placed as the checkout does; its jobs are run unless they shall wait."""
    buyer, group_id, variant = market.world.fay, new_id(), market.world.variant(product)
    until = db.now() + timedelta(minutes=10)
    with db.buyer(buyer.id):
        inventory.reserve(group_id, [inventory.Want(product.workspace_id, variant.id, 1)], until)
        line = orders.LineRequest(variant.id, 1, variant.price, Money.zero("USD"))
        seller = orders.SellerOrder(product.workspace_id, product.shop_id, [line], Money(delivery, "USD"))
        orders.place(buyer.id, group_id, "fay@guildhall.test", "Fay", "USD", [seller], until)
    with db.system("test world"):
        payment = queries.payment_for(group_id)
    assert payment is not None
    if run:
        market.run()
    return Cart(payment.id, group_id)


def order_of(market: Market, cart: Cart) -> Order:
    with db.system("test world") as session:
        return session.scalars(
            select(Order).where(Order.group_id == cart.reference_id).execution_options(populate_existing=True)
        ).one()


def test_a_paid_order_is_booked_with_its_delivery(real: Market) -> None:
    seller = real.seller()
    cart = place(real, real.world.product(real.world.shop(real.world.north), price=2000))
    real.pay(cart)
    real.deliver_new()
    order = order_of(real, cart)
    assert (order.payment_state, order.state) == ("paid", "open")
    assert real.balance(seller, "sales") == -2000 and real.balance(seller, "delivery_income") == -500
    assert real.balance(seller, "commission") == order.fee_minor == 125
    assert real.balance(seller, "stripe_balance") == real.stripe_balance(seller) > 0


def test_t13_t14_money_that_comes_after_the_end_goes_back_in_full(real: Market) -> None:
    seller = real.seller()
    cart = place(real, real.world.product(real.world.shop(real.world.north), price=2000, stock=1))
    real.pay(cart)
    with db.system("test world") as session:
        session.execute(update(Payment).where(Payment.id == cart.payment_id).values(state="expired"))
        session.expire_all()
    with db.workspace(seller.workspace_id):
        orders.end_unpaid(order_of(real, cart), "expired")
    real.deliver_new()
    order = order_of(real, cart)
    assert order.state == "cancelled" and real.payment(cart).state == "paid"
    with db.workspace(seller.workspace_id) as session:
        assert [row.state for row in session.scalars(select(Refund)).all()] == ["succeeded"]
    assert [effect["amount"] for effect in real.effects("refund")] == [2500]
    assert real.stripe_balance(seller) == 0 == real.balance(seller, "clearing")
    assert invariants.violations() == []


def test_t10_a_failed_bank_debit_ends_the_order_and_frees_its_stock(real: Market) -> None:
    real.seller()
    product = real.world.product(real.world.shop(real.world.north), price=2000, stock=1)
    cart = place(real, product)
    real.pay(cart, method="debit")
    real.deliver_new()
    assert order_of(real, cart).payment_state == "processing"
    real.sandbox.post(f"checkout/{real.payment(cart).session_id}/settle", outcome="failed")
    real.deliver_new()
    assert order_of(real, cart).state == "cancelled"
    assert place(real, product).payment_id != cart.payment_id


def test_a_dashboard_refund_reaches_the_order(real: Market) -> None:
    seller = real.seller()
    cart = place(real, real.world.product(real.world.shop(real.world.north), price=2000))
    real.pay(cart)
    real.deliver_new()
    real.sandbox.client.v1.refunds.create({"charge": real.charge_id(cart)})
    real.deliver_new()
    real.retry_due()
    assert real.payment(cart).refunded_minor == 2500
    assert order_of(real, cart).payment_state == "refunded"
    assert real.stripe_balance(seller) == 0 and actions.mirror_refunds(real.charge_id(cart)) == 1
