"""Applies what providers sent, each receipt in one transaction with its effect."""

from uuid import UUID

from app.core.jobs import job
from app.webhooks import receipts


@job("webhooks.apply", queue="payments", own_transactions=True)
def apply(inbound_id: str) -> None:
    receipts.apply(UUID(inbound_id))
