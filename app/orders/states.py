"""The order's states, derived from its lines and money so that they cannot drift. Private to orders."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.orders.models import Order, OrderLine

FINAL = ("cancelled",)


def fulfilment_of(lines: Iterable[OrderLine]) -> str:
    """none_needed, unfulfilled, part_fulfilled or fulfilled; refunded units no longer wait to be sent."""
    shipped = [line for line in lines if line.ships]
    if not shipped:
        return "none_needed"
    wanted = sum(max(line.quantity - line.refunded_quantity, line.fulfilled_quantity) for line in shipped)
    sent = sum(line.fulfilled_quantity for line in shipped)
    if wanted == 0 or sent >= wanted:
        return "fulfilled" if sent else "none_needed"
    return "part_fulfilled" if sent else "unfulfilled"


def refresh(order: Order, lines: Iterable[OrderLine]) -> None:
    """Bring the order's own columns in line after a change of lines or refunds."""
    order.fulfilment_state = fulfilment_of(lines)
    if order.payment_state in ("paid", "part_refunded", "refunded") and order.paid_at:
        order.payment_state = (
            "paid"
            if not order.refunded_minor
            else "refunded"
            if order.refunded_minor >= order.total_minor
            else "part_refunded"
        )
    if order.state in ("open", "done"):
        order.state = "done" if order.fulfilment_state in ("fulfilled", "none_needed") else "open"


def units_of(lines: Iterable[OrderLine]) -> Counter[UUID]:
    """Units that were sold and not refunded, by product."""
    found = Counter[UUID]()
    for line in lines:
        if line.product_id:
            found[line.product_id] += line.quantity - line.refunded_quantity
    return found


def lines_of(order: Order) -> list[OrderLine]:
    statement = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)
    return list(db.session().scalars(statement))
