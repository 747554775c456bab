"""One action on many orders: each is done or left alone by itself, and the answer says which and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit
from app.orders import states
from app.orders.actions.sending import fulfil, refuse_unsendable
from app.orders.events import OrderChanged
from app.orders.models import Order
from app.orders.timeline import tell

AT_ONCE = 500


@dataclass
class Outcome:
    """Numbers of the orders that were done, and number → reason of those that were not."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def each(orders: Sequence[Order], act: Callable[[Order], object]) -> Outcome:
    """Run `act` on every order; what one refuses undoes that one alone."""
    outcome = Outcome()
    for order in orders:
        try:
            with db.session().begin_nested():
                act(order)
                db.session().flush()
        except Refused as refusal:
            outcome.refused[order.number] = refusal.message
        else:
            outcome.done.append(order.number)
    return outcome


def sendable(orders: Sequence[Order]) -> Outcome:
    """A dry run of `send_rest`: who would be sent, and why the others would not."""
    outcome = Outcome()
    for order in orders:
        try:
            refuse_unsendable(order, order.lines)
        except Refused as refusal:
            outcome.refused[order.number] = refusal.message
        else:
            outcome.done.append(order.number)
    return outcome


def send_rest(actor: Actor, order: Order, carrier: str, tracking_number: str) -> None:
    """Mark everything that still waits as sent in one parcel. Raises as `fulfil`."""
    lines = states.lines_of(order)
    left = {line.id: line.quantity - line.refunded_quantity - line.fulfilled_quantity for line in lines if line.ships}
    fulfil(actor, order, left, carrier, tracking_number)


def printed(actor: Actor, orders: Sequence[Order], what: str) -> None:
    """Remember on each order that a document of it was printed."""
    for order in orders:
        tell(order, "fulfilment", actor, f"Printed the {what}")
        emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
