"""Stock jobs."""

from app.core.jobs import job
from app.inventory import actions


@job("inventory.expire", own_transactions=True)
def expire() -> None:
    actions.expire()
