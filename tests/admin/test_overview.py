"""The overview, the schedule and the books: right figures, each leading to its list; failing states in words."""

from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Away
from sqlalchemy import select, text

from app.admin.queries import overview
from app.core import db, http, scheduler
from app.core.mail import post
from app.core.outbox import OutboxJob
from app.core.scheduler import ScheduleSlot
from tests.admin.conftest import asked_for, inbound, job, receipt, trail
from tests.asked import statements
from tests.security.stage import Browser

AWAY = "Valkey does not answer"


def page(operator: Browser, path: str = "/admin") -> str:
    answer = operator.get(path)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_figures_lead_to_their_lists(operator: Browser) -> None:
    job("mail.send", dead_at=db.now(), attempts=8, error="ProviderError: smtp: refused")
    job("mail.send", due_at=db.now() - timedelta(minutes=3))
    message = receipt()
    with db.system("test world"):
        inbound(message).error = "ValueError: x"
        post("fay@buyer.example", "sign_in_code", "code:1", code="123456")
    shown = page(operator)
    assert 'aria-label="Gave up on mail: 1"' in shown and 'aria-label="Overdue on mail: 1"' in shown
    assert "/admin/jobs?queue=mail&amp;state=dead" in shown and "/admin/webhooks?state=failed" in shown
    assert "message was not applied" in shown and "1 gave up" in shown and "1 written in the last hour" in shown
    assert "The database takes" in shown and "Nothing waits for you" not in shown


def test_receipts_are_counted_by_the_hour(operator: Browser) -> None:
    for number in range(3):
        receipt(f"evt_{number}")
    with db.system("platform pages"):
        hours = overview.received()
    assert len(hours) == 24 and hours[-1] == 3 and sum(hours) == 3


def test_a_queue_without_workers_and_a_lost_valkey_are_said(operator: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No worker listens to" in page(operator)

    def gone(*_: Any, **__: Any) -> int:
        raise Away("connection refused")

    monkeypatch.setattr("app.admin.queries.overview.Worker.count", gone)
    assert AWAY in page(operator)


def test_a_provider_that_is_not_called_is_named(operator: Browser) -> None:
    gate = http.breaker("a-carrier")
    for _ in range(gate.threshold):
        gate.failure()
    try:
        assert "Not called at the moment" in page(operator)
    finally:
        http._breakers.pop("a-carrier")


def test_the_overview_asks_the_database_a_bounded_number_of_times(operator: Browser) -> None:
    with statements() as short:
        page(operator)
    for number in range(30):
        receipt(f"evt_{number}")
        job(("mail.send", "inventory.expire")[number % 2])
    with statements() as long:
        page(operator)
    assert len(long) <= len(short) + 1 <= 40


def test_the_books_hold_and_a_broken_rule_is_named(operator: Browser) -> None:
    shown = page(operator, "/admin/money")
    assert "rules hold" in shown and "Broken" not in shown
    with db.system("test world") as session:
        session.execute(
            text(
                "insert into payments (id, buyer_id, reference_id, email, currency, amount_minor, refunded_minor, state, lines,"
                " provider_fee_minor, expires_at, created_at) values (:id, :id, :id, 'x@y.example', 'USD', 100, 0, 'flagged',"
                " '[]', 0, now(), now())"
            ),
            {"id": db.PLATFORM},
        )
    shown = page(operator, "/admin/money")
    assert "1 of 9 rules are broken" in shown and str(db.PLATFORM) in shown


def test_the_schedule_tells_last_run_result_and_next(operator: Browser) -> None:
    assert page(operator, "/admin/schedule").count("not yet") == len(scheduler.table())
    fired = scheduler.tick()
    assert set(fired) == {entry.job for entry in scheduler.table()}
    with db.system("test world") as session:
        slot = session.scalars(select(ScheduleSlot).where(ScheduleSlot.name == "inventory.expire")).one()
        ran = session.get_one(OutboxJob, slot.job_id)
        ran.dead_at, ran.error = db.now(), "TimeoutError: slow"
    shown = page(operator, "/admin/schedule")
    assert f"/admin/jobs/{slot.job_id}" in shown and "Gave up" in shown and "Something did not answer in time" in shown
    with db.at((db.now() + timedelta(hours=2)).replace(minute=59)):
        assert "The scheduler misses turns" in page(operator, "/admin/schedule")


def test_run_now_runs_once_until_that_run_ended(operator: Browser, run_jobs: Any) -> None:
    for _ in range(3):
        assert operator.post("/admin/schedule/inventory.expire/runs").status_code == 303
    assert asked_for("inventory.expire") == 1
    run_jobs(only="inventory.expire")
    assert "Done" in page(operator, "/admin/schedule")
    operator.post("/admin/schedule/inventory.expire/runs")
    assert asked_for("inventory.expire") == 2 and trail().count("admin.run_now") == 2


def test_only_periodic_work_can_be_run(operator: Browser) -> None:
    assert operator.post("/admin/schedule/payments.send_refund/runs").status_code == 404
    assert asked_for("payments.send_refund") == 0


def test_the_schedule_asks_the_database_a_bounded_number_of_times(operator: Browser) -> None:
    scheduler.tick()
    with statements() as asked:
        page(operator, "/admin/schedule")
    assert len(asked) <= 20
