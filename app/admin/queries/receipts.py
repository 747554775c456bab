"""The inbox as operators see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import defer

from app.core import db
from app.core.inbox import InboundEvent

PAGE = 50
RECENT = 1000
STATES: dict[str, ColumnElement[bool]] = {
    "failed": InboundEvent.handled_at.is_(None) & InboundEvent.error.is_not(None),
    "waiting": InboundEvent.handled_at.is_(None) & InboundEvent.error.is_(None),
    "handled": InboundEvent.handled_at.is_not(None),
}


@dataclass(frozen=True)
class Wanted:
    """Empty fields do not filter. `q` is the beginning of the sender's id."""

    state: str = ""
    source: str = ""
    kind: str = ""
    q: str = ""


def state_of(receipt: InboundEvent) -> str:
    if receipt.handled_at is not None:
        return "handled"
    return "failed" if receipt.error else "waiting"


def listed(wanted: Wanted, before: UUID | None) -> tuple[list[InboundEvent], UUID | None]:
    """The newest first, without their bodies; and the id to go on from."""
    statement = _matching(wanted, select(InboundEvent)).order_by(InboundEvent.id.desc()).limit(PAGE + 1)
    if before is not None:
        statement = statement.where(InboundEvent.id < before)
    rows = list(db.session().scalars(statement.options(defer(InboundEvent.body), defer(InboundEvent.raw))))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def _matching(wanted: Wanted, statement: Select[Any]) -> Select[Any]:
    if wanted.state:
        statement = statement.where(STATES[wanted.state])
    if wanted.source:
        statement = statement.where(InboundEvent.source == wanted.source)
    if wanted.kind:
        statement = statement.where(InboundEvent.kind == wanted.kind)
    if wanted.q:
        statement = statement.where(func.starts_with(InboundEvent.remote_id, wanted.q))
    return statement


def replayable(wanted: Wanted, until: datetime, limit: int) -> tuple[list[UUID], int]:
    """The oldest receipts that match and were not asked for after `until`, at most `limit`; and how many there are."""
    statement = _matching(wanted, select(InboundEvent.id)).where(InboundEvent.asked_at <= until)
    count = db.session().scalar(select(func.count()).select_from(statement.subquery())) or 0
    return list(db.session().scalars(statement.order_by(InboundEvent.id).limit(limit))), count


def counts() -> dict[str, int]:
    """Receipts without effect, by state."""
    columns = [func.count().filter(STATES[state]).label(state) for state in ("failed", "waiting")]
    row = db.session().execute(select(*columns).where(InboundEvent.handled_at.is_(None))).one()
    return {"failed": row.failed, "waiting": row.waiting}


def choices() -> tuple[list[str], list[str]]:
    """Sources and types among the latest receipts, to choose from."""
    latest = select(InboundEvent.source, InboundEvent.kind).order_by(InboundEvent.id.desc()).limit(RECENT).subquery()
    found = db.session().execute(select(latest.c.source, latest.c.kind).distinct()).all()
    return sorted({row.source for row in found}), sorted({row.kind for row in found})
