"""Lines that were paid for, for what is given to their buyers afterwards."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Subquery, and_, func, select

from app.core import db
from app.licences.actions import Bought, Purchase
from app.orders.models import Order, OrderLine

_OF = and_(Order.workspace_id == OrderLine.workspace_id, Order.id == OrderLine.order_id)


def bought_lines() -> Subquery:
    """In the seller's scope: lines of our own shops by their id (`source_id`), with the units that were `kept`, and the buyer's name and
    address. What is sold at a platform is left out, because its buyers are not written to."""
    kept = OrderLine.quantity - OrderLine.refunded_quantity
    email = func.lower(Order.buyer_email)
    who = (Order.buyer_name.label("name"), email.label("email"))
    found = select(OrderLine.workspace_id, OrderLine.id.label("source_id"), kept.label("kept"), *who)
    return found.join(Order, _OF).where(Order.channel == "own").subquery()


def locked_lines(source_ids: Sequence[UUID]) -> dict[UUID, Bought]:
    """In the seller's scope: these lines as they are under the locks of their orders."""
    session = db.session()
    of = select(OrderLine.order_id).where(OrderLine.id.in_(source_ids)).distinct()
    orders = select(Order).where(Order.id.in_(session.scalars(of).all())).order_by(Order.id).with_for_update()
    held = {one.id: one for one in session.scalars(orders.execution_options(populate_existing=True))}
    lines = select(OrderLine).where(OrderLine.id.in_(source_ids)).execution_options(populate_existing=True)
    return {line.id: _bought(held[line.order_id], line) for line in session.scalars(lines)}


def _bought(order: Order, line: OrderLine) -> Bought:
    purchase = Purchase(order.number, order.buyer_name, order.buyer_email)
    return Bought(purchase, line.quantity, line.refunded_quantity)
