"""Inbox: what providers send. Verified, stored raw, answered at once; a job applies it in one transaction (ARCHITECTURE.md §6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import later
from app.core.wire import without_nul


class InboundEvent(db.Base):
    """One receipt. `handled_at` is set together with the effect, so a crash in between leaves it to be applied again.

    `asked_at`: when its handling was last asked for; `attempts` and `error`: how often it was tried and what went wrong last.
    """

    __tablename__ = "inbound_events"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    source: Mapped[str]
    remote_id: Mapped[str]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    raw: Mapped[bytes]
    received_at: Mapped[db.When] = mapped_column(server_default=text("now()"))
    asked_at: Mapped[db.When] = mapped_column(server_default=text("now()"))
    handled_at: Mapped[db.When | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("source", "remote_id"),
        Index("ix_inbound_events_unhandled", "received_at", postgresql_where=text("handled_at is null")),
    )


class NotGenuine(Refused):
    status = 400
    message = "The signature does not match this body. Nothing was stored."


@dataclass(frozen=True)
class Message:
    """What one webhook said. `remote_id` is unique per source; whose it is stands in `body`."""

    remote_id: str
    kind: str
    body: Mapping[str, Any]


def keep(source: str, messages: Iterable[Message], raw: bytes) -> None:
    """Receive every message of one webhook, in a transaction of its own."""
    with db.system("receive webhook"):
        for one in messages:
            receive(source, one.remote_id, one.kind, without_nul(dict(one.body)), raw)


def receive(source: str, remote_id: str, kind: str, body: dict[str, Any], raw: bytes) -> UUID:
    """Keep a verified message and ask for its handling. A redelivery of an unhandled one is asked for again."""
    session = db.session()
    session.execute(
        insert(InboundEvent)
        .values(id=new_id(), source=source, remote_id=remote_id, kind=kind, body=body, raw=raw)
        .on_conflict_do_nothing()
    )
    row = session.execute(
        select(InboundEvent.id, InboundEvent.handled_at).where(
            InboundEvent.source == source, InboundEvent.remote_id == remote_id
        )
    ).one()
    if row.handled_at is None:
        later("webhooks.apply", inbound_id=row.id)
    return row.id


def claim(inbound_id: UUID) -> InboundEvent | None:
    """Lock a receipt that is still to be handled, or None when another worker has it or it is done."""
    return (
        db.session()
        .scalars(
            select(InboundEvent)
            .where(InboundEvent.id == inbound_id, InboundEvent.handled_at.is_(None))
            .with_for_update(skip_locked=True)
        )
        .one_or_none()
    )


def failed(inbound_id: UUID, error: str) -> None:
    """Note a try that had no effect, in a transaction of its own."""
    db.session().execute(
        update(InboundEvent)
        .where(InboundEvent.id == inbound_id, InboundEvent.handled_at.is_(None))
        .values(attempts=InboundEvent.attempts + 1, error=error)
    )


def again(inbound_id: UUID, asked_by: datetime) -> bool:
    """Ask once more for the handling of a receipt, handled or not, unless it was asked for after `asked_by`.

    Whoever presses twice on one page gives the same moment twice, and the second time finds it newer. Effects are made to
    be repeated: they read the object again, or know what they have seen.
    """
    asked = db.session().execute(
        update(InboundEvent)
        .where(InboundEvent.id == inbound_id, InboundEvent.asked_at <= asked_by)
        .values(asked_at=func.clock_timestamp(), handled_at=None, attempts=0, error=None)
        .returning(InboundEvent.id)
    )
    if asked.one_or_none() is None:
        return False
    later("webhooks.apply", inbound_id=inbound_id)
    return True
