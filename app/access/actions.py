"""Giving, taking and returning access. Always in the seller's scope; repeating any of them changes nothing."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.access.events import GrantChanged
from app.access.models import BuyerNote, Grant
from app.catalogue.models import Product
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import emit

LONGEST_NOTE = 2000


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


SHOWN = ("refund", "dispute", "seller")
"""Reasons to stop a grant; the first that holds is the one that a buyer is told."""


def revoke(source_ids: Sequence[UUID], reason: str, note: str = "") -> int:
    """Stop these sources' access for one more reason (refund, dispute, seller). Returns how many ended by it.

    Each reason is held apart: what one of them ended comes back when the last of them is gone.
    """
    changed = [row for row in _of(source_ids) if reason not in row.stops]
    ended = [row for row in changed if row.revoked_at is None]
    for row in changed:
        row.stops = sorted({*row.stops, reason})
        row.stop_note = note if reason == "seller" else row.stop_note
        row.revoked_at, row.revoked_for = row.revoked_at or db.now(), _shown(row)
    for row in changed:
        _tell(row, "revoked" if row in ended else "reasons")
    return len(ended)


def restore(source_ids: Sequence[UUID], reason: str) -> int:
    """Take back one reason. Returns how many grants are open again; what is stopped for another one stays so."""
    changed = [row for row in _of(source_ids) if reason in row.stops]
    for row in changed:
        row.stops = [one for one in row.stops if one != reason]
        row.stop_note = "" if reason == "seller" else row.stop_note
        row.revoked_at, row.revoked_for = (row.revoked_at, _shown(row)) if row.stops else (None, None)
    opened = [row for row in changed if not row.stops]
    for row in changed:
        _tell(row, "restored" if row in opened else "reasons")
    return len(opened)


def _shown(row: Grant) -> str:
    return next((one for one in SHOWN if one in row.stops), row.stops[0])


def move(order_ids: Sequence[UUID], new_buyer: UUID) -> None:
    """The grants of a guest's orders become a person's, in system scope, when they prove the same e-mail address."""
    for row in db.session().scalars(select(Grant).where(Grant.order_id.in_(order_ids)).with_for_update()).all():
        row.buyer_id = new_buyer
        with db.workspace(row.workspace_id):
            _tell(row, "moved")


def _of(source_ids: Sequence[UUID]) -> list[Grant]:
    statement = select(Grant).where(Grant.source_id.in_(source_ids)).order_by(Grant.id)
    return list(db.session().scalars(statement.with_for_update().execution_options(populate_existing=True)))


def _tell(row: Grant, change: str) -> None:
    db.session().flush()
    emit(GrantChanged(grant_id=row.id, buyer_id=row.buyer_id, order_id=row.order_id, change=change))


def set_note(actor: Actor, product: Product, words: str) -> None:
    """What everybody who has the product reads, those who bought it before too; plain text, nothing takes it away.

    Raises Refused for more than 2,000 letters.
    """
    words = words.strip()
    if len(words) > LONGEST_NOTE:
        over = len(words) - LONGEST_NOTE
        raise Refused(f"That is {over} letters more than the 2,000 a note has. Nothing was changed.", field="words")
    if words:
        key = {"workspace_id": product.workspace_id, "product_id": product.id}
        fresh = {"id": new_id(), "created_at": db.now(), "words": words}
        statement = insert(BuyerNote).values({**fresh, **key})
        db.session().execute(statement.on_conflict_do_update(index_elements=list(key), set_={"words": words}))
    else:
        db.session().execute(delete(BuyerNote).where(BuyerNote.product_id == product.id))
    audit.record(actor, "access.set_note", product, letters=len(words))
