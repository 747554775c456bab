"""Periodic work. A slot is a unique row, so two schedulers fire it once; the slot and its job commit together."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db
from app.core.outbox import later
from app.core.outbox_relay import _Stop


class ScheduleSlot(db.Base):
    """A moment at which a job was asked for: its turn, or when a person wanted it. `job_id` is the work that came of it."""

    __tablename__ = "schedule_slots"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    name: Mapped[str]
    slot: Mapped[db.When]
    job_id: Mapped[UUID | None]
    __table_args__ = (UniqueConstraint("name", "slot"),)


@dataclass(frozen=True)
class Periodic:
    """`job` every `every`, aligned to the epoch in UTC. A slot missed while asleep is skipped: the next one does it all."""

    job: str
    every: timedelta


_table: list[Periodic] = []


def periodic(*entries: Periodic) -> None:
    """Fill the table; called by jobs/schedule.py alone."""
    _table[:] = entries


def tick(at: datetime | None = None) -> list[str]:
    """Ask for every job whose current slot has not been taken. Returns their names."""
    fired = []
    with db.system("scheduler") as session:
        for entry in _table:
            slot = _slot(at or db.now(), entry.every)
            statement = insert(ScheduleSlot).values(name=entry.job, slot=slot).on_conflict_do_nothing()
            taken = session.execute(statement.returning(ScheduleSlot.id)).one_or_none()
            if taken:
                session.get_one(ScheduleSlot, taken.id).job_id = later(entry.job)
                fired.append(entry.job)
    return fired


def table() -> tuple[Periodic, ...]:
    """All periodic work."""
    return tuple(_table)


def following(entry: Periodic, at: datetime) -> datetime:
    """When the next turn of `entry` comes after `at`."""
    return _slot(at, entry.every) + entry.every


def run_now(name: str) -> ScheduleSlot:
    """Ask for periodic work out of turn, now (system scope); its turns stay as they are."""
    return db.add(ScheduleSlot(name=name, slot=db.now(), job_id=later(name)))


def _slot(at: datetime, every: timedelta) -> datetime:
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def run() -> None:
    """Run until SIGTERM."""
    stop = _Stop()
    while not stop.asked:
        tick()
        time.sleep(1)
