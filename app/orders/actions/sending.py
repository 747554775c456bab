"""Fulfilment by hand, and cancelling."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.access import actions as access
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit
from app.inventory import actions as inventory
from app.orders import states
from app.orders.actions.refunding import refund_rest, refuse_outside
from app.orders.actions.writing import write
from app.orders.events import OrderCancelled, OrderFulfilled
from app.orders.models import Fulfilment, Order, OrderLine
from app.orders.timeline import tell


class NothingToSend(Refused):
    message = "Choose at least one unit that has not been sent yet. Nothing was changed."


class CannotSend(Refused):
    status = 409
    message = "This order is not paid or was cancelled, so nothing can be sent. Nothing was changed."


class OnHold(CannotSend):
    message = "This order is on hold ({reason}). Release it first; nothing was sent."


class StillPaying(Refused):
    status = 409
    message = (
        "The buyer may still be paying for this, together with other sellers' things. It ends by itself when they do not; "
        "nothing is charged then. Once it is paid you can cancel it, and the money goes back."
    )


def fulfil(
    actor: Actor,
    order: Order,
    quantities: Mapping[UUID, int],
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
) -> Fulfilment:
    """Mark units per line as sent and tell the buyer. Raises CannotSend (OnHold), NothingToSend (also for more than is left)."""
    order = db.lock(order)
    _refuse_closed(order)
    lines = states.lines_of(order)
    sent = _send(lines, {line_id: count for line_id, count in quantities.items() if count})
    fulfilment = db.add(
        Fulfilment(
            order_id=order.id,
            carrier=carrier.strip(),
            tracking_number=tracking_number.strip(),
            tracking_url=tracking_url.strip(),
            lines=sent,
        )
    )
    states.refresh(order, lines)
    shown = f"{carrier} {tracking_number}".strip()
    tell(order, "fulfilment", actor, "Sent" + (f" with {shown}" if shown else ""), lines=sent)
    audit.record(actor, "orders.fulfil", order, lines=sent, tracking_number=tracking_number)
    write(
        order,
        "order_shipped",
        f"shipped:{fulfilment.id}",
        rest=order.fulfilment_state == "part_fulfilled",
        carrier=carrier,
        tracking_number=tracking_number,
        tracking_url=tracking_url,
        lines=[
            {"title": called(line), "quantity": entry["quantity"]}
            for line in lines
            for entry in sent
            if entry["line_id"] == str(line.id)
        ],
    )
    emit(
        OrderFulfilled(
            workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id, fulfilment_id=fulfilment.id
        )
    )
    return fulfilment


def _refuse_closed(order: Order) -> None:
    if order.state not in ("open", "done") or order.paid_at is None:
        raise CannotSend
    if order.held_at is not None:
        raise OnHold(reason=order.hold_reason)


def refuse_unsendable(order: Order, lines: Sequence[OrderLine]) -> None:
    """Raise what `fulfil` would raise for everything that is left of the order."""
    _refuse_closed(order)
    if not any(line.ships and line.quantity > line.refunded_quantity + line.fulfilled_quantity for line in lines):
        raise NothingToSend("Nothing of this order waits to be sent. Nothing was changed.")


def called(line: OrderLine) -> str:
    """What a line is called in mails."""
    return f"{line.title} ({line.variant_title})" if line.variant_title else line.title


def _send(lines: list[OrderLine], quantities: Mapping[UUID, int]) -> list[dict[str, object]]:
    by_id = {line.id: line for line in lines if line.ships}
    sent: list[dict[str, object]] = []
    for line_id, count in quantities.items():
        line = by_id.get(line_id)
        if line is None or count < 1 or count > line.quantity - line.refunded_quantity - line.fulfilled_quantity:
            raise NothingToSend
        line.fulfilled_quantity += count
        sent.append({"line_id": str(line_id), "quantity": count})
    if not sent:
        raise NothingToSend
    return sent


def cancel(actor: Actor, order: Order, reason: str) -> None:
    """End a paid order: refunded in full, restocked, access ended. Raises StillPaying, or Refused when something was sent."""
    order = db.lock(order)
    if order.state == "cancelled":
        return
    refuse_outside(order)
    lines = states.lines_of(order)
    if any(line.fulfilled_quantity for line in lines):
        raise Refused(
            "Part of this order has been sent, so it cannot be cancelled. Refund what comes back instead; no money was moved."
        )
    if order.paid_at is None:
        raise StillPaying
    if order.refundable:
        refund_rest(actor, order, lines, reason)
    else:
        _undo_free(actor, order, lines)
    order.state, order.cancelled_at = "cancelled", db.now()
    order.held_at, order.hold_reason = None, ""
    tell(order, "order", actor, f"Cancelled: {reason}" if reason else "Cancelled")
    audit.record(actor, "orders.cancel", order, reason=reason)
    write(
        order,
        "order_cancelled",
        f"cancelled:{order.id}",
        paid=order.paid_at is not None and order.total_minor > 0,
        amount=order.money(order.total_minor).format(),
        why=reason,
    )
    emit(OrderCancelled(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id, reason=reason))


def _undo_free(actor: Actor, order: Order, lines: list[OrderLine]) -> None:
    """Nothing is left to refund, so no refund will bring stock and access back in line: done here."""
    access.revoke([line.id for line in lines], "refund")
    for line in lines:
        if line.ships:
            inventory.restock(actor, line.variant_id, line.quantity - line.refunded_quantity, order.id)
