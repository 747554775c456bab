"""Jobs that fail or gave up: seen in words, retried once, or discarded with a reason (R23)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.core import db, jobs
from app.core.errors import ProviderError
from app.core.outbox import later
from app.inventory.models import Location
from tests.admin.conftest import hidden, job, trail, work
from tests.asked import statements
from tests.security.stage import Browser
from tests.world import World

BASE = "/admin/jobs"


@pytest.fixture
def poison() -> Iterator[list[bool]]:
    """A job that fails until the list holds something, and makes a place each time it succeeds."""
    well: list[bool] = []
    known = dict(jobs._jobs)

    @jobs.job("test.poison", attempts=2)
    def _(email: str) -> None:
        db.add(Location(name="Attic"))
        if not well:
            raise ProviderError("easypost", "answered 502", permanent=False)

    yield well
    jobs._jobs.clear()
    jobs._jobs.update(known)


def poisoned(world: World) -> Any:
    with db.workspace(world.north.id):
        job_id = later("test.poison", email="fay@buyer.example")
    for _ in range(2):
        jobs.perform(str(job_id))
    return job_id


def places(world: World) -> int:
    with db.workspace(world.north.id) as session:
        return session.query(Location).count()


def test_what_gave_up_is_listed_in_words(operator: Browser, world: World, poison: list[bool]) -> None:
    job_id = poisoned(world)
    page = operator.get(BASE).get_data(as_text=True)
    assert "Test: poison" in page and "EasyPost: answered 502." in page and world.north.name in page
    detail = operator.get(f"{BASE}/{job_id}").get_data(as_text=True)
    assert "It gave up after 2 tries" in detail and "fay@buyer.example" not in detail


def test_a_retry_runs_it_exactly_once(operator: Browser, world: World, poison: list[bool], run_jobs: Any) -> None:
    job_id = poisoned(world)
    poison.append(True)
    attempts = hidden(operator.get(f"{BASE}/{job_id}").get_data(as_text=True), "attempts")
    for _ in range(3):
        assert operator.post(f"{BASE}/{job_id}/retries", {"attempts": attempts}).status_code == 303
    run_jobs(only="test.poison")
    assert operator.post(f"{BASE}/{job_id}/retries", {"attempts": attempts}).status_code == 303
    run_jobs(only="test.poison")
    assert places(world) == 1 and work(job_id).done_at is not None
    assert trail().count("admin.retry_job") == 1


def test_poison_holds_nobody_up(world: World, poison: list[bool], run_jobs: Any) -> None:
    """R23: others of its queue run while it fails, and when it is dead it is left alone."""
    job_id = poisoned(world)
    other = job("inventory.expire")
    assert "test.poison" not in run_jobs()
    assert work(other).done_at is not None and work(job_id).dead_at is not None


def test_work_that_nobody_knows_gives_up_with_words(operator: Browser, world: World) -> None:
    job_id = job("gone.for_good")
    for _ in range(8):
        jobs.perform(str(job_id))
    assert work(job_id).dead_at is not None
    assert "does not know this work" in operator.get(f"{BASE}/{job_id}").get_data(as_text=True)


def test_a_job_that_takes_its_worker_with_it_is_parked(operator: Browser) -> None:
    """Its tries were counted as they began, none of them ended."""
    job_id = job("inventory.expire", attempts=8, lease_until=db.now() - timedelta(minutes=1))
    assert jobs.perform(str(job_id)) is False
    assert work(job_id).dead_at is not None
    assert "worker ended" in operator.get(f"{BASE}/{job_id}").get_data(as_text=True)


def test_a_failing_job_may_be_tried_at_once_and_once(operator: Browser, run_jobs: Any) -> None:
    job_id = job("inventory.expire", attempts=3, error="TimeoutError: slow", due_at=db.now() + timedelta(hours=1))
    assert run_jobs(only="inventory.expire") == []
    for _ in range(2):
        operator.post(f"{BASE}/{job_id}/retries", {"attempts": "3"})
    assert run_jobs(only="inventory.expire") == ["inventory.expire"] and trail().count("admin.retry_job") == 1


def test_many_are_counted_then_retried_once(operator: Browser, run_jobs: Any) -> None:
    ids = [job("inventory.expire", dead_at=db.now(), attempts=8, error="ValueError: x") for _ in range(3)]
    other = job("accounts.sweep", dead_at=db.now(), attempts=8, error="ValueError: x")
    page = operator.get(f"{BASE}/retries?name=inventory.expire").get_data(as_text=True)
    assert "Retry 3 jobs" in page and work(ids[0]).dead_at is not None
    form = {"until": hidden(page, "until"), "name": "inventory.expire"}
    for _ in range(2):
        assert operator.post(f"{BASE}/retries", form).status_code == 303
    assert run_jobs(only="inventory.expire") == ["inventory.expire"] * 3 and work(other).dead_at is not None
    assert trail().count("admin.retry_jobs") == 1


def test_discarding_needs_a_reason_and_ends_it(operator: Browser, world: World, poison: list[bool]) -> None:
    job_id = poisoned(world)
    refused = operator.post(f"{BASE}/{job_id}/discard", {"reason": "  "})
    assert refused.status_code == 422 and "Say why" in refused.get_data(as_text=True)
    assert work(job_id).done_at is None and "admin.discard_job" not in trail()
    assert operator.post(f"{BASE}/{job_id}/discard", {"reason": "Refunded by hand"}).status_code == 303
    poison.append(True)
    operator.post(f"{BASE}/{job_id}/retries", {"attempts": "2"})
    assert jobs.perform(str(job_id)) is False and places(world) == 0
    page = operator.get(f"{BASE}/{job_id}").get_data(as_text=True)
    assert "Refunded by hand" in page and "Discarded" in page and "Retry now" not in page
    assert operator.post(f"{BASE}/{job_id}/discard", {"reason": "Again"}).status_code == 409
    assert trail().count("admin.discard_job") == 1


def test_what_runs_cannot_be_discarded(operator: Browser) -> None:
    job_id = job("inventory.expire", attempts=1, lease_until=db.now() + timedelta(minutes=1))
    refused = operator.post(f"{BASE}/{job_id}/discard", {"reason": "Too slow"})
    assert refused.status_code == 409 and "Too slow" in refused.get_data(as_text=True)
    assert work(job_id).done_at is None


STATES = {
    "dead": {"dead_at": 0, "attempts": 8},
    "failing": {"attempts": 2, "error": "ValueError: x", "due_at": 60},
    "overdue": {"due_at": -120},
    "running": {"attempts": 1, "lease_until": 30},
    "waiting": {},
    "discarded": {"dead_at": 0, "done_at": 0},
    "done": {"done_at": 0, "attempts": 1},
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_list(operator: Browser, state: str) -> None:
    def moment(name: str, value: Any) -> Any:
        return db.now() + timedelta(seconds=value) if name.endswith(("_at", "_until")) else value

    ids = {
        one: job("inventory.expire", **{name: moment(name, value) for name, value in fields.items()})
        for one, fields in STATES.items()
    }
    page = operator.get(f"{BASE}?state={state}").get_data(as_text=True)
    shown = {one for one, job_id in ids.items() if f"/admin/jobs/{job_id}" in page}
    assert shown == ({"waiting", "overdue"} if state == "waiting" else {state})


def test_a_longer_list_asks_the_database_no_more_often(operator: Browser, world: World) -> None:
    job("inventory.expire", world.north, dead_at=db.now(), error="ValueError: x")
    with statements() as short:
        operator.get(BASE)
    for number in range(60):
        job("inventory.expire", (world.north, world.other)[number % 2], dead_at=db.now(), error="ValueError: x")
    with statements() as long:
        page = operator.get(BASE).get_data(as_text=True)
    assert len(long) <= len(short) <= 25 and 'rel="next"' in page
