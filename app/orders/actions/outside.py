"""Orders that were placed and paid at a platform: brought into the book, and following what the platform says.

The platform takes the money, refunds it and writes to the buyer; here are lines, address, deadline and what was sent. Amounts are
the platform's own sums and are never computed again. Everything may be told twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalogue import actions as catalogue
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id, short_code
from app.core.outbox import emit
from app.orders import states
from app.orders.actions.placing import next_number, search_text
from app.orders.events import OrderCancelled, OrderChanged, OrderFulfilled, OrderPaid
from app.orders.models import Fulfilment, Order, OrderGroup, OrderLine
from app.orders.timeline import tell
from app.payments import actions as payments


@dataclass(frozen=True)
class OutsideLine:
    """`key` is the platform's name of the item; lines of one bundle share it. Amounts are minor units for all `quantity`.

    `gone` counts units that were cancelled or came back. Without `variant_id` the listing is not matched yet.
    """

    key: str
    title: str
    quantity: int
    unit: int
    discount: int
    total: int
    sku: str = ""
    variant_title: str = ""
    gone: int = 0
    product_id: UUID | None = None
    variant_id: UUID | None = None
    ships: bool = True


@dataclass(frozen=True)
class OutsideOrder:
    """One order as a platform has it now. `ship_to` {} means: nothing that could replace a good address.

    `number` is the platform's own, by which people look for it. `state`: unpaid, paid or cancelled. Amounts are minor units of `currency`; `refunded` is what went back to the buyer, and
    `funded` the part of the discount that the platform pays for.
    """

    channel: str
    connection_id: UUID
    shop_id: UUID
    state: str
    currency: str
    placed_at: datetime
    lines: Sequence[OutsideLine]
    subtotal: int
    discount: int
    delivery: int
    total: int
    number: str = ""
    refunded: int = 0
    funded: int = 0
    buyer_name: str = ""
    buyer_email: str = ""
    ship_to: Mapping[str, Any] = field(default_factory=dict)
    paid_at: datetime | None = None
    ship_by: datetime | None = None
    platform_ships: bool = False
    note: str = ""


def bring(actor: Actor, said: OutsideOrder) -> Order:
    """Write an order that the book has not seen. Its stock is the caller's to keep, under the order group's id."""
    buyer = new_id()
    with db.buyer(buyer):
        group = db.add(
            OrderGroup(
                id=new_id(),
                code=short_code(8).upper(),
                buyer_id=buyer,
                email="",
                currency=said.currency,
                total_minor=said.total,
            )
        )
    order = Order(
        workspace_id=db.current_workspace(),
        id=new_id(),
        group_id=group.id,
        shop_id=said.shop_id,
        channel=said.channel,
        connection_id=said.connection_id,
        buyer_id=buyer,
        buyer_name=said.buyer_name,
        buyer_email=said.buyer_email,
        gift_note=said.note[:500],
        currency=said.currency,
        placed_at=said.placed_at,
        subtotal_minor=0,
        total_minor=0,
        refunded_minor=0,
        state="pending",
        payment_state="unpaid",
        ship_to={},
        tags=[],
    )
    order.number = next_number()
    db.add(order)
    tell(order, "order", actor, "Order placed", total=order.money(said.total))
    follow(actor, order, said)
    return order


def follow(actor: Actor, order: Order, said: OutsideOrder) -> bool:
    """Bring the order in line with what the platform says now. False when nothing of it changed."""
    order = db.lock(order)
    changed = _amounts(order, said) | _address(actor, order, said) | _lines(actor, order, said)
    lines = states.lines_of(order)
    order.search_text = f"{search_text(order, lines)} {said.number.lower()}"
    changed |= _state(actor, order, lines, said)
    _book(order, said)
    if changed:
        db.session().flush()
        emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
    return changed


def _book(order: Order, said: OutsideOrder) -> None:
    """What the platform owes for it, in the books: nothing before it is paid, and nothing once it is cancelled."""
    if order.paid_at is None:
        return
    owed = {"goods": said.subtotal, "discounts": said.discount - said.funded, "delivery": said.delivery}
    if order.state != "cancelled":
        payments.book_outside(order.id, order.currency, **owed, refunded=said.refunded)
    else:
        payments.book_outside(order.id, order.currency)


def _amounts(order: Order, said: OutsideOrder) -> bool:
    wanted = {
        "subtotal_minor": said.subtotal,
        "discount_minor": said.discount,
        "delivery_minor": said.delivery,
        "total_minor": said.total,
        "refunded_minor": min(said.refunded, said.total),
        "ship_by": said.ship_by if said.state == "paid" else order.ship_by,
        "platform_ships": said.platform_ships,
    }
    return _set(order, wanted)


def _set(row: Any, wanted: Mapping[str, Any]) -> bool:
    different = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)


def _address(actor: Actor, order: Order, said: OutsideOrder) -> bool:
    """A hidden address never replaces one that can be read (channels TRAPS.md E36)."""
    if not said.ship_to or dict(said.ship_to) == order.ship_to:
        return False
    before, order.ship_to = order.ship_to, dict(said.ship_to)
    order.country = str(said.ship_to.get("country", ""))
    order.buyer_name = said.buyer_name or order.buyer_name
    if before:
        tell(order, "order", actor, "The address was changed at the platform", before=before)
    return True


def _lines(actor: Actor, order: Order, said: OutsideOrder) -> bool:
    """Lines by the platform's key. One whose listing was matched since is written anew, unless some of it was sent."""
    known: dict[str, list[OrderLine]] = {}
    for line in states.lines_of(order):
        known.setdefault(line.channel_key, []).append(line)
    wanted: dict[str, list[OutsideLine]] = {}
    for one in said.lines:
        wanted.setdefault(one.key, []).append(one)
    changed = False
    for position, (key, ones) in enumerate(wanted.items()):
        lines = known.pop(key, [])
        if [line.variant_id for line in lines] == [one.variant_id for one in ones]:
            for line, one in zip(lines, ones, strict=True):
                changed |= _set(line, _line_of(line, one))
        elif not any(line.fulfilled_quantity for line in lines):
            _write(order, lines, ones, position * 100)
            changed = True
    for line in (one for lines in known.values() for one in lines):
        changed |= _set(line, {"refunded_quantity": line.quantity})
    db.session().flush()
    return changed


def _line_of(line: OrderLine, said: OutsideLine) -> dict[str, Any]:
    return {
        "quantity": max(said.quantity, line.fulfilled_quantity),
        "unit_minor": said.unit,
        "discount_minor": said.discount,
        "total_minor": max(said.total, line.refunded_minor),
        "refunded_quantity": min(said.gone, said.quantity),
    }


def _write(order: Order, old: Sequence[OrderLine], ones: Sequence[OutsideLine], position: int) -> None:
    for line in old:
        db.session().delete(line)
    db.session().flush()
    for place, one in enumerate(ones):
        db.add(
            OrderLine(
                order_id=order.id,
                position=position + place,
                channel_key=one.key,
                product_id=one.product_id,
                variant_id=one.variant_id,
                title=one.title,
                variant_title=one.variant_title,
                sku=one.sku,
                ships=one.ships,
                downloads=False,
                quantity=one.quantity,
                unit_minor=one.unit,
                discount_minor=one.discount,
                total_minor=one.total,
                refunded_quantity=min(one.gone, one.quantity),
                fulfilled_quantity=0,
                refunded_minor=0,
            )
        )


def _state(actor: Actor, order: Order, lines: list[OrderLine], said: OutsideOrder) -> bool:
    before = (order.state, order.payment_state, order.fulfilment_state)
    if said.state == "cancelled":
        _end(actor, order)
    elif said.state == "paid":
        _pay(actor, order, lines, said)
    states.refresh(order, lines)
    return before != (order.state, order.payment_state, order.fulfilment_state)


def _pay(actor: Actor, order: Order, lines: Sequence[OrderLine], said: OutsideOrder) -> None:
    if order.state == "cancelled":
        order.state, order.cancelled_at = "open", None
        tell(order, "order", actor, "Open again at the platform")
    if order.paid_at is not None:
        return
    order.state, order.payment_state, order.paid_at = "open", "paid", said.paid_at or db.now()
    catalogue.count_sold(states.units_of(lines))
    tell(order, "money", actor, "Paid at the platform", amount=order.total)
    emit(OrderPaid(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))


def _end(actor: Actor, order: Order) -> None:
    if order.state == "cancelled":
        return
    order.state, order.cancelled_at = "cancelled", db.now()
    order.held_at, order.hold_reason = None, ""
    tell(order, "order", actor, "Cancelled at the platform")
    emit(
        OrderCancelled(
            workspace_id=order.workspace_id,
            order_id=order.id,
            group_id=order.group_id,
            reason="cancelled at the platform",
        )
    )


def sent_outside(
    actor: Actor, order: Order, quantities: Mapping[UUID, int], carrier: str = "", tracking_number: str = ""
) -> Fulfilment | None:
    """The platform says that units per line are on their way: it is so, whatever holds them here. None when all were sent before."""
    order = db.lock(order)
    lines = states.lines_of(order)
    sent = []
    for line in lines:
        count = min(quantities.get(line.id, 0), line.quantity - line.refunded_quantity - line.fulfilled_quantity)
        if line.ships and count > 0:
            line.fulfilled_quantity += count
            sent.append({"line_id": str(line.id), "quantity": count})
    if not sent:
        return None
    one = db.add(Fulfilment(order_id=order.id, carrier=carrier, tracking_number=tracking_number, lines=sent))
    states.refresh(order, lines)
    tell(order, "fulfilment", actor, f"On its way, says the platform {tracking_number}".strip(), lines=sent)
    emit(
        OrderFulfilled(
            workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id, fulfilment_id=one.id
        )
    )
    return one
