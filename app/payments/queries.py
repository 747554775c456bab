"""Reads for pages: a payment, an order's money, the seller's account and balances, the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from app.core import db
from app.core.money import Money
from app.payments import invariants, ledger, words
from app.payments.models import (
    Dispute,
    DisputeFile,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    PaymentPart,
    Payout,
    Refund,
    SellerAccount,
    Transfer,
    TransferReversal,
)

T = TypeVar("T")

MONEY_RULES = tuple(invariants.RULES)
violations = invariants.violations
"""What must always hold of the money, looked at in every workspace; for operators."""


def payment_for(reference_id: UUID) -> Payment | None:
    """The payment of an order group, in any scope that may see it."""
    return db.session().scalars(select(Payment).where(Payment.reference_id == reference_id)).one_or_none()


def part_for(order_id: UUID) -> PaymentPart | None:
    """The open workspace's part of the payment of an order."""
    return db.session().scalars(select(PaymentPart).where(PaymentPart.order_id == order_id)).one_or_none()


@dataclass(frozen=True)
class OrderMoney:
    """One order's money as its seller sees it. `net` = gross − commission − provider_fee − what refunds and disputes took.

    `commission` and `provider_fee` are what stays charged after refunds; `refunded` and `disputed` are gross amounts.
    """

    gross: Money
    commission: Money
    provider_fee: Money
    refunded: Money
    disputed: Money
    net: Money
    refundable: Money
    transfers: Sequence[Transfer]
    reversals: Sequence[TransferReversal]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]


def money_of_order(order_id: UUID) -> OrderMoney | None:
    """Everything about an order's money, None before its payment was started."""
    part = part_for(order_id)
    if part is None:
        return None
    commission = Money(part.fee_minor - part.fee_refunded_minor, part.currency)
    provider_fee = Money(part.borne_fee.minor - part.provider_fee_refunded_minor, part.currency)
    kept = Money(part.amount_minor - part.refunded_minor - part.disputed_minor, part.currency)
    transfers = _all(select(Transfer).where(Transfer.part_id == part.id).order_by(Transfer.id))
    taken = select(TransferReversal).where(TransferReversal.transfer_id.in_([row.id for row in transfers]))
    return OrderMoney(
        gross=Money(part.amount_minor, part.currency),
        commission=commission,
        provider_fee=provider_fee,
        refunded=Money(part.refunded_minor, part.currency),
        disputed=Money(part.disputed_minor, part.currency),
        net=kept - commission - provider_fee,
        refundable=part.refundable,
        transfers=transfers,
        reversals=_all(taken.order_by(TransferReversal.id)),
        refunds=_all(select(Refund).where(Refund.part_id == part.id).order_by(Refund.id)),
        disputes=_all(select(Dispute).where(Dispute.part_id == part.id).order_by(Dispute.id)),
    )


def _all(statement: Select[T]) -> Sequence[T]:
    return db.session().scalars(statement).all()


# --- disputes
def dispute(dispute_id: UUID) -> Dispute:
    """A dispute of the open workspace. Raises NotFound."""
    return db.get(Dispute, dispute_id)


def dispute_files(dispute_id: UUID) -> Sequence[DisputeFile]:
    """What the seller attached, in the order they did."""
    return _all(select(DisputeFile).where(DisputeFile.dispute_id == dispute_id).order_by(DisputeFile.id))


def evidence_state(row: Dispute) -> str:
    """Where the seller's answer is: `open`, `given` (handed in), `sent` (at the bank), `failed`, `late`, or `none` (nothing to answer)."""
    if row.evidence_sent_at:
        return "sent"
    if row.evidence_error:
        return "failed"
    if row.evidence_given_at:
        return "given"
    if row.status not in ("needs_response", "warning_needs_response"):
        return "none"
    return "late" if row.evidence_due_at and row.evidence_due_at <= db.now() else "open"


# --- the payouts page
def account() -> SellerAccount | None:
    """The open workspace's Stripe account."""
    return db.session().scalars(select(SellerAccount)).one_or_none()


@dataclass(frozen=True)
class Balance:
    """Where a seller's money is, in one currency.

    `on_the_way`: promised, the transfer is being sent. `held`: kept until the account is ready. `available`: in the
    seller's Stripe balance. `paid_out`: arrived at the bank. `owed`: could not be taken back yet.
    """

    currency: str
    on_the_way: Money
    held: Money
    available: Money
    paid_out: Money
    owed: Money


def balances() -> list[Balance]:
    """One Balance per currency that ever moved, in alphabetical order."""
    unsent = {
        state: _unsent(names) for state, names in (("way", ("promised", "sending", "failed")), ("held", ("held",)))
    }
    booked = {name: {money.currency: money.minor for money in found} for name, found in ledger.balances().items()}
    currencies = sorted({currency for found in [*unsent.values(), *booked.values()] for currency in found})

    def of(found: dict[str, int] | None, currency: str, sign: int = 1) -> Money:
        return Money(sign * (found or {}).get(currency, 0), currency)

    return [
        Balance(
            currency,
            of(unsent["way"], currency),
            of(unsent["held"], currency),
            of(booked.get("stripe_balance"), currency),
            of(booked.get("bank"), currency),
            of(booked.get("receivable"), currency, -1),
        )
        for currency in currencies
    ]


def _unsent(names: Sequence[str]) -> dict[str, int]:
    rows = db.session().execute(
        select(Transfer.currency, func.sum(Transfer.amount_minor - Transfer.withheld_minor))
        .where(Transfer.state.in_(names))
        .group_by(Transfer.currency)
    )
    return {currency: int(minor) for currency, minor in rows}


@dataclass(frozen=True)
class TransferRow:
    """A transfer with the order that it pays for."""

    transfer: Transfer
    order_id: UUID

    @property
    def amount(self) -> Money:
        return self.transfer.to_send

    @property
    def taken_back(self) -> Money:
        return Money(self.transfer.reversed_minor, self.transfer.currency)


def recent_transfers(limit: int = 20) -> list[TransferRow]:
    """The newest transfers first."""
    rows = db.session().execute(
        select(Transfer, PaymentPart.order_id)
        .join(PaymentPart, PaymentPart.id == Transfer.part_id)
        .order_by(Transfer.id.desc())
        .limit(limit)
    )
    return [TransferRow(transfer, order_id) for transfer, order_id in rows]


def recent_payouts(limit: int = 20) -> Sequence[Payout]:
    return db.session().scalars(select(Payout).order_by(Payout.id.desc()).limit(limit)).all()


def open_and_recent_disputes(limit: int = 20) -> Sequence[Dispute]:
    """Disputes, those that wait for an answer first."""
    waiting = Dispute.closed_at.is_not(None)
    return db.session().scalars(select(Dispute).order_by(waiting, Dispute.id.desc()).limit(limit)).all()


def debts() -> Sequence[TransferReversal]:
    """What could not be taken back yet."""
    return _all(select(TransferReversal).where(TransferReversal.state == "failed").order_by(TransferReversal.id))


# --- the ledger
@dataclass(frozen=True)
class LedgerRow:
    """One entry with its booking; `amount` is signed, debits positive."""

    id: UUID
    at: datetime
    kind: str
    key: str
    order_id: UUID | None
    account: str
    amount: Money

    @property
    def cursor(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"


def ledger_rows(order_id: UUID | None = None, after: str = "", limit: int = 50) -> list[LedgerRow]:
    """Entries of the open workspace, newest first; `after` is the last row's cursor (a broken one starts again)."""
    statement = _ledger(order_id).order_by(LedgerTransaction.at.desc(), LedgerEntry.id.desc()).limit(limit)
    place = _place(after)
    if place:
        at, entry_id = place
        statement = statement.where(
            or_(LedgerTransaction.at < at, and_(LedgerTransaction.at == at, LedgerEntry.id < entry_id))
        )
    return [_row(entry, booking) for entry, booking in db.session().execute(statement)]


def all_ledger_rows(order_id: UUID | None = None) -> Iterator[LedgerRow]:
    """Every entry, oldest first, read in batches: for the export."""
    statement = _ledger(order_id).order_by(LedgerTransaction.at, LedgerEntry.id).execution_options(yield_per=500)
    for entry, booking in db.session().execute(statement):
        yield _row(entry, booking)


def _ledger(order_id: UUID | None) -> Select[LedgerEntry, LedgerTransaction]:
    statement = select(LedgerEntry, LedgerTransaction).join(
        LedgerTransaction,
        and_(
            LedgerTransaction.workspace_id == LedgerEntry.workspace_id,
            LedgerTransaction.id == LedgerEntry.transaction_id,
        ),
    )
    return statement.where(LedgerTransaction.order_id == order_id) if order_id else statement


def _row(entry: LedgerEntry, booking: LedgerTransaction) -> LedgerRow:
    return LedgerRow(
        id=entry.id,
        at=booking.at,
        kind=booking.kind,
        key=booking.key,
        order_id=booking.order_id,
        account=entry.account,
        amount=Money(entry.amount_minor, entry.currency),
    )


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    at, _, entry_id = cursor.partition("~")
    try:
        return datetime.fromisoformat(at), UUID(entry_id)
    except ValueError:
        return None


# --- disputes in words
def dispute_words(dispute: Dispute) -> tuple[str, str, str]:
    """What the state of a dispute is called, its tone, and what it means for the seller."""
    label, tone, meaning = words.named(words.DISPUTES, dispute.status)
    return label, tone, meaning


def dispute_reason(dispute: Dispute) -> str:
    """What the buyer's bank says."""
    return str(words.named(words.REASONS, dispute.reason))
