"""Outbox and jobs: an effect happens once, whatever the queue does (RELIABILITY.md §0, R4-R6, R23, R25)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.core import db, jobs, scheduler
from app.core.errors import ProviderError
from app.core.outbox import OutboxJob, later
from app.core.outbox_relay import enqueue, queue, valkey
from app.inventory.models import Location
from tests.world import World


@pytest.fixture
def registered() -> Iterator[None]:
    """Whatever a test registers is forgotten after it."""
    known = dict(jobs._jobs)
    yield
    jobs._jobs.clear()
    jobs._jobs.update(known)


def ask(world: World, job: str, **args: Any) -> UUID:
    with db.workspace(world.north.id):
        return later(job, **args)


def row(job_id: UUID) -> OutboxJob:
    with db.system("jobs") as session:
        return session.scalars(
            select(OutboxJob).where(OutboxJob.id == job_id).execution_options(populate_existing=True)
        ).one()


def locations(world: World) -> int:
    with db.workspace(world.north.id) as session:
        return session.scalar(select(func.count()).select_from(Location)) or 0


def test_a_job_runs_in_its_tenant_and_once(world: World, registered: None) -> None:
    @jobs.job("test.make_location")
    def make(name: str) -> None:
        db.add(Location(name=name))

    job_id = ask(world, "test.make_location", name="Attic")
    assert [jobs.perform(str(job_id)), jobs.perform(str(job_id))] == [True, False]
    assert locations(world) == 1
    assert row(job_id).done_at is not None


def test_an_effect_and_its_done_mark_commit_together(world: World, registered: None) -> None:
    """A crash after the effect and before the end leaves neither (R4)."""

    @jobs.job("test.crash")
    def crash() -> None:
        db.add(Location(name="Half"))
        raise RuntimeError("the power went")

    job_id = ask(world, "test.crash")
    assert jobs.perform(str(job_id)) is False
    assert locations(world) == 0
    assert row(job_id).done_at is None
    assert "the power went" in (row(job_id).error or "")


def test_a_second_copy_is_refused_while_the_first_holds_the_lease(world: World, registered: None) -> None:
    """RQ runs a job twice when only the worker's parent dies (fact 2, R6)."""
    seen: list[bool] = []

    @jobs.job("test.twice", own_transactions=True)
    def twice() -> None:
        seen.append(jobs.perform(str(job_id)))
        with db.workspace(world.north.id):
            db.add(Location(name="Once"))

    job_id = ask(world, "test.twice")
    assert jobs.perform(str(job_id)) is True
    assert seen == [False]
    assert locations(world) == 1


def test_a_copy_whose_lease_was_taken_over_cannot_write(world: World, registered: None) -> None:
    @jobs.job("test.slow")
    def slow() -> None:
        with db.system("jobs") as session:
            session.execute(
                update(OutboxJob).where(OutboxJob.id == job_id).values(attempts=OutboxJob.attempts + 1, done_at=None)
            )
        db.add(Location(name="Late"))

    job_id = ask(world, "test.slow")
    claim = jobs._claim(job_id)
    assert claim is not None
    with db.system("jobs") as session:
        session.execute(update(OutboxJob).where(OutboxJob.id == job_id).values(attempts=99))
    with pytest.raises(jobs.LeaseLost), db.system("jobs"):
        jobs._finish(claim)
    assert locations(world) == 0


def test_failures_wait_longer_each_time_with_jitter() -> None:
    waits = [[jobs.wait(attempt).total_seconds() for _ in range(50)] for attempt in (1, 2, 3, 20)]
    assert all(max(shorter) < min(longer) for shorter, longer in pairwise(waits))
    assert len(set(waits[0])) > 40
    assert jobs.wait(1, ProviderError("x", "busy", permanent=False, retry_after=600)).total_seconds() >= 600


def test_poison_is_parked_and_can_be_replayed(world: World, registered: None) -> None:
    """R23: dead after its tries, visible with its error, and a replay runs it."""
    well = False

    @jobs.job("test.poison", attempts=2)
    def poison() -> None:
        if not well:
            raise ValueError("bad apple")

    job_id = ask(world, "test.poison")
    for _ in range(2):
        jobs.perform(str(job_id))
    assert row(job_id).dead_at is not None
    assert "bad apple" in (row(job_id).error or "")
    well = True
    with db.system("jobs"):
        jobs.replay(job_id)
    assert jobs.perform(str(job_id)) is True


def test_a_permanent_refusal_is_not_tried_again(world: World, registered: None) -> None:
    @jobs.job("test.refused")
    def refused() -> None:
        raise ProviderError("stripe", "no such account", permanent=True)

    job_id = ask(world, "test.refused")
    jobs.perform(str(job_id))
    assert row(job_id).dead_at is not None


def test_the_same_work_asked_for_twice_is_one_job(world: World) -> None:
    for _ in range(3):
        ask(world, "inventory.expire", dedupe_key="the same")
    with db.system("jobs") as session:
        assert session.scalar(select(func.count()).where(OutboxJob.dedupe_key == "the same")) == 1


def test_a_job_that_the_queue_lost_is_sent_again(world: World) -> None:
    """Empty Valkey at any moment and nothing is lost (R3): due rows go out again after the resend interval."""
    job_id = ask(world, "inventory.expire")
    client = valkey()
    assert enqueue(client) >= 1
    client.flushdb()
    assert row(job_id).due_at > db.now()
    with db.system("jobs") as session:
        session.execute(update(OutboxJob).where(OutboxJob.id == job_id).values(due_at=db.now() - timedelta(seconds=1)))
    assert enqueue(client) >= 1


def test_a_job_that_still_stands_in_its_queue_is_not_sent_again(world: World) -> None:
    """A backlog of minutes stays as long as it is; what a worker took and did not finish goes out anew."""
    job_id, client = ask(world, "inventory.expire"), valkey()
    client.flushdb()

    def sent_again() -> int:
        with db.system("jobs") as session:
            due = update(OutboxJob).where(OutboxJob.id == job_id)
            session.execute(due.values(due_at=db.now() - timedelta(seconds=1)))
        assert enqueue(client) >= 1
        assert row(job_id).due_at > db.now()
        names = [queue(name, client) for name in ("bulk", "default", "labels", "mail", "payments", "stamping", "sync")]
        return sum(copy.startswith(str(job_id)) for one in names for copy in one.get_job_ids())

    assert [sent_again(), sent_again()] == [1, 1]
    for name in client.keys("rq:queue:*"):
        client.delete(name)
    assert sent_again() == 1


def test_two_schedulers_fire_a_slot_once(app: Any) -> None:
    """R25; a restarted scheduler does not fire the running slot again."""
    moment = datetime(2026, 3, 29, 1, 0, 30, tzinfo=UTC)
    first = scheduler.tick(moment)
    assert "inventory.expire" in first
    assert scheduler.tick(moment + timedelta(seconds=20)) == []
    assert "inventory.expire" in scheduler.tick(moment + timedelta(minutes=1))
