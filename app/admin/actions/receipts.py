"""Applying receipts again, and looking at what is in them."""

from datetime import datetime
from uuid import UUID

from app.admin.actions.trail import record
from app.admin.queries import receipts as reading
from app.core import db, inbox
from app.core.actor import Actor
from app.core.inbox import InboundEvent

MOST = 500
"""Receipts that one press may apply again."""


def replay(actor: Actor, receipt: InboundEvent, asked_by: datetime) -> bool:
    """Apply a receipt again. False, and nothing happens, when that was asked for since `asked_by`."""
    if not inbox.again(receipt.id, asked_by):
        return False
    record(actor, "admin.replay_receipt", receipt, source=receipt.source, receipt=receipt.remote_id, kind=receipt.kind)
    return True


def replay_all(actor: Actor, wanted: reading.Wanted, until: datetime) -> int:
    """Apply what matches again, the oldest first, at most MOST of it; what was asked for after `until` is left alone."""
    ids, _ = reading.replayable(wanted, until, MOST)
    count = sum(inbox.again(one, until) for one in ids)
    if count:
        record(actor, "admin.replay_receipts", None, count=count, filters=_told(wanted))
    return count


def _told(wanted: reading.Wanted) -> str:
    return ", ".join(f"{name} {value}" for name, value in vars(wanted).items() if value) or "all"


def look(actor: Actor, receipt: InboundEvent) -> None:
    """Note who read a message with everything that is in it."""
    record(actor, "admin.read_receipt", receipt, source=receipt.source, receipt=receipt.remote_id, kind=receipt.kind)


def find(receipt_id: UUID) -> InboundEvent:
    """Raises NotFound."""
    return db.get(InboundEvent, receipt_id)
