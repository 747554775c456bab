"""Workers that are killed at the wrong moment, and jobs that never succeed (RELIABILITY.md R5, R6, R23)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from rq.job import Job
from sqlalchemy import func, select

from app.core import db, jobs
from app.core.outbox import OutboxJob, later
from app.core.outbox_relay import enqueue, queue
from app.inventory.models import Location
from app.payments import invariants
from app.payments.models import LedgerTransaction, Transfer
from tests.chaos.programs import Programs
from tests.chaos.stage import Stage
from tests.cli.test_run import soon

pytestmark = pytest.mark.chaos


@pytest.fixture
def programs(stage: Stage, tmp_path: Path) -> Iterator[Programs]:
    one = Programs(tmp_path / "programs.log", **stage.settings)
    yield one
    one.close()


def ask(stage: Stage, job: str, **arguments: Any) -> UUID:
    with db.workspace(stage.world.north.id):
        return later(job, **arguments)


def marks(stage: Stage, name: str) -> int:
    with db.workspace(stage.world.north.id) as session:
        return session.scalar(select(func.count()).select_from(Location).where(Location.name == name)) or 0


def when(stage: Stage, job_id: UUID, true: Callable[[OutboxJob], bool], seconds: float = 40) -> OutboxJob:
    """The job's row as soon as something holds of it."""
    assert soon(lambda: true(stage.job(job_id)), seconds), stage.job(job_id).error
    return stage.job(job_id)


def test_r5_a_job_taken_by_a_worker_that_died_before_beginning_is_done_by_the_next(
    stage: Stage, programs: Programs
) -> None:
    """RQ itself calls such a job failed; the relay sends what nobody finished again, within 90 seconds of the death."""
    job_id = ask(stage, "chaos.mark", name="R5")
    programs.relay()
    assert programs.worker("default", "--dies-after-taking").wait(60) == -9
    assert stage.job(job_id).attempts == 0
    programs.worker("default")
    when(stage, job_id, lambda row: row.done_at is not None, 90)
    assert marks(stage, "R5") == 1


@pytest.mark.parametrize("name", ["chaos.mark", "chaos.mark_alone"])
def test_r6_a_second_copy_beside_an_orphan_is_refused(stage: Stage, programs: Programs, name: str) -> None:
    """The parent is killed, its child works on; a copy that arrives meanwhile does nothing, and the effect is there once."""
    own = {"workspace_id": stage.world.north.id} if name == "chaos.mark_alone" else {}
    job_id = ask(stage, name, name="R6", seconds=12, **own)
    enqueue(programs.valkey)
    first = programs.worker("default")
    when(stage, job_id, lambda row: row.lease_until is not None)
    orphan = programs.kill_parent_only(first)
    copy = send_again(programs, "default", job_id)
    programs.worker("default")
    assert soon(lambda: not Job.exists(copy, programs.valkey), 40), "the copy ended, and not as a failure"
    assert alive(orphan), "the copy was to run beside the orphan"
    row = when(stage, job_id, lambda row: row.done_at is not None)
    assert (marks(stage, "R6"), row.attempts) == (1, 1)


def test_r6_a_copy_that_takes_over_a_lost_lease_pays_no_seller_twice(stage: Stage, programs: Programs) -> None:
    """Both copies reach the provider, one of them after its lease was lost: one transfer there, one booking here."""
    group = stage.settled()
    job_id = stage.waiting("payments.send_transfer")
    stage.sandbox.post("faults", kind="slow", path="/v1/transfers", method="POST", seconds=6, times=1)
    programs.relay()
    first = programs.worker("payments")
    assert soon(lambda: sending(stage), 40)
    orphan = programs.kill_parent_only(first)
    stage.time_passes()
    assert alive(orphan)
    programs.worker("payments")
    row = when(stage, job_id, lambda row: row.done_at is not None, 90)
    assert soon(lambda: not alive(orphan), 40)
    assert row.attempts >= 2
    assert len(stage.effects("transfer")) == 1
    with db.workspace(stage.world.north.id) as session:
        booked = select(func.count()).select_from(LedgerTransaction).where(LedgerTransaction.kind == "transfer")
        assert session.scalar(booked) == 1
    assert stage.payment(group).state == "paid"
    assert invariants.violations() == []


def send_again(programs: Programs, queue_name: str, job_id: UUID) -> str:
    """What RQ does with a job of a worker whose heart stopped. Returns the copy's id in the queue."""
    copy = queue(queue_name, programs.valkey).enqueue("app.core.jobs.perform", str(job_id), result_ttl=0)
    return str(copy.id)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def sending(stage: Stage) -> bool:
    with db.workspace(stage.world.north.id) as session:
        return session.scalars(select(Transfer.state)).one() == "sending"


def test_r23_poison_is_parked_with_its_error_and_holds_nobody_up(stage: Stage, programs: Programs) -> None:
    """Two poisonous jobs in front of twenty good ones; the good are done at once, the bad are dead after their tries."""
    bad = [ask(stage, "chaos.poison", name="healed", cure="medicine") for _ in range(2)]
    good = [ask(stage, "chaos.mark", name="good") for _ in range(20)]
    programs.relay()
    programs.worker("default")
    assert soon(lambda: all(stage.job(one).done_at is not None for one in good), 60)
    assert marks(stage, "good") == 20
    assert soon(lambda: dead(stage, bad), 90)
    assert {(row.attempts, row.error) for row in map(stage.job, bad)} == {(4, "ValueError: bad apple")}
    last = ask(stage, "chaos.mark", name="after")
    when(stage, last, lambda row: row.done_at is not None)
    with db.workspace(stage.world.north.id):
        db.add(Location(name="medicine"))
    with db.system("jobs"):
        jobs.replay(bad[0])
    when(stage, bad[0], lambda row: row.done_at is not None)
    assert marks(stage, "healed") == 1, "only the one that was replayed, and once"
    assert stage.job(bad[1]).dead_at is not None


def dead(stage: Stage, bad: list[UUID]) -> bool:
    """Whether they were given up; their waits are cut short, as minutes passing would."""
    with db.system("jobs") as session:
        waits = OutboxJob.id.in_(bad) & OutboxJob.lease_until.is_(None) & OutboxJob.dead_at.is_(None)
        session.execute(OutboxJob.__table__.update().where(waits & (OutboxJob.attempts > 0)).values(due_at=func.now()))
        return all(row.dead_at is not None for row in session.scalars(select(OutboxJob).where(OutboxJob.id.in_(bad))))
