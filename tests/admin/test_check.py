"""`flask --app wsgi check` and `operator`: what waits for a person is said, and the exit status tells it apart."""

from typing import Any

import pytest

from app.cli import attention
from app.core import db
from app.core.errors import ProviderError
from tests.admin.conftest import inbound, job, receipt, trail
from tests.world import World


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What Stripe is not asked to send; the start-up check itself has its own tests."""
    missing: dict[str, list[str]] = {}
    monkeypatch.setattr(attention.payments, "missing_subscriptions", lambda: missing)
    monkeypatch.setattr("app.cli.commands.selfcheck.run", lambda *_: None)
    return missing


def check(app: Any) -> Any:
    return app.test_cli_runner().invoke(args=["check"])


def test_nothing_waits(app: Any, world: World, answers: dict[str, list[str]]) -> None:
    receipt()
    done = check(app)
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Guildhall may serve.")


def test_what_waits_is_said_and_gives_a_status_of_its_own(
    app: Any, world: World, answers: dict[str, list[str]]
) -> None:
    answers["http://localhost/webhooks/stripe"] = ["charge.refunded"]
    job(dead_at=db.now())
    job(dead_at=db.now(), done_at=db.now())
    with db.system("test world"):
        inbound(receipt()).error = "ValueError: x"
    told = check(app)
    assert told.exit_code == 4 and "Guildhall may serve." in told.output
    assert "does not send to http://localhost/webhooks/stripe: charge.refunded" in told.output
    assert "1 job gave up" in told.output and "1 message of providers had no effect yet" in told.output


def test_stripe_that_does_not_answer_is_said(
    app: Any, world: World, answers: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> dict[str, list[str]]:
        raise ProviderError("stripe", "did not answer in time", permanent=False)

    monkeypatch.setattr(attention.payments, "missing_subscriptions", away)
    told = check(app)
    assert told.exit_code == 4 and "Nobody could ask what Stripe sends here" in told.output


def test_the_first_operator_is_appointed(app: Any, world: World, browser: Any) -> None:
    assert browser(world.alice).get("/admin").status_code == 404
    for _ in range(2):
        done = app.test_cli_runner().invoke(args=["operator", f" {world.alice.email.upper()}"])
        assert done.exit_code == 0 and "Alice operates the platform" in done.output
    assert browser(world.alice).get("/admin").status_code == 200
    assert trail() == ["workspaces.appoint"]


def test_nobody_unknown_is_appointed(app: Any, world: World) -> None:
    refused = app.test_cli_runner().invoke(args=["operator", "nobody@guildhall.test"])
    assert refused.exit_code == 1 and "Nobody has signed up" in refused.output and trail() == []
