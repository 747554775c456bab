"""Refunds of some units: as many keys close as units went back, and they open again when that is undone.

A refund or dispute of the whole line needs nothing here: its grant is revoked, and every key says so by itself.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.access.models import Grant
from app.core import db
from app.core.actor import STRIPE
from app.core.outbox import later
from app.licences.history import note
from app.licences.models import Licence


def follow_refund(source_id: UUID, units: int) -> None:
    """In the seller's scope: `units` of what `source_id` (an order line) paid for were given back in all.

    First goes what is owed or on no device, and of those the newest; who is kept keeps working. The last that was closed opens
    first. Calling it again changes nothing.
    """
    rows = _of(source_id)
    closed = [row for row in rows if row.closed_at is not None]
    for row in _to_close([row for row in rows if row.closed_at is None])[: max(units - len(closed), 0)]:
        row.closed_at = db.now()
        note(row, "closed", STRIPE, "Refunded, so this key is closed")
    surplus = max(len(closed) - units, 0)
    for row in sorted(closed, key=lambda one: (one.closed_at, -one.unit), reverse=True)[:surplus]:
        row.closed_at = None
        note(row, "reopened", STRIPE, "The refund was undone, so this key is good again")
    if surplus:
        for offer_id in {row.offer_id for row in rows if row.issued_at is None}:
            later("licences.look_at_stock", offer_id=offer_id)
    db.session().flush()


def _to_close(rows: Sequence[Licence]) -> list[Licence]:
    return sorted(rows, key=lambda row: (row.issued_at is not None, bool(row.seats), -row.unit))


def _of(source_id: UUID) -> list[Licence]:
    """Locked in a fixed order, so that no program takes a seat meanwhile."""
    grant = select(Grant.id).where(Grant.source_id == source_id).scalar_subquery()
    statement = select(Licence).where(Licence.grant_id == grant).order_by(Licence.unit)
    locked = statement.with_for_update(of=Licence).execution_options(populate_existing=True)
    return list(db.session().scalars(locked.options(selectinload(Licence.seats))))
