"""When connected accounts are paid out by themselves."""

from . import objects, timers
from .scope import Scope

TASK = "automatic_payout"
DAY = 86400


def plan(scope: Scope, ready: int) -> None:
    """Plan an automatic payout of the scope's account for the day after its money is ready, once a day."""
    account = objects.find(scope.on(""), "account", scope.account)
    if account and account["settings"]["payouts"]["schedule"]["interval"] != "manual":
        timers.set_timer(scope.state, TASK, scope.account, (ready // DAY + 1) * DAY)
