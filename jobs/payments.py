"""Money jobs. Those that talk to Stripe open their own transactions around the call, which ends within 45 seconds."""

from uuid import UUID

from app.core.jobs import job
from app.payments import actions, invariants


@job("payments.open_checkout", queue="payments", own_transactions=True)
def open_checkout(payment_id: str) -> None:
    actions.open_checkout(UUID(payment_id))


@job("payments.close_checkout", queue="payments", own_transactions=True)
def close_checkout(payment_id: str) -> None:
    actions.close_checkout(UUID(payment_id))


@job("payments.settle", queue="payments", own_transactions=True)
def settle(payment_id: str, session_id: str | None = None) -> None:
    actions.settle(UUID(payment_id), session_id)


@job("payments.send_transfer", queue="payments", own_transactions=True)
def send_transfer(workspace_id: str, transfer_id: str) -> None:
    actions.send_transfer(UUID(workspace_id), UUID(transfer_id))


@job("payments.take_back", queue="payments", own_transactions=True)
def take_back(workspace_id: str, reversal_id: str) -> None:
    actions.send_reversal(UUID(workspace_id), UUID(reversal_id))


@job("payments.send_refund", queue="payments", own_transactions=True)
def send_refund(workspace_id: str, refund_id: str) -> None:
    actions.send_refund(UUID(workspace_id), UUID(refund_id))


@job("payments.refresh_refund", queue="payments", own_transactions=True)
def refresh_refund(workspace_id: str, refund_id: str) -> None:
    actions.refresh_refund(UUID(workspace_id), UUID(refund_id))


@job("payments.mirror_refunds", queue="payments", own_transactions=True)
def mirror_refunds(charge_id: str) -> None:
    actions.mirror_refunds(charge_id)


@job("payments.mirror_dispute", queue="payments", own_transactions=True)
def mirror_dispute(dispute_id: str) -> None:
    actions.mirror_dispute(dispute_id)


@job("payments.send_evidence", queue="payments", own_transactions=True)
def send_evidence(stripe_dispute_id: str) -> None:
    actions.send_evidence(stripe_dispute_id)


@job("payments.forget_evidence", own_transactions=True)
def forget_evidence(keys: list[str]) -> None:
    actions.forget(keys)


@job("payments.mirror_payout", queue="payments", own_transactions=True)
def mirror_payout(stripe_account_id: str, payout_id: str) -> None:
    actions.mirror_payout(stripe_account_id, payout_id)


@job("payments.refresh_account", queue="payments", own_transactions=True)
def refresh_account(stripe_account_id: str) -> None:
    actions.refresh_by_stripe_id(stripe_account_id)


@job("payments.disconnect_account", queue="payments", own_transactions=True)
def disconnect_account(stripe_account_id: str) -> None:
    owner = actions.owner_of(stripe_account_id)
    if owner is not None:
        actions.disconnect(owner, stripe_account_id)


@job("payments.reconcile", queue="payments", own_transactions=True)
def reconcile() -> None:
    actions.reconcile()


@job("payments.backfill", queue="payments", own_transactions=True)
def backfill() -> None:
    actions.backfill()


@job("payments.check_invariants", queue="payments", own_transactions=True)
def check_invariants() -> None:
    invariants.check()
