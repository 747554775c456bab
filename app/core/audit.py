"""Audit trail: append-only, and each row of a workspace hashes the one before, so tampering shows (SECURITY.md §3).

A chain that is cut at its end still fits, so its head is anchored every hour, where the application may only add, and in the
log, which leaves the machine.
"""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Index, and_, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db
from app.core.actor import Actor
from app.core.events import plain

GENESIS = "0" * 64
log = structlog.get_logger()


class AuditEntry(db.Tenanted, db.Base):
    """`hash` = SHA-256 of the previous hash and this row's canonical JSON; `position` counts from 1 per workspace."""

    __tablename__ = "audit_entries"
    position: Mapped[int]
    at: Mapped[db.When]
    actor_kind: Mapped[str]
    actor_name: Mapped[str]
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prev_hash: Mapped[str]
    hash: Mapped[str]
    __table_args__ = (Index("uq_audit_entries_position", "workspace_id", "position", unique=True),)


class AuditAnchor(db.Tenanted, db.Base):
    """The chain had a row with this `position` and `hash` at this time."""

    __tablename__ = "audit_anchors"
    at: Mapped[db.When]
    position: Mapped[int]
    hash: Mapped[str]
    __table_args__ = (Index("uq_audit_anchors_position", "workspace_id", "position", unique=True),)


def record(actor: Actor, action: str, subject: Any, **data: Any) -> AuditEntry:
    """Append what `actor` did to `subject` in the open workspace. One writer at a time per workspace."""
    workspace_id = db.current_workspace()
    session = db.session()
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": f"audit:{workspace_id}"})
    last = session.execute(
        select(AuditEntry.position, AuditEntry.hash).order_by(AuditEntry.position.desc()).limit(1)
    ).one_or_none()
    entry = AuditEntry(
        position=(last.position if last else 0) + 1,
        at=db.now(),
        actor_kind=actor.kind,
        actor_name=actor.name,
        actor_id=actor.user_id,
        action=action,
        subject=type(subject).__name__,
        subject_id=getattr(subject, "id", None),
        data=plain(data),
        prev_hash=last.hash if last else GENESIS,
    )
    entry.hash = digest(entry)
    return db.add(entry)


def digest(entry: AuditEntry) -> str:
    body = {
        "position": entry.position,
        "at": _iso(entry.at),
        "actor": [entry.actor_kind, entry.actor_name, str(entry.actor_id)],
        "action": entry.action,
        "subject": [entry.subject, str(entry.subject_id)],
        "data": entry.data,
    }
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256((entry.prev_hash + canonical).encode()).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.astimezone(db.UTC).isoformat(timespec="microseconds")


def verify() -> int | None:
    """Walk the open workspace's chain. Returns the position of the first row that does not fit, or None."""
    previous, expected = GENESIS, 1
    rows = db.session().scalars(select(AuditEntry).order_by(AuditEntry.position).execution_options(yield_per=500))
    for entry in rows:
        if entry.position != expected or entry.prev_hash != previous or entry.hash != digest(entry):
            return expected
        previous, expected = entry.hash, expected + 1
    return None


def head() -> tuple[int, str]:
    """Position and hash of the newest row: what is anchored elsewhere, so that a cut tail shows too."""
    count = db.session().execute(select(func.max(AuditEntry.position))).scalar() or 0
    newest = db.session().scalars(select(AuditEntry.hash).where(AuditEntry.position == count)).one_or_none()
    return count, newest or GENESIS


def anchor() -> int:
    """Write down the newest row of every chain that grew (system scope). Returns how many grew."""
    session = db.session()
    anchored = (
        select(func.coalesce(func.max(AuditAnchor.position), 0))
        .where(AuditAnchor.workspace_id == AuditEntry.workspace_id)
        .scalar_subquery()
    )
    grown = session.execute(
        select(AuditEntry.workspace_id, AuditEntry.position, AuditEntry.hash)
        .where(AuditEntry.position > anchored)
        .ext(distinct_on(AuditEntry.workspace_id))
        .order_by(AuditEntry.workspace_id, AuditEntry.position.desc())
    ).all()
    for row in grown:
        session.add(AuditAnchor(workspace_id=row.workspace_id, at=db.now(), position=row.position, hash=row.hash))
        log.info("audit.anchor", workspace_id=str(row.workspace_id), position=row.position, hash=row.hash)
    session.flush()
    return len(grown)


def last_anchor() -> AuditAnchor | None:
    """The newest anchor of the open workspace."""
    return db.session().scalars(select(AuditAnchor).order_by(AuditAnchor.position.desc()).limit(1)).one_or_none()


def lost_anchor() -> AuditAnchor | None:
    """The first anchor that the chain does not reach any more, or passes with another row; None when it keeps all.

    In a workspace scope that workspace's, in a system scope anybody's.
    """
    kept = and_(AuditEntry.workspace_id == AuditAnchor.workspace_id, AuditEntry.position == AuditAnchor.position)
    return (
        db.session()
        .scalars(
            select(AuditAnchor)
            .outerjoin(AuditEntry, kept)
            .where(AuditEntry.hash.is_distinct_from(AuditAnchor.hash))
            .order_by(AuditAnchor.position)
            .limit(1)
        )
        .one_or_none()
    )
