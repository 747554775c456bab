"""The outbox as operators see it: what waits, runs, fails and gave up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from app.core import db
from app.core.audit import AuditEntry
from app.core.jobs import registered
from app.core.outbox import OutboxEvent, OutboxJob
from app.core.outbox_relay import RESEND
from app.workspaces.models import Workspace

PAGE = 50
LATE, UNSEEN = timedelta(minutes=1), timedelta(minutes=5)
OPEN = and_(OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None))
RUNNING = and_(OPEN, OutboxJob.lease_until > func.now())
IDLE = and_(OPEN, or_(OutboxJob.lease_until.is_(None), OutboxJob.lease_until <= func.now()))
OVERDUE = and_(
    IDLE,
    or_(
        OutboxJob.due_at < func.now() - LATE,  # the relay does not take it
        and_(  # handed over again and again, and no worker begins
            OutboxJob.attempts == 0, OutboxJob.created_at < func.now() - UNSEEN, OutboxJob.due_at < func.now() + RESEND
        ),
    ),
)
STATES: dict[str, ColumnElement[bool]] = {
    "dead": and_(OutboxJob.dead_at.is_not(None), OutboxJob.done_at.is_(None)),
    "failing": and_(IDLE, OutboxJob.attempts > 0),
    "overdue": OVERDUE,
    "running": RUNNING,
    "waiting": and_(IDLE, OutboxJob.attempts == 0),
    "discarded": and_(OutboxJob.dead_at.is_not(None), OutboxJob.done_at.is_not(None)),
    "done": and_(OutboxJob.dead_at.is_(None), OutboxJob.done_at.is_not(None)),
}
COUNTED = ("dead", "failing", "overdue", "running", "waiting")
_STATE = case(
    *((STATES[name], literal(name)) for name in ("discarded", "done", "dead", "running", "failing", "overdue")),
    else_=literal("waiting"),
)


@dataclass(frozen=True)
class Wanted:
    """Empty fields do not filter."""

    state: str = "dead"
    queue: str = ""
    name: str = ""


@dataclass(frozen=True)
class Row:
    """`workspace` is its name, empty for the platform's own work."""

    job: OutboxJob
    state: str
    workspace: str


def listed(wanted: Wanted, before: UUID | None) -> tuple[list[Row], UUID | None]:
    """The newest first, and the id to go on from."""
    statement = _matching(wanted, select(OutboxJob, _STATE)).order_by(OutboxJob.id.desc()).limit(PAGE + 1)
    if before is not None:
        statement = statement.where(OutboxJob.id < before)
    found = db.session().execute(statement).all()
    names = _workspaces([job.workspace_id for job, _ in found if job.workspace_id])
    rows = [Row(job, state, names.get(job.workspace_id, "")) for job, state in found[:PAGE]]
    return rows, rows[-1].job.id if len(found) > PAGE else None


def _matching(wanted: Wanted, statement: Select[Any]) -> Select[Any]:
    if wanted.state:
        statement = statement.where(STATES[wanted.state])
    if wanted.queue:
        statement = statement.where(OutboxJob.queue == wanted.queue)
    if wanted.name:
        statement = statement.where(OutboxJob.name == wanted.name)
    return statement


def _workspaces(ids: Sequence[UUID]) -> dict[UUID | None, str]:
    if not ids:
        return {}
    found = db.session().execute(select(Workspace.id, Workspace.name).where(Workspace.id.in_(set(ids))))
    return {row.id: row.name for row in found}


def given_up(wanted: Wanted, until: datetime, limit: int) -> tuple[list[UUID], int]:
    """The oldest jobs that gave up by `until` and match, at most `limit`; and how many there are."""
    dead = Wanted("dead", wanted.queue, wanted.name)
    statement = _matching(dead, select(OutboxJob.id)).where(OutboxJob.dead_at <= until)
    count = db.session().scalar(select(func.count()).select_from(statement.subquery())) or 0
    return list(db.session().scalars(statement.order_by(OutboxJob.id).limit(limit))), count


@dataclass(frozen=True)
class Queue:
    """`waiting` are due or planned and untried, `failing` wait for their next try; `overdue` ones are among those two."""

    name: str
    dead: int = 0
    failing: int = 0
    overdue: int = 0
    running: int = 0
    waiting: int = 0


def by_queue() -> list[Queue]:
    """Every queue that has work or a job that would run on it."""
    pending = [func.count().filter(STATES[state]).label(state) for state in COUNTED[1:]]
    found = {row.queue: row for row in db.session().execute(_grouped(OPEN, *pending))}
    dead = {row[0]: row[1] for row in db.session().execute(_grouped(STATES["dead"], func.count()))}
    known = {job.queue for job in registered().values()} | set(found) | set(dead)
    return [
        Queue(name, dead.get(name, 0), **{state: getattr(found.get(name), state, 0) for state in COUNTED[1:]})
        for name in sorted(known)
    ]


def totals(queues: list[Queue], only: str = "") -> dict[str, int]:
    """How many jobs are in each state that still matters, on one queue or on all."""
    return {state: sum(getattr(one, state) for one in queues if only in ("", one.name)) for state in COUNTED}


def _grouped(condition: ColumnElement[bool], *columns: ColumnElement[Any]) -> Select[Any]:
    return select(OutboxJob.queue, *columns).where(condition).group_by(OutboxJob.queue)


def by_provider() -> dict[str, dict[str, int]]:
    """How much work waits for its next try or gave up because a provider said no or nothing: provider → state → jobs."""
    provider = func.split_part(OutboxJob.error, ": ", 2)
    found: dict[str, dict[str, int]] = {}
    for state in ("failing", "dead"):
        blamed = select(provider, func.count()).where(STATES[state], OutboxJob.error.like("ProviderError: %"))
        for name, count in db.session().execute(blamed.group_by(provider)):
            found.setdefault(name, {"failing": 0, "dead": 0})[state] = count
    return dict(sorted(found.items()))


def names() -> list[str]:
    """Jobs that may be filtered for: those this version knows, and those that gave up."""
    gone = db.session().scalars(select(OutboxJob.name).where(STATES["dead"]).distinct())
    return sorted({*registered(), *gone})


@dataclass(frozen=True)
class Detail:
    """One job. `event` is the fact that asked for it; `history` what operators did, the newest first."""

    row: Row
    event: str
    history: list[AuditEntry]


def detail(job_id: UUID) -> Detail:
    """Raises NotFound."""
    job = db.get(OutboxJob, job_id)
    state = db.session().scalars(select(_STATE).where(OutboxJob.id == job_id)).one()
    place = _workspaces([job.workspace_id] if job.workspace_id else []).get(job.workspace_id, "")
    event = db.session().scalar(select(OutboxEvent.name).where(OutboxEvent.id == job.event_id)) if job.event_id else ""
    return Detail(Row(job, state, place), event or "", history(job_id))


def history(subject_id: UUID) -> list[AuditEntry]:
    """What operators did with one thing, the newest first."""
    with db.workspace(db.PLATFORM) as session:
        done = select(AuditEntry).where(AuditEntry.subject_id == subject_id).order_by(AuditEntry.position.desc())
        return list(session.scalars(done.limit(20)))


def about_receipt(inbound_id: UUID) -> list[Row]:
    """Jobs that are still to apply a receipt, or gave up on it."""
    for_it = (OutboxJob.name == "webhooks.apply", OutboxJob.payload.contains({"inbound_id": str(inbound_id)}))
    rows = [
        row
        for condition in (OPEN, STATES["dead"])
        for row in db.session().execute(select(OutboxJob, _STATE).where(condition, *for_it).limit(5))
    ]
    return [Row(job, state, "") for job, state in rows]
