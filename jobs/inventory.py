"""Stock jobs."""

from app.core.jobs import job
from app.inventory import actions, invariants


@job("inventory.expire", own_transactions=True)
def expire() -> None:
    actions.expire()


@job("inventory.check_invariants", own_transactions=True)
def check_invariants() -> None:
    invariants.check()
