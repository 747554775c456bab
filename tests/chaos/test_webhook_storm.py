"""Messages five times each, out of order, twenty at once, and one in ten lost: the end is that of an orderly history (R10, R12)."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
import requests
from sqlalchemy import func, select

from app.cli.database import plain, with_database
from app.core import db
from app.core.inbox import InboundEvent
from app.core.outbox import OutboxJob
from app.payments import actions as payments
from app.payments import invariants
from tests.chaos.digest import digest, hashed
from tests.chaos.programs import Programs
from tests.chaos.replay import signed
from tests.chaos.served import web
from tests.chaos.stage import Stage
from tests.cli.test_run import soon

pytestmark = pytest.mark.chaos
ROOT = Path(__file__).parents[2]
SALES, COPIES, AT_ONCE, MOST_EVENTS = 24, 5, 20, 200
TRIES = 5
DRAINED_IN = 300.0
"""Seconds after which nothing may be left to do; on two idle cores it takes about one minute."""


@pytest.fixture
def history(stage: Stage, seed: int) -> list[dict[str, Any]]:
    """A day at the provider of which we were told nothing yet. The seller may not be paid, so no call of ours changes it."""
    chance, client = Random(seed), stage.sandbox.client.v1
    stage.sandbox.post(f"accounts/{stage.account}", state="restricted")
    payments.refresh_account(stage.world.north.id)
    groups = [stage.opened() for _ in range(SALES)]
    for group in groups[: SALES - 4]:
        stage.pay(group)
    for group in groups[SALES - 4 :]:
        client.checkout.sessions.expire(stage.payment(group).session_id or "")
    charges = [charge.id for charge in client.charges.list({"limit": 100}).data]
    chance.shuffle(charges)
    for charge in charges[:6]:
        for _ in range(chance.randint(1, 3)):
            client.refunds.create({"charge": charge, "amount": chance.randint(1, 30_00)})
    for charge in charges[6:10]:
        dispute = stage.sandbox.post("disputes", charge=charge, amount=chance.randint(1_00, 90_00))
        if chance.random() < 0.5:
            stage.sandbox.post(f"disputes/{dispute['id']}", outcome=chance.choice(("won", "lost")))
    events = [event.to_dict(for_json=True) for event in client.events.list({"limit": 100}).auto_paging_iter()]
    return events[::-1][-MOST_EVENTS:]


@pytest.fixture
def copies() -> Iterator[Callable[[], str]]:
    """Copies of the test's database as it is now; URLs for the application's role."""
    app_url, admin = plain(os.environ["DATABASE_URL"]), os.environ["DATABASE_ADMIN_URL"]
    name, made = app_url.rpartition("/")[2], list[str]()

    def copy() -> str:
        db.engine().dispose()
        made.append(f"{name}_copy_{len(made)}")
        with psycopg.connect(with_database(plain(admin), "postgres"), autocommit=True) as server:
            server.execute(f'create database "{made[-1]}" template "{name}" strategy file_copy')
            server.execute(f'grant connect on database "{made[-1]}" to guildhall_app')
        return with_database(app_url, made[-1])

    yield copy
    with psycopg.connect(with_database(plain(admin), "postgres"), autocommit=True) as server:
        for one in made:
            server.execute(f'drop database "{one}" with (force)')


def told(stage: Stage, url: str, events: list[dict[str, Any]], catch_up: bool = False) -> dict[str, Any]:
    """What becomes of everything when these events arrive one after the other."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.replay"],
        input=json.dumps({"events": events, "catch_up": catch_up}),
        cwd=ROOT,
        env=os.environ | stage.settings | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("digest:")]
    assert found, done.stderr[-3000:]
    return dict(json.loads(found[0].removeprefix("digest:")))


def test_r10_a_storm_ends_where_an_orderly_history_does(
    stage: Stage, history: list[dict[str, Any]], copies: Callable[[], str], seed: int, tmp_path: Path
) -> None:
    orderly = told(stage, copies(), history)
    messages = [event for event in history for _ in range(COPIES)]
    Random(seed).shuffle(messages)
    programs = Programs(tmp_path / "programs.log", **stage.settings)
    try:
        with web(tmp_path / "web.log", WEB_WORKERS="2", REDIS_URL=programs.redis_url, **stage.settings) as served:
            programs.relay()
            for queue in ("payments", "payments", "default"):
                programs.worker(queue)
            times = storm(served.url, messages)
            assert soon(at_rest, DRAINED_IN), open_jobs()
    finally:
        programs.close()
    print(f"{len(messages)} messages, {AT_ONCE} at once: p95 {statistics.quantiles(times, n=20)[18] * 1000:.0f} ms")
    stormy = digest()
    assert stormy == orderly
    print(f"state {hashed(stormy)}: {len(history)} events, { ({kind: len(rows) for kind, rows in stormy.items()}) }")
    with db.system("receive webhook") as session:
        assert session.scalar(select(func.count()).select_from(InboundEvent)) == len(history)
    assert stage.effects("transfer") == []
    assert [one for one in invariants.violations() if one.rule != "flagged_payments"] == []


def storm(url: str, messages: list[dict[str, Any]]) -> list[float]:
    """Send them all as a provider does: what is shed (503) comes again. Returns the seconds of every answer."""
    session_of, times, shed = threading.local(), list[float](), list[str]()

    def send(event: dict[str, Any]) -> None:
        http = session_of.__dict__.setdefault("http", requests.Session())
        path, body, headers = signed(event)
        for _ in range(TRIES):
            began = time.perf_counter()
            status = http.post(url + path, data=body, headers=headers, timeout=60).status_code
            times.append(time.perf_counter() - began)
            if status == 200:
                return
            assert status == 503, status
            shed.append(event["id"])
        raise AssertionError(f"{event['id']} was never taken")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send, messages))
    print(f"{len(shed)} of {len(messages)} answers were 503; two idle cores shed none")
    return times


def open_jobs() -> list[Any]:
    with db.system("jobs") as session:
        left = OutboxJob.done_at.is_(None) & OutboxJob.name.not_like("mail.%")
        return list(session.execute(select(OutboxJob.name, OutboxJob.error, OutboxJob.attempts).where(left)))


def at_rest() -> bool:
    """Everything that arrived is applied and every job is done; waits of a failed try are cut short."""
    with db.system("jobs") as session:
        waits = OutboxJob.done_at.is_(None) & OutboxJob.lease_until.is_(None) & (OutboxJob.attempts > 0)
        session.execute(OutboxJob.__table__.update().where(waits).values(due_at=func.now()))
        unhandled = session.scalar(select(func.count()).where(InboundEvent.handled_at.is_(None)))
    return not unhandled and not open_jobs()


def test_r12_what_never_arrived_is_made_up_for_within_a_quarter_of_an_hour(
    stage: Stage, history: list[dict[str, Any]], copies: Callable[[], str], seed: int
) -> None:
    chance = Random(seed)
    kept = [event for event in history if chance.random() > 0.1]
    chance.shuffle(kept)
    print(f"{len(history) - len(kept)} of {len(history)} messages were lost")
    assert len(kept) < len(history)
    assert told(stage, copies(), kept, catch_up=True) == told(stage, copies(), history)
