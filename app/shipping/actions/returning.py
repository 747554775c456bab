"""Returns as one timeline: asked → accepted or declined → label → on the way → received → refunded."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import short_code
from app.core.money import Money
from app.core.outbox import emit
from app.inventory import actions as inventory
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from app.shipping import packing, queries
from app.shipping.actions import parcels
from app.shipping.events import ReturnChanged
from app.shipping.models import Label, Parcel, Return

REASONS = {
    "damaged": "Arrived damaged",
    "wrong": "Not what was ordered",
    "unlike": "Not as described",
    "late": "Came too late",
    "unwanted": "Changed my mind",
    "other": "Something else",
}
OPEN = ("asked", "accepted", "label_sent", "on_the_way", "received")
MOST_PHOTOS = 5


class CannotReturn(Refused):
    status = 409


def ask(
    buyer: Actor,
    order: Order,
    wanted: Mapping[UUID, tuple[int, str]],
    message: str = "",
    photos: Sequence[str] = (),
) -> Return:
    """A buyer asks, by line: (quantity, reason). `photos` are storage keys. Raises CannotReturn in words."""
    order = db.lock(order)
    lines = {line.id: line for line in _lines(order.id)}
    contents, units = [], 0
    for line_id, (quantity, reason) in wanted.items():
        line = lines.get(line_id)
        if not quantity:
            continue
        if line is None or quantity < 0 or quantity > returnable(line) or reason not in REASONS:
            raise CannotReturn("Choose what came, how many of it, and a reason for each. Nothing was sent yet.")
        contents.append({"line_id": str(line_id), "quantity": quantity, "reason": reason})
        units += quantity
    if not contents:
        raise CannotReturn("Choose at least one thing to send back.")
    if len(message) > 2000 or len(photos) > MOST_PHOTOS:
        raise CannotReturn(f"Write up to 2,000 characters and add up to {MOST_PHOTOS} photos.")
    _check_days(order)
    row = db.add(
        Return(
            order_id=order.id,
            buyer_id=order.buyer_id,
            number=_next_number(),
            contents=contents,
            message=message.strip(),
            photos=list(photos),
        )
    )
    _tell(order, row, buyer, f"Asked to return {units} unit{'s' if units > 1 else ''}")
    return row


def returnable(line: OrderLine) -> int:
    """Units that were sent, not refunded and not in another return."""
    busy = sum(
        int(entry["quantity"])
        for row in db.session().scalars(select(Return).where(Return.order_id == line.order_id, Return.state.in_(OPEN)))
        for entry in row.contents
        if entry["line_id"] == str(line.id)
    )
    return max(min(line.fulfilled_quantity, line.quantity - line.refunded_quantity) - busy, 0) if line.ships else 0


def _lines(order_id: UUID) -> Sequence[OrderLine]:
    return db.session().scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()


def possible(order: Order) -> bool:
    """Whether its buyer may ask to send something back today: something was sent, is not back yet, and there is time left."""
    days = parcels.settings_of().return_days
    return _in_time(order, days) and any(returnable(line) for line in _lines(order.id))


def _in_time(order: Order, days: int) -> bool:
    arrived = max((parcel.delivered_at for parcel in queries.parcels_of(order.id) if parcel.delivered_at), default=None)
    since = arrived or order.paid_at
    return since is None or db.now() - since <= timedelta(days=days)


def _check_days(order: Order) -> None:
    days = parcels.settings_of().return_days
    if not _in_time(order, days):
        raise CannotReturn(
            f"This shop takes things back within {days} days. Write to the seller if something is wrong."
        )


def _next_number() -> int:
    key = {"key": f"return:{db.current_workspace()}"}
    db.session().execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 3))"), key)
    return (db.session().scalar(select(func.max(Return.number))) or 0) + 1


def accept(actor: Actor, row: Return, answer: str = "", pays: str = "seller") -> None:
    """Say yes; the label is bought like any other, for the parcel that is planned here."""
    row = _in(row, "asked")
    row.state, row.answer, row.pays, row.answered_at = "accepted", answer.strip()[:2000], pays, db.now()
    order = db.get(Order, row.order_id)
    row.parcel_id = _plan(order, row).id
    audit.record(actor, "shipping.accept_return", row, order=order.number)
    _tell(order, row, actor, "Accepted the return")
    _write(order, row, "return_answered")


def _plan(order: Order, row: Return) -> Parcel:
    """The parcel back: the way out turned round."""
    home = parcels.settings_of()
    quantities = {UUID(entry["line_id"]): int(entry["quantity"]) for entry in row.contents}
    inside = parcels.items(quantities)
    package = packing.suggest(inside, queries.packages())
    size = packing.box(inside, package)
    return db.add(
        Parcel(
            order_id=order.id,
            return_id=row.id,
            direction="back",
            contents=[{"line_id": entry["line_id"], "quantity": entry["quantity"]} for entry in row.contents],
            sender={**order.ship_to, "email": order.buyer_email},
            recipient=dict(home.returns or home.sender),
            package_id=package.id if package else None,
            weight_g=size.weight_g,
            length_mm=size.length_mm,
            width_mm=size.width_mm,
            height_mm=size.height_mm,
            currency=order.currency,
            tracking_code=short_code(parcels.CODE_LENGTH),
        )
    )


def decline(actor: Actor, row: Return, answer: str) -> None:
    """Say no, with the reason that the buyer will read."""
    if not answer.strip():
        raise Refused("Tell the buyer why; they will read it.", field="answer")
    row = _in(row, "asked")
    row.state, row.answer, row.answered_at = "declined", answer.strip()[:2000], db.now()
    order = db.get(Order, row.order_id)
    audit.record(actor, "shipping.decline_return", row, order=order.number)
    _tell(order, row, actor, "Declined the return")
    _write(order, row, "return_answered")


def withdraw(buyer: Actor, row: Return) -> None:
    """The buyer keeps it after all; possible until it is on its way."""
    row = _in(row, "asked", "accepted", "label_sent")
    row.state = "withdrawn"
    _tell(db.get(Order, row.order_id), row, buyer, "Withdrew the return")


def send_label(actor: Actor, row: Return) -> None:
    """The label for the way back is there: the buyer gets the link. Raises CannotReturn before it is bought."""
    row = _in(row, "accepted", "label_sent")
    if label(row) is None:
        raise CannotReturn(
            "The label for the way back is not bought yet. Buy it, then send it; the buyer heard nothing."
        )
    row.state = "label_sent"
    order = db.get(Order, row.order_id)
    _tell(order, row, actor, "Sent the return label")
    _write(order, row, "return_label")


def moved(actor: Actor, parcel: Parcel) -> None:
    """The carrier scanned the parcel back."""
    row = db.session().scalars(select(Return).where(Return.parcel_id == parcel.id)).one_or_none()
    if row is None:
        return
    row = db.lock(row)
    if parcel.status == "delivered":
        parcel.state, parcel.delivered_at = "delivered", parcel.status_at
    elif parcel.state in ("draft", "labelled"):
        parcel.state, parcel.handed_over_at = "shipped", parcel.status_at
    if row.state in ("accepted", "label_sent"):
        row.state = "on_the_way"
    order = db.get(Order, row.order_id)
    _tell(order, row, actor, "The return arrived" if parcel.status == "delivered" else "The return is on its way")


def receive(actor: Actor, row: Return, outcomes: Mapping[UUID, str]) -> None:
    """Unpacked: each line is restocked or written off. Raises Refused for a line without an outcome."""
    row = _in(row, "accepted", "label_sent", "on_the_way")
    contents = []
    for entry in row.contents:
        outcome = outcomes.get(UUID(entry["line_id"]), "")
        if outcome not in ("restock", "write_off"):
            raise Refused("Say for each line whether it goes back to stock or is written off. Nothing was changed.")
        contents.append({**entry, "outcome": outcome})
    row.contents, row.state, row.received_at = contents, "received", db.now()
    lines = {line.id: line for line in _lines(row.order_id)}
    for entry in contents:
        if entry["outcome"] == "restock":
            line = lines[UUID(entry["line_id"])]
            inventory.restock(actor, line.variant_id, int(entry["quantity"]), row.order_id, "returned")
    if row.parcel_id is not None:
        parcel = db.lock(db.get(Parcel, row.parcel_id))
        parcel.state, parcel.delivered_at = "delivered", parcel.delivered_at or db.now()
    order = db.get(Order, row.order_id)
    audit.record(actor, "shipping.receive_return", row, contents=contents)
    _tell(order, row, actor, "Received the return", contents=contents)
    _write(order, row, "return_received")


def refund(actor: Actor, row: Return, delivery: Money) -> None:
    """Money back for what came back, stock already settled. Raises what orders.refund raises."""
    row = _in(row, "received")
    order, lines = db.get(Order, row.order_id), {line.id: line for line in _lines(row.order_id)}
    wanted = {
        UUID(entry["line_id"]): orders.RefundLine(
            int(entry["quantity"]), _share(lines[UUID(entry["line_id"])], entry, order.currency)
        )
        for entry in row.contents
    }
    row.refund_id = orders.refund(
        actor, order, wanted, delivery, "requested_by_customer", f"Return {row.number}", False, f"return:{row.id}"
    )
    row.state = "refunded"
    _tell(order, row, actor, "Refunded the return")


def _share(line: OrderLine, entry: Mapping[str, Any], currency: str) -> Money:
    """What these units of a line cost, never more than what is left of it."""
    upto = line.total_minor * (line.refunded_quantity + int(entry["quantity"])) // line.quantity
    return Money(max(min(upto, line.total_minor) - line.refunded_minor, 0), currency)


def worth(row: Return, order: Order) -> Money:
    """What the buyer would get for the things of a return, delivery left out."""
    lines = {line.id: line for line in _lines(order.id)}
    total = sum(_share(lines[UUID(entry["line_id"])], entry, order.currency).minor for entry in row.contents)
    return Money(total, order.currency)


def of_order(order_id: UUID) -> Sequence[Return]:
    return db.session().scalars(select(Return).where(Return.order_id == order_id).order_by(Return.id)).all()


def label(row: Return) -> Label | None:
    """The bought label for the way back, if there is one."""
    found = queries.living_label(row.parcel_id) if row.parcel_id else None
    return found if found is not None and found.state == "bought" else None


def _in(row: Return, *states: str) -> Return:
    row = db.lock(row)
    if row.state not in states:
        raise CannotReturn("This return has moved on since you opened it. Look at it again; nothing was changed.")
    return row


def _tell(order: Order, row: Return, actor: Actor, summary: str, **data: Any) -> None:
    orders.tell(order, "fulfilment", actor, f"Return {row.number}: {summary[0].lower()}{summary[1:]}", **data)
    emit(
        ReturnChanged(
            workspace_id=order.workspace_id,
            order_id=order.id,
            group_id=order.group_id,
            return_id=row.id,
            state=row.state,
        )
    )


def _write(order: Order, row: Return, template: str) -> None:
    orders.write(
        order,
        template,
        f"{template}:{row.id}:{row.state}",
        state=row.state,
        answer=row.answer,
        pays=row.pays,
        return_number=row.number,
    )
