"""Taking back from a seller what went back to a buyer or a bank; and giving it to them again when that fell through."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import select

from app.core import audit, db
from app.core.actor import STRIPE
from app.core.errors import ProviderError
from app.core.money import Money
from app.core.outbox import later
from app.payments import gateway, ledger
from app.payments.actions.sales import promise_transfer
from app.payments.actions.transfers import give_back_withheld, withhold
from app.payments.models import PaymentPart, Transfer, TransferReversal

log = structlog.get_logger()


def take_back(part: PaymentPart, amount: Money, cause_id: UUID) -> None:
    """Reverse `amount` of what this part's seller gets, for a refund or dispute (`cause_id`). Part is locked by the caller.

    Unsent money is withheld at once; sent money is taken back by a job each. The buyer's side never waits for it.
    """
    rest = amount
    for transfer in _transfers_of(part):
        piece = Money(min(rest.minor, transfer.left.minor), rest.currency)
        if piece:
            _take(transfer, piece, cause_id)
            rest = rest - piece
    if rest:
        log.error("payments.reversal_short", part_id=str(part.id), missing=rest.minor)
    db.session().flush()


def _transfers_of(part: PaymentPart) -> Sequence[Transfer]:
    statement = select(Transfer).where(Transfer.part_id == part.id).order_by(Transfer.id)
    return db.session().scalars(statement.with_for_update().execution_options(populate_existing=True)).all()


def _take(transfer: Transfer, amount: Money, cause_id: UUID) -> None:
    withheld = withhold(transfer, amount)
    reversal = db.add(
        TransferReversal(
            transfer_id=transfer.id,
            cause_id=cause_id,
            currency=amount.currency,
            amount_minor=amount.minor,
            state="withheld" if withheld else "promised",
        )
    )
    if not withheld:
        transfer.reversed_minor += amount.minor
        ask_to_take_back(reversal)


def ask_to_take_back(reversal: TransferReversal, dedupe_key: str | None = None) -> None:
    later(
        "payments.take_back",
        dedupe_key=dedupe_key,
        workspace_id=reversal.workspace_id,
        reversal_id=reversal.id,
    )


def send_reversal(workspace_id: UUID, reversal_id: UUID) -> str | None:
    """Take the money back at Stripe, once. A seller who has none left owes it: a receivable that is tried again.

    Returns the state. Raises ProviderError to be tried again soon.
    """
    with db.workspace(workspace_id):
        call, state = _prepare(reversal_id)
    if call is None:
        return state
    stripe_transfer_id, amount_minor, key, tried = call
    provider = gateway.current()
    try:
        found = provider.find_reversal(stripe_transfer_id, reversal_id) if tried else None
        stripe_id = found or provider.take_back(stripe_transfer_id, amount_minor, reversal_id, key)
    except ProviderError as error:
        if not error.permanent:
            raise
        with db.workspace(workspace_id):
            return _refused(reversal_id, error)
    with db.workspace(workspace_id):
        return _done(reversal_id, stripe_id)


def _prepare(reversal_id: UUID) -> tuple[tuple[str, int, str, bool] | None, str | None]:
    reversal, transfer = _locked(reversal_id)
    if reversal is None or transfer is None or reversal.state in ("done", "withheld", "returned"):
        return None, reversal.state if reversal else None
    if transfer.state == "sending":
        raise ProviderError("stripe", "the transfer is still on its way", permanent=False, retry_after=5)
    if transfer.state != "sent":
        transfer.reversed_minor -= reversal.amount_minor
        withhold(transfer, Money(reversal.amount_minor, reversal.currency))
        reversal.state = "withheld"
        return None, reversal.state
    tried = reversal.state == "sending" or reversal.attempt > 1
    reversal.state = "sending"
    key = f"reversal:{reversal.id}:{reversal.attempt}"
    return (transfer.stripe_transfer_id or "", reversal.amount_minor, key, tried), None


def _locked(reversal_id: UUID) -> tuple[TransferReversal | None, Transfer | None]:
    """Both rows, the transfer first: everybody locks in this order."""
    known = db.find(TransferReversal, reversal_id)
    if known is None:
        return None, None
    transfer = db.find(Transfer, known.transfer_id, lock=True)
    return db.find(TransferReversal, reversal_id, lock=True), transfer


def _done(reversal_id: UUID, stripe_id: str) -> str:
    reversal, transfer = _locked(reversal_id)
    if reversal is None or transfer is None or reversal.state == "done":
        return "done"
    owed = ledger.booked(f"receivable:{reversal.id}")
    reversal.state, reversal.stripe_reversal_id, reversal.error = "done", stripe_id, None
    amount = Money(reversal.amount_minor, reversal.currency)
    order_id = db.get(PaymentPart, transfer.part_id).order_id
    ledger.book_reversal(f"reversal:{reversal.id}", amount, order_id, from_receivable=owed)
    audit.record(STRIPE, "payments.take_back", reversal, amount=amount)
    return "done"


def _refused(reversal_id: UUID, error: ProviderError) -> str:
    reversal, transfer = _locked(reversal_id)
    if reversal is None or transfer is None or reversal.state != "sending":
        return reversal.state if reversal else "done"
    reversal.state, reversal.error, reversal.attempt = "failed", str(error), reversal.attempt + 1
    order_id = db.get(PaymentPart, transfer.part_id).order_id
    ledger.book_receivable(f"receivable:{reversal.id}", Money(reversal.amount_minor, reversal.currency), order_id)
    return "failed"


def give_back(part: PaymentPart, cause_id: UUID) -> None:
    """The refund failed or the dispute was won: what was taken for it is the seller's again, once. Part is locked by the caller."""
    again = Money.zero(part.currency)
    by_id = {transfer.id: transfer for transfer in _transfers_of(part)}
    statement = select(TransferReversal).where(TransferReversal.cause_id == cause_id).order_by(TransferReversal.id)
    for reversal in db.session().scalars(statement.with_for_update().execution_options(populate_existing=True)).all():
        again = again + _return(reversal, by_id[reversal.transfer_id])
    if again:
        promise_transfer(part, again, cause_id)
    db.session().flush()


def _return(reversal: TransferReversal, transfer: Transfer) -> Money:
    """Undo one reversal; returns what must be sent anew because it really left the seller."""
    amount, state = Money(reversal.amount_minor, reversal.currency), reversal.state
    if state == "sending":
        raise ProviderError("stripe", "the reversal is still on its way", permanent=False, retry_after=5)
    if state == "returned":
        return Money.zero(amount.currency)
    reversal.state = "returned"
    if state == "done" or (state == "withheld" and not give_back_withheld(transfer, amount)):
        return amount
    if state in ("promised", "failed"):
        transfer.reversed_minor -= amount.minor
    if state == "failed":
        ledger.undo_both(f"receivable:{reversal.id}", "receivable_settled")
    return Money.zero(amount.currency)
