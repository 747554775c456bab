"""Outbox: what must happen after this transaction, written inside it (ARCHITECTURE.md §6).

`emit(event)` states a fact: one row for the live streams and one job per handler. `later(job, …)` asks for work by name.
Rows stay until their effect is confirmed; `app.core.outbox_relay` hands them to the queues.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, insert, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db
from app.core.events import Event, plain
from app.core.ids import new_id

CHANNEL = "outbox"


class OutboxEvent(db.Base):
    """A fact that happened. `workspace_id` is the tenant it belongs to, empty for the platform's own."""

    __tablename__ = "outbox_events"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID | None]
    name: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    topics: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    created_at: Mapped[db.When] = mapped_column(server_default=text("now()"))
    published_at: Mapped[db.When | None]
    __table_args__ = (
        Index("ix_outbox_events_unpublished", "id", postgresql_where=text("published_at is null")),
        Index("ix_outbox_events_topics", "topics", postgresql_using="gin"),
    )


class OutboxJob(db.Base):
    """One unit of work. (event_id, name) is unique, so a handler hears of a fact once.

    `attempts` and `lease_until` fence a copy that the queue ran twice; `done_at` is set in the effect's own transaction.
    `dead_at`: given up; with `done_at` beside it, a person decided that it shall have no effect any more.
    """

    __tablename__ = "outbox_jobs"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox_events.id"))
    workspace_id: Mapped[UUID | None]
    name: Mapped[str]
    queue: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    due_at: Mapped[db.When] = mapped_column(server_default=text("now()"))
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[db.When | None]
    done_at: Mapped[db.When | None]
    dead_at: Mapped[db.When | None]
    error: Mapped[str | None]
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[db.When] = mapped_column(server_default=text("now()"))
    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        Index("ix_outbox_jobs_due", "due_at", postgresql_where=text("done_at is null and dead_at is null")),
        Index("ix_outbox_jobs_dead", "id", postgresql_where=text("dead_at is not null")),
    )


_handlers: dict[str, list[str]] = {}
_queues: dict[str, str] = {}
_functions: dict[str, Callable[[Any], None]] = {}


def listen(event: type[Event], handler: Callable[[Any], None], queue: str = "default") -> None:
    """Wire a handler to a fact; called by app/wiring.py alone."""
    name = f"{handler.__module__.removeprefix('app.')}.{handler.__name__}"
    if name not in _handlers.setdefault(event.name, []):
        _handlers[event.name].append(name)
    _queues[name] = queue
    _functions[name] = handler


def handler_named(name: str) -> Callable[[Any], None] | None:
    return _functions.get(name)


def route_job(name: str, queue: str) -> None:
    """Tell the outbox which queue a job runs on; called by the @job decorator."""
    _queues[name] = queue


def emit(event: Event) -> UUID:
    """State a fact in the caller's transaction. Returns its id, the `id:` of live streams."""
    event_id, scope = new_id(), db.scope()
    workspace_id = scope.workspace_id if scope else None
    payload = event.payload()
    db.session().execute(
        insert(OutboxEvent).values(
            id=event_id, workspace_id=workspace_id, name=event.name, payload=payload, topics=event.topics()
        )
    )
    rows = [
        {
            "id": new_id(),
            "event_id": event_id,
            "workspace_id": workspace_id,
            "name": name,
            "queue": _queues[name],
            "payload": payload,
        }
        for name in _handlers.get(event.name, [])
    ]
    if rows:
        db.session().execute(insert(OutboxJob), rows)
    _wake()
    return event_id


def later(job: str, *, dedupe_key: str | None = None, delay: timedelta | None = None, **args: Any) -> UUID:
    """Ask for a job by name after commit. With a `dedupe_key` the second request for the same work is dropped."""
    scope, job_id = db.scope(), new_id()
    statement = pg_insert(OutboxJob).values(
        id=job_id,
        workspace_id=scope.workspace_id if scope else None,
        name=job,
        queue=_queues.get(job, "default"),
        payload=plain(args),
        dedupe_key=dedupe_key,
        **({"due_at": _in(delay)} if delay else {}),
    )
    db.session().execute(statement.on_conflict_do_nothing() if dedupe_key else statement)
    _wake()
    return job_id


def _in(delay: timedelta) -> datetime:
    return db.now() + delay


def _wake() -> None:
    db.session().execute(text(f"notify {CHANNEL}"))
