"""Things that happen when their time has come on the sandbox's clock."""

import logging
import threading
from collections.abc import Callable
from sqlite3 import Row

from . import charges, checkout, objects, paying, payout_schedule, payouts, refunds
from .errors import StripeError
from .scope import Scope

log = logging.getLogger("sandbox.stripe")
TICK_SECONDS = 1.0


def _expire(scope: Scope, session: str) -> None:
    checkout.expire(scope, {}, session)


def _settle(scope: Scope, intent: str) -> None:
    paying.settle(scope, intent, succeeded=True)


def _refund_succeeds(scope: Scope, refund: str) -> None:
    refunds.set_status(scope, refunds.retrieve(scope, {}, refund), "succeeded")


def _refund_fails(scope: Scope, refund: str) -> None:
    refunds.set_status(scope, refunds.retrieve(scope, {}, refund), "failed")


def _payout_arrives(scope: Scope, payout: str) -> None:
    payouts.arrive(scope, payouts.retrieve(scope, {}, payout))


def _automatic_payout(scope: Scope, account: str) -> None:
    payouts.send_automatically(scope.on(account))


TASKS: dict[str, Callable[[Scope, str], None]] = {
    checkout.EXPIRE: _expire,
    charges.SETTLE: _settle,
    refunds.SUCCEED: _refund_succeeds,
    refunds.FAIL: _refund_fails,
    payouts.ARRIVE: _payout_arrives,
    payout_schedule.TASK: _automatic_payout,
}


def run_due(scope: Scope) -> int:
    """Do everything whose time has come, earliest first; returns how much that was."""
    done = 0
    while row := _next(scope):
        with scope.state.transaction():
            if scope.state.run("DELETE FROM timers WHERE seq = ?", row["seq"]):
                _run(scope, row["task"], row["subject"])
                done += 1
    return done


def _next(scope: Scope) -> Row | None:
    return scope.state.row("SELECT * FROM timers WHERE due <= ? ORDER BY due, seq LIMIT 1", scope.now())


def _run(scope: Scope, task: str, subject: str) -> None:
    """One task, on the account that its subject belongs to; a task that has become pointless is only noted."""
    inside = scope.on(objects.owner(scope.state, subject) or "")
    try:
        with scope.state.transaction():
            TASKS[task](inside, subject)
    except StripeError as error:
        log.info("%s of %s is not needed any more: %s", task, subject, error)


class Clockwork:
    """A thread that looks at the clock once a second."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="sandbox-clockwork", daemon=True)

    def start(self) -> None:
        """Begin ticking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for the task at hand."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _tick(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                run_due(self._scope)
            except Exception:
                log.exception("The sandbox's clockwork stumbled; it goes on with the next task")
