"""Orders' reactions to news about money, and to their own. Payment news is platform news, so each order is opened in its seller's
scope."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.orders import actions
from app.orders.events import OrderPaid
from app.orders.models import Order
from app.payments.events import DisputeChanged, PaymentEnded, PaymentPaid, PaymentProcessing, RefundChanged


def on_payment_paid(event: PaymentPaid) -> None:
    for order in _orders_of(event.reference_id):
        if actions.mark_paid(order):
            actions.tell_sellers(order)
    actions.send_receipt(event.reference_id)


def on_order_paid(event: OrderPaid) -> None:
    """Wherever it was bought."""
    actions.tell_inboxes(db.get(Order, event.order_id))


def on_payment_processing(event: PaymentProcessing) -> None:
    for order in _orders_of(event.reference_id):
        actions.hold_for_bank(order)


def on_payment_ended(event: PaymentEnded) -> None:
    for order in _orders_of(event.reference_id):
        actions.end_unpaid(order, event.outcome)


def on_refund_changed(event: RefundChanged) -> None:
    actions.refund_moved(db.get(Order, event.order_id), event.refund_id, event.state, event.previous)


def on_dispute_changed(event: DisputeChanged) -> None:
    actions.dispute_moved(db.get(Order, event.order_id), event.status, event.previous)


def _orders_of(group_id: UUID) -> Iterator[Order]:
    """Each order of the group, in its own seller's scope, in a fixed order."""
    with db.system("orders of a payment") as session:
        found = session.execute(
            select(Order.workspace_id, Order.id)
            .where(Order.group_id == group_id)
            .order_by(Order.workspace_id, Order.id)
        ).all()
    for workspace_id, order_id in found:
        with db.workspace(workspace_id):
            yield db.get(Order, order_id)
