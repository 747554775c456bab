"""Performs due jobs in place, so the demo is complete when it is seeded."""

import os
from concurrent.futures import Executor, Future
from contextvars import copy_context
from uuid import UUID

from sqlalchemy import func, select, update

from app.core import db
from app.core.jobs import perform
from app.core.outbox import OutboxJob
from app.seeds.progress import CannotSeed

HANDS = max(2, os.cpu_count() or 1)
ASIDE = ("catalogue.render_picture", "mail.send")
"""Nobody in the story waits for these: they are done beside it, by other threads."""


class Drain:
    """Call it to run what is due and what that asks for; `rest` waits for what is done aside."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._aside: dict[UUID, Future[None]] = {}

    def __call__(self) -> None:
        """Raises CannotSeed naming the first job that failed."""
        while due := self._due():
            for job_id, name in due:
                if name in ASIDE:
                    self._aside[job_id] = self._pool.submit(copy_context().run, _run, job_id, name)
                else:
                    _run(job_id, name)

    def rest(self) -> None:
        """Wait until nothing is left, aside neither. Raises CannotSeed naming the first job that failed."""
        self()
        while self._aside:
            for future in list(self._aside.values()):
                future.result()
            self._aside.clear()
            self()

    def recover(self) -> None:
        """What a seeding that was cut off had in hand, or had put off after an error, is due now."""
        with db.system("seed") as session:
            session.execute(
                update(OutboxJob)
                .where(OutboxJob.attempts > 0, OutboxJob.done_at.is_(None))
                .values(lease_until=None, due_at=func.now(), dead_at=None, attempts=0)
            )

    def _due(self) -> list[tuple[UUID, str]]:
        with db.system("seed") as session:
            rows = session.execute(
                select(OutboxJob.id, OutboxJob.name)
                .where(OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.due_at <= func.now())
                .order_by(OutboxJob.id)
            )
            return [(job_id, name) for job_id, name in rows if job_id not in self._aside]


def _run(job_id: UUID, name: str) -> None:
    if not perform(str(job_id)):
        raise CannotSeed(f"Filling the demo stopped: {name} failed: {_error(job_id)}")


def _error(job_id: UUID) -> str:
    with db.system("seed") as session:
        return str(session.scalars(select(OutboxJob.error).where(OutboxJob.id == job_id)).one())
