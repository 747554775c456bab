"""Places and pays orders through the same doors as the checkout, for tests."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Product, Shop
from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.inventory import actions as inventory
from app.inventory.actions import Want
from app.orders import actions as orders
from app.orders.models import Order
from app.payments.actions import refunds
from app.payments.actions.checkout import end, mark_paid
from app.payments.models import Payment, Refund
from tests.world import World


def place(
    world: World, buyer_id: UUID, *bought: tuple[Product, int], email: str = "fay@guildhall.test", delivery: int = 500
) -> UUID:
    """One checkout over all shops of the products; returns the order group's id. Nothing is paid yet."""
    group_id, until = new_id(), db.now() + timedelta(hours=1)
    chosen = [(product, world.variant(product), count) for product, count in bought]
    sellers = []
    for shop_id in dict.fromkeys((product.workspace_id, product.shop_id) for product, _ in bought):
        mine = [entry for entry in chosen if (entry[0].workspace_id, entry[0].shop_id) == shop_id]
        lines = [
            orders.LineRequest(variant.id, count, variant.price, Money.zero(variant.currency))
            for _, variant, count in mine
        ]
        ships = any(product.ships for product, _, _ in mine)
        fee = Money(delivery if ships else 0, mine[0][1].currency)
        ship_to = {"name": "Fay", "line1": "1 Road", "city": "Bristol", "country": "GB"} if ships else {}
        sellers.append(orders.SellerOrder(*shop_id, lines, fee, "Standard", "", ship_to))
    with db.buyer(buyer_id):
        wants = [Want(product.workspace_id, variant.id, count) for product, variant, count in chosen if product.ships]
        inventory.reserve(group_id, wants, until)
        orders.place(buyer_id, group_id, email, "Fay", chosen[0][1].currency, sellers, until)
    return group_id


def pay(group_id: UUID, run_jobs: Any) -> None:
    """The money arrives; handlers run."""
    with db.system("test world"):
        mark_paid(payment(group_id), None)
    run_jobs(only="orders.")


def fail(group_id: UUID, run_jobs: Any, outcome: str = "expired") -> None:
    with db.system("test world"):
        end(payment(group_id), outcome)
    run_jobs(only="orders.")


def settle_refund(order: Any, state: str, run_jobs: Any) -> None:
    """Stripe says something about the order's newest refund, as its webhook would."""
    with db.workspace(order.workspace_id) as session:
        row_id = session.scalars(
            select(Refund.id).where(Refund.order_id == order.id).order_by(Refund.id.desc())
        ).first()
        assert row_id is not None
        refunds._move(row_id, state, f"re_{row_id}", None)
    run_jobs(only="orders.")


def payment(group_id: UUID) -> Payment:
    return db.session().scalars(select(Payment).where(Payment.reference_id == group_id)).one()


def order_of(group_id: UUID, shop: Shop) -> Order:
    with db.workspace(shop.workspace_id) as session:
        return session.scalars(
            select(Order)
            .where(Order.group_id == group_id, Order.shop_id == shop.id)
            .execution_options(populate_existing=True)
        ).one()
