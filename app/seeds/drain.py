"""Performs due jobs in place, so the demo is complete when it is seeded."""

from sqlalchemy import func, select

from app.core import db
from app.core.jobs import perform
from app.core.outbox import OutboxJob


def drain() -> None:
    """Run due jobs and those they ask for. Raises RuntimeError naming the first one that failed."""
    while due := _due():
        for job_id, name in due:
            if not perform(str(job_id)):
                raise RuntimeError(f"seeding stopped: {name} failed: {_error(job_id)}")


def _due() -> list[tuple[object, str]]:
    with db.system("seed") as session:
        rows = session.execute(
            select(OutboxJob.id, OutboxJob.name)
            .where(OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.due_at <= func.now())
            .order_by(OutboxJob.id)
            .limit(200)
        )
        return [(job_id, name) for job_id, name in rows]


def _error(job_id: object) -> str:
    with db.system("seed") as session:
        return str(session.scalars(select(OutboxJob.error).where(OutboxJob.id == job_id)).one())
