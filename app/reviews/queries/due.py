"""Purchases whose buyers may be asked what they think."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import joinedload, selectinload

from app.core import db
from app.orders.models import Order
from app.reviews import rules
from app.reviews.models import ReviewReminder

WAIT = timedelta(days=7)
"""After everything was with the buyer."""
MISSED = timedelta(days=7)
"""What is due for longer is let be: nobody is asked about last year because a switch was moved."""
LOOKED = timedelta(days=120)
"""Purchases that are older are not looked at any more, whatever still travels."""


@dataclass(frozen=True)
class Due:
    """`late`: the moment to ask has passed."""

    order: Order
    late: bool


def places() -> Sequence[UUID]:
    """In system scope: workspaces in which something may be due."""
    return db.session().scalars(_open().with_only_columns(Order.workspace_id).distinct()).all()


def due(after: UUID | None, limit: int) -> tuple[list[Due], UUID | None]:
    """In the seller's scope: some purchases that are to be settled, in the order of ids, and where the rest begins."""
    wanted = _open().order_by(Order.id).limit(limit)
    if after is not None:
        wanted = wanted.where(Order.id > after)
    loaded = selectinload(Order.lines), selectinload(Order.fulfilments), joinedload(Order.shop), joinedload(Order.group)
    rows = list(db.session().scalars(wanted.options(*loaded)).unique())
    found = [one for one in map(_due, rows) if one is not None]
    return found, rows[-1].id if len(rows) == limit else None


def _open() -> Select[Order]:
    asked = exists().where(ReviewReminder.workspace_id == Order.workspace_id, ReviewReminder.order_id == Order.id)
    now = db.now()
    return select(Order).where(
        Order.channel == "own",
        Order.state == "done",
        Order.paid_at <= now - WAIT,
        Order.placed_at > now - LOOKED,
        ~asked,
    )


def _due(order: Order) -> Due | None:
    """None while a part of it is on its way, or came lately. What was refunded before it was sent is not waited for."""
    kept = [line for line in order.lines if line.refunded_quantity < line.quantity or line.fulfilled_quantity]
    moments = [rules.ready_at(line, order) for line in kept]
    ready = [at for at in moments if at is not None]
    if len(ready) < len(moments):
        return None
    at = max(ready, default=order.placed_at) + WAIT
    return Due(order, at + MISSED < db.now()) if at <= db.now() else None
