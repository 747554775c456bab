"""Sending sellers their share: once, whatever answers are lost."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.core import audit, db
from app.core.actor import STRIPE, Actor
from app.core.errors import ProviderError
from app.core.money import Money
from app.payments import gateway, ledger, states
from app.payments.actions.sales import ask_to_send, seller_account
from app.payments.gateway import TransferRequest
from app.payments.models import Payment, PaymentPart, Transfer

NOT_READY = (
    "insufficient_capabilities_for_transfer",
    "transfers_not_allowed",
    "account_invalid",
    "resource_missing",
)
TOP_UP = timedelta(minutes=15)


@dataclass(frozen=True)
class _Sending:
    """One try: what to ask for, with which key, and whether an earlier try may have gone through."""

    request: TransferRequest
    key: str
    tried: bool


def send_transfer(workspace_id: UUID, transfer_id: UUID) -> str | None:
    """Send one promised transfer. Returns its state (None when it is gone). Raises ProviderError to be tried again.

    Before the call the row says `sending`, with amount and account fixed; whoever finds it so looks at Stripe first,
    because a key is forgotten after a day (T19).
    """
    with db.workspace(workspace_id):
        sending, state = _prepare(transfer_id)
    if sending is None:
        return state
    provider, request = gateway.current(), sending.request
    try:
        found = provider.find_transfer(request.group, transfer_id) if sending.tried else None
        stripe_id = found or provider.send(request, key=sending.key)
    except ProviderError as error:
        if not error.permanent:
            raise
        with db.workspace(workspace_id):
            return _refused(transfer_id, error)
    with db.workspace(workspace_id):
        return _sent(transfer_id, stripe_id)


def _prepare(transfer_id: UUID) -> tuple[_Sending | None, str | None]:
    transfer = db.find(Transfer, transfer_id, lock=True)
    if transfer is None or transfer.state in ("sent", "void", "failed"):
        return None, transfer.state if transfer else None
    going = transfer.state == "sending"
    if not going and not _ready(transfer):
        return None, transfer.state
    transfer.state = "sending"
    part = db.get(PaymentPart, transfer.part_id)
    payment = db.session().scalars(select(Payment).where(Payment.id == part.payment_id)).one()
    request = TransferRequest(
        transfer_id=transfer.id,
        part_id=part.id,
        amount_minor=transfer.to_send.minor,
        currency=transfer.currency,
        account_id=transfer.stripe_account_id or "",
        group=str(payment.reference_id),
        charge_id=payment.charge_id if transfer.cause_id is None else None,
    )
    return _Sending(request, f"transfer:{transfer.id}:{transfer.attempt}", going or transfer.attempt > 1), None


def _ready(transfer: Transfer) -> bool:
    """Something to send and somebody to send it to; otherwise the row says why not."""
    account = seller_account()
    if not transfer.to_send:
        transfer.state = "void"
    elif account is None or not states.can_be_paid(account):
        transfer.state = "held"
    else:
        transfer.stripe_account_id = account.stripe_account_id
        return True
    return False


def _sent(transfer_id: UUID, stripe_id: str) -> str:
    transfer = db.find(Transfer, transfer_id, lock=True)
    if transfer is None or transfer.state == "sent":
        return "sent"
    transfer.state, transfer.stripe_transfer_id = "sent", stripe_id
    transfer.sent_at, transfer.error = db.now(), None
    order_id = db.get(PaymentPart, transfer.part_id).order_id
    ledger.book_transfer(f"transfer:{transfer.id}", transfer.to_send, order_id)
    audit.record(STRIPE, "payments.send_transfer", transfer, amount=transfer.to_send)
    return "sent"


def _refused(transfer_id: UUID, error: ProviderError) -> str:
    """A definite no: the next try is a new one with a new key, later or when the account is ready; or a person must look."""
    transfer = db.find(Transfer, transfer_id, lock=True)
    if transfer is None or transfer.state != "sending":
        return transfer.state if transfer else "void"
    transfer.error = str(error)
    if error.remote_code == "balance_insufficient":
        transfer.state, transfer.attempt = "promised", transfer.attempt + 1
        ask_to_send(transfer, TOP_UP)
    elif error.remote_code in NOT_READY:
        transfer.state, transfer.attempt = "held", transfer.attempt + 1
    else:
        transfer.state = "failed"
    return transfer.state


def retry_transfer(actor: Actor, transfer: Transfer) -> Transfer:
    """A person asks for another try of a failed transfer, with a new key. Other states are left alone."""
    transfer = db.lock(transfer)
    if transfer.state == "failed":
        transfer.state, transfer.attempt = "promised", transfer.attempt + 1
        ask_to_send(transfer)
        audit.record(actor, "payments.retry_transfer", transfer, attempt=transfer.attempt)
    return transfer


def release_held() -> int:
    """The open workspace's account can be paid now: send what was kept. Returns how many transfers."""
    held = db.session().scalars(
        select(Transfer).where(Transfer.state == "held").order_by(Transfer.id).with_for_update()
    )
    count = 0
    for transfer in held:
        transfer.state = "promised"
        ask_to_send(transfer)
        count += 1
    return count


def withhold(transfer: Transfer, amount: Money) -> bool:
    """Take `amount` off a transfer that was not asked for yet. False when it is too late for that."""
    if transfer.state not in ("held", "promised", "failed"):
        return False
    transfer.withheld_minor += amount.minor
    if not transfer.to_send:
        transfer.state = "void"
    return True


def give_back_withheld(transfer: Transfer, amount: Money) -> bool:
    """Undo `withhold` while the transfer is still unsent. False when it was sent without the amount."""
    if transfer.state not in ("held", "promised", "failed", "void") or transfer.withheld_minor < amount.minor:
        return False
    transfer.withheld_minor -= amount.minor
    if transfer.state == "void":
        transfer.state = "promised" if states.can_be_paid(seller_account()) else "held"
        if transfer.state == "promised":
            ask_to_send(transfer)
    return True
