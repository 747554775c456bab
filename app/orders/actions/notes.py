"""The team's own words on an order."""

from sqlalchemy import select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Forbidden, Refused
from app.orders.actions.refunding import changed
from app.orders.models import Order, OrderEvent, OrderNote
from app.orders.timeline import tell

LONGEST = 4000


def add_note(actor: Actor, order: Order, body: str) -> OrderNote:
    """Raises Refused when empty or longer than 4,000 characters."""
    note = db.add(OrderNote(order_id=order.id, author_id=actor.user_id, author_name=actor.name, body=_checked(body)))
    tell(order, "note", actor, note.body, note_id=note.id)
    changed(order)
    return note


def edit_note(actor: Actor, order: Order, note: OrderNote, body: str) -> None:
    """Only its author may. Raises Forbidden, or Refused as `add_note`."""
    _own(actor, order, note)
    body = _checked(body)
    if body == note.body:
        return
    audit.record(actor, "orders.edit_note", note, order=order.number)
    note.body, note.edited_at = body, db.now()
    _event(note).summary = body
    changed(order)


def delete_note(actor: Actor, order: Order, note: OrderNote) -> None:
    """Only its author may; the timeline keeps that there was one. Raises Forbidden."""
    _own(actor, order, note)
    audit.record(actor, "orders.delete_note", note, order=order.number)
    event = _event(note)
    event.summary, event.data = "Wrote a note and removed it later", {}
    db.session().delete(note)
    changed(order)


def _own(actor: Actor, order: Order, note: OrderNote) -> None:
    if note.order_id != order.id or note.author_id != actor.user_id:
        raise Forbidden("Only the person who wrote a note can change it. Nothing was changed.")


def _event(note: OrderNote) -> OrderEvent:
    written = OrderEvent.data["note_id"].as_string() == str(note.id)
    return db.session().scalars(select(OrderEvent).where(OrderEvent.order_id == note.order_id, written)).one()


def _checked(body: str) -> str:
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise Refused("Write a note of up to 4,000 characters.", field="body")
    return body
