"""Periodic work. A slot is a unique row, so two schedulers fire it once; the slot and its job commit together."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db
from app.core.outbox import later
from app.core.outbox_relay import _Stop


class ScheduleSlot(db.Base):
    __tablename__ = "schedule_slots"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    name: Mapped[str]
    slot: Mapped[db.When]
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
            if session.execute(statement.returning(ScheduleSlot.id)).one_or_none():
                later(entry.job)
                fired.append(entry.job)
    return fired


def _slot(at: datetime, every: timedelta) -> datetime:
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def run() -> None:
    """Run until SIGTERM."""
    stop = _Stop()
    while not stop.asked:
        tick()
        time.sleep(1)
