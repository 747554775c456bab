"""Periodic work: when it had its last turn, what came of it, when it is next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, String, cast, func, select
from sqlalchemy.orm import aliased

from app.core import db, scheduler
from app.core.outbox import OutboxJob
from app.core.scheduler import Periodic, ScheduleSlot

GRACE = timedelta(minutes=1)


@dataclass(frozen=True)
class Turn:
    """`slot` and `job` are the last turn's, None before the first; `following` the next turn's moment."""

    entry: Periodic
    slot: ScheduleSlot | None
    job: OutboxJob | None
    following: datetime
    late: bool

    @property
    def busy(self) -> bool:
        return self.job is not None and self.job.done_at is None and self.job.dead_at is None

    @property
    def state(self) -> str:
        """never, waiting, failing, dead, discarded or done."""
        if self.job is None:
            return "never"
        if self.busy:
            return "failing" if self.job.error else "waiting"
        if self.job.dead_at is None:
            return "done"
        return "discarded" if self.job.done_at else "dead"


def turns(wanted: list[str] | None = None) -> list[Turn]:
    """Every entry of the table (or the `wanted` ones), in its order."""
    entries = [one for one in scheduler.table() if wanted is None or one.job in wanted]
    found = {slot.name: (slot, job) for slot, job in _last([one.job for one in entries])}
    now = db.now()
    return [_turn(entry, *found.get(entry.job, (None, None)), now) for entry in entries]


def turn(name: str) -> Turn:
    return turns([name])[0]


def _turn(entry: Periodic, slot: ScheduleSlot | None, job: OutboxJob | None, now: datetime) -> Turn:
    """Late: its present turn began more than a minute ago and nobody took it."""
    following = scheduler.following(entry, now)
    began = following - entry.every
    missed = slot is None or slot.slot < began
    return Turn(entry, slot, job, following, missed and now - began > GRACE)


def _last(names: list[str]) -> list[Any]:
    """The newest slot of each name with its job; one look into the index per name."""
    asked = select(func.unnest(cast(names, ARRAY(String))).label("name")).subquery()
    newest = (
        select(ScheduleSlot)
        .where(ScheduleSlot.name == asked.c.name)
        .order_by(ScheduleSlot.slot.desc())
        .limit(1)
        .lateral()
    )
    slot: Any = aliased(ScheduleSlot, newest)
    statement = select(slot, OutboxJob).select_from(asked).join(slot, slot.name == asked.c.name)
    return list(db.session().execute(statement.outerjoin(OutboxJob, OutboxJob.id == slot.job_id)))
