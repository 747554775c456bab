"""Jobs: named work with a queue, a time limit and retries of our own (RELIABILITY.md §0, facts 1-3).

RQ may run a job twice or lose it. So the truth is the outbox row: `perform` claims it with an attempt number and a lease,
runs it in the row's scope, and marks it done in the same transaction as its effect.
"""

import random
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, func, or_, select, update

from app.core import db, logs
from app.core.errors import ProviderError
from app.core.events import rebuild
from app.core.outbox import OutboxEvent, OutboxJob, handler_named, route_job

log = structlog.get_logger()
LEASE = timedelta(seconds=50)
LONGEST = 60
"""Seconds that a job may run, unless it says otherwise."""
WAITS = (2, 5, 15, 60, 300, 900, 3600)
_FREE = or_(OutboxJob.lease_until.is_(None), OutboxJob.lease_until < func.now())


class LeaseLost(Exception):
    """Another copy of this job took over; this one must not write."""


class WorkerLost(Exception):
    """A job that takes its worker down with it never says why, so its tries are counted before they begin (R23)."""


@dataclass(frozen=True)
class Job:
    """`own_transactions` jobs talk to a provider: they open their own scopes around the call, and are marked done after.

    `seconds` is how long one may run. Longer than the lease only with `still_working()` on the way.
    """

    name: str
    function: Callable[..., None]
    queue: str
    attempts: int
    own_transactions: bool
    seconds: int = LONGEST


_jobs: dict[str, Job] = {}
_running: ContextVar[OutboxJob | None] = ContextVar("running_job", default=None)


def job(
    name: str, *, queue: str = "default", attempts: int = 8, own_transactions: bool = False, seconds: int = LONGEST
) -> Callable[..., Any]:
    """Register a job under the name that `later()` uses."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _jobs[name] = Job(name, function, queue, attempts, own_transactions, seconds)
        route_job(name, queue)
        return function

    return register


def registered() -> dict[str, Job]:
    return dict(_jobs)


def seconds_of(name: str) -> int:
    return _jobs[name].seconds if name in _jobs else LONGEST


def still_working() -> None:
    """Keep the running job's lease for another while, beside its transaction. Raises LeaseLost when a newer copy took over."""
    claim = _running.get()
    if claim is not None:
        db.beside(partial(_renew, claim))


def last_try() -> bool:
    """Whether nobody will run this job again by itself if it fails now. Known to jobs with transactions of their own."""
    claim = _running.get()
    return claim is None or claim.attempts >= _limit(claim.name)


def _renew(claim: OutboxJob) -> None:
    own = OutboxJob.id == claim.id, OutboxJob.attempts == claim.attempts
    with db.system("jobs") as session:
        renewed = update(OutboxJob).where(*own).values(lease_until=func.now() + LEASE).returning(OutboxJob.id)
        if session.execute(renewed).one_or_none() is None:
            raise LeaseLost(claim.name)


def perform(job_id: str) -> bool:
    """Run one outbox job if it is still to be run. Returns whether this call ran it to its end."""
    claim = _claim(UUID(job_id))
    if claim is None:
        return False
    with structlog.contextvars.bound_contextvars(job=claim.name, job_id=job_id, attempt=claim.attempts):
        if claim.attempts > _limit(claim.name):
            _failed(claim, WorkerLost(f"the worker ended {claim.attempts - 1} times while it ran this"))
            return False
        try:
            work, own = _work(claim)
            if own:
                with _known(claim):
                    work()
                with db.system("jobs"):
                    _finish(claim)
            else:
                with db.system("jobs"):
                    _finish(claim)
                    with _scope_of(claim):
                        work()
        except LeaseLost:
            log.warning("job.lease_lost")
            return False
        except Exception as error:
            _failed(claim, error)
            return False
    return True


def _claim(job_id: UUID) -> OutboxJob | None:
    """Take the next attempt number and a lease, unless the job is over or another copy holds it."""
    with db.system("jobs") as session:
        unlocked = select(OutboxJob.id).where(OutboxJob.id == job_id).with_for_update(skip_locked=True)
        if session.scalars(unlocked).one_or_none() is None:  # a copy is in the middle of its effect
            return None
        return session.scalars(
            update(OutboxJob)
            .where(OutboxJob.id == job_id, OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), _FREE)
            .values(attempts=OutboxJob.attempts + 1, lease_until=func.now() + LEASE)
            .returning(OutboxJob)
        ).one_or_none()


def _work(claim: OutboxJob) -> tuple[Callable[[], None], bool]:
    handler = handler_named(claim.name)
    if handler is not None and claim.event_id is not None:
        with db.system("jobs") as session:
            name = session.scalars(select(OutboxEvent.name).where(OutboxEvent.id == claim.event_id)).one()
        return partial(handler, rebuild(name, claim.payload)), False
    entry = _jobs.get(claim.name)
    if entry is None:
        raise KeyError(f"no job is registered under {claim.name!r}")
    return partial(entry.function, **claim.payload), entry.own_transactions


@contextmanager
def _known(claim: OutboxJob) -> Any:
    """Only a job with transactions of its own may outlast its lease: the others hold their own row until the end."""
    token = _running.set(claim)
    try:
        yield
    finally:
        _running.reset(token)


@contextmanager
def _scope_of(claim: OutboxJob) -> Any:
    if claim.workspace_id is None:
        yield
        return
    with db.workspace(claim.workspace_id):
        yield


def _finish(claim: OutboxJob) -> None:
    """Mark the effect confirmed. Raises LeaseLost when a newer attempt owns the row."""
    done = (
        db.session()
        .execute(
            update(OutboxJob)
            .where(OutboxJob.id == claim.id, OutboxJob.attempts == claim.attempts, OutboxJob.done_at.is_(None))
            .values(done_at=func.now(), lease_until=None, error=None)
            .returning(OutboxJob.id)
        )
        .one_or_none()
    )
    if done is None:
        raise LeaseLost(claim.name)


def _failed(claim: OutboxJob, error: Exception) -> None:
    """Write the error on the row: try again later with jitter, or park it where a person can replay it."""
    log.error("job.failed", error=repr(error), exc_info=not isinstance(error, ProviderError))
    over = claim.attempts >= _limit(claim.name) or (isinstance(error, ProviderError) and error.permanent)
    values: dict[str, Any] = {"lease_until": None, "error": logs.scrub(f"{type(error).__name__}: {error}")[:2000]}
    values |= {"dead_at": func.now()} if over else {"due_at": func.now() + wait(claim.attempts, error)}
    with db.system("jobs") as session:
        session.execute(
            update(OutboxJob).where(OutboxJob.id == claim.id, OutboxJob.attempts == claim.attempts).values(**values)
        )


def _limit(name: str) -> int:
    return _jobs[name].attempts if name in _jobs else 8


def wait(attempt: int, error: Exception | None = None) -> timedelta:
    """How long until the next try: our own list with ±25 % jitter, or what the provider asked for if longer."""
    seconds = WAITS[min(attempt - 1, len(WAITS) - 1)] * random.uniform(0.75, 1.25)
    asked = getattr(error, "retry_after", None) or 0
    return timedelta(seconds=max(seconds, asked))


def replay(job_id: UUID) -> bool:
    """Bring a parked job back with a fresh count of attempts. Returns whether it was parked."""
    parked = (OutboxJob.dead_at.is_not(None), OutboxJob.done_at.is_(None))
    return _change(job_id, *parked, dead_at=None, attempts=0, due_at=func.now(), error=None)


def hasten(job_id: UUID, attempts: int) -> bool:
    """Try a job that failed `attempts` times now, instead of when its turn comes. Returns whether it was waiting for that."""
    waiting = (OutboxJob.dead_at.is_(None), OutboxJob.done_at.is_(None), OutboxJob.attempts == attempts, _FREE)
    return attempts > 0 and _change(job_id, *waiting, OutboxJob.due_at > func.now(), due_at=func.now())


def discard(job_id: UUID) -> bool:
    """Give a job up for good: it shall have no effect any more. Returns whether it was still to have one and not running."""
    return _change(
        job_id,
        OutboxJob.done_at.is_(None),
        _FREE,
        dead_at=func.coalesce(OutboxJob.dead_at, func.now()),
        done_at=func.now(),
    )


def _change(job_id: UUID, *conditions: ColumnElement[bool], **values: Any) -> bool:
    changed = update(OutboxJob).where(OutboxJob.id == job_id, *conditions).values(**values).returning(OutboxJob.id)
    return db.session().execute(changed).one_or_none() is not None
