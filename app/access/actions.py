"""Giving, taking and returning access. Always in the seller's scope; repeating any of them changes nothing."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.access.events import GrantChanged
from app.access.models import Grant
from app.core import db
from app.core.outbox import emit


def grant(
    buyer_id: UUID,
    product_id: UUID,
    variant_id: UUID | None,
    order_id: UUID,
    source_id: UUID,
    *,
    downloads: bool = False,
) -> Grant:
    """What `source_id` (an order line) paid for, with the product's files when it was sold with them. One grant per source."""
    known = db.session().scalars(select(Grant).where(Grant.source_id == source_id)).one_or_none()
    if known is not None:
        return known
    made = db.add(
        Grant(
            buyer_id=buyer_id,
            product_id=product_id,
            variant_id=variant_id,
            order_id=order_id,
            source_id=source_id,
            downloads=downloads,
        )
    )
    _tell(made, "granted")
    return made


def revoke(source_ids: Sequence[UUID], reason: str) -> int:
    """End access for these sources, saying why (refund, dispute, cancelled). Returns how many ended."""
    changed = [row for row in _of(source_ids) if row.revoked_at is None]
    for row in changed:
        row.revoked_at, row.revoked_for = db.now(), reason
        _tell(row, "revoked")
    return len(changed)


def restore(source_ids: Sequence[UUID], reason: str) -> int:
    """Return access that was revoked for this same reason."""
    changed = [row for row in _of(source_ids) if row.revoked_at is not None and row.revoked_for == reason]
    for row in changed:
        row.revoked_at = row.revoked_for = None
        _tell(row, "restored")
    return len(changed)


def move(order_ids: Sequence[UUID], new_buyer: UUID) -> None:
    """The grants of a guest's orders become a person's, in system scope, when they prove the same e-mail address."""
    for row in db.session().scalars(select(Grant).where(Grant.order_id.in_(order_ids)).with_for_update()):
        row.buyer_id = new_buyer


def _of(source_ids: Sequence[UUID]) -> list[Grant]:
    statement = select(Grant).where(Grant.source_id.in_(source_ids)).order_by(Grant.id)
    return list(db.session().scalars(statement.with_for_update().execution_options(populate_existing=True)))


def _tell(row: Grant, change: str) -> None:
    db.session().flush()
    emit(GrantChanged(grant_id=row.id, buyer_id=row.buyer_id, order_id=row.order_id, change=change))
