"""Payments of a whole cart and each seller's part of them. Amounts in minor units of `currency`."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db
from app.core.money import Money


def owned_by(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"])


class SellerAccount(db.Tenanted, db.Base, db.Timestamped):
    """A workspace's Stripe Express account. `state` is pending, enabled, restricted_soon, restricted or deauthorised."""

    __tablename__ = "seller_accounts"
    stripe_account_id: Mapped[str | None] = mapped_column(unique=True)
    country: Mapped[str] = mapped_column(default="US")
    state: Mapped[str] = mapped_column(default="pending")
    charges_enabled: Mapped[bool] = mapped_column(default=False)
    payouts_enabled: Mapped[bool] = mapped_column(default=False)
    transfers_active: Mapped[bool] = mapped_column(default=False)
    details_submitted: Mapped[bool] = mapped_column(default=False)
    requirements: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    refreshed_at: Mapped[db.When | None]
    __table_args__ = (UniqueConstraint("workspace_id"),)


class Payment(db.Base, db.Timestamped):
    """One buyer's payment for all sellers of a cart. `reference_id` is the order group.

    `state`: pending → open → processing (delayed method) → paid; or expired, failed, cancelled; `flagged` needs a person.
    Its id is the idempotency key of the Checkout Session; `session_expires_at` is fixed before the first try, so that a
    second one asks for the same. `expires_at` is how long the goods are held, `checked_at` when Stripe was last asked.
    """

    __tablename__ = "payments"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID] = mapped_column(index=True)
    reference_id: Mapped[UUID] = mapped_column(unique=True)
    email: Mapped[str]
    currency: Mapped[db.Currency]
    amount_minor: Mapped[db.Minor]
    refunded_minor: Mapped[db.Minor] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="pending")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    session_id: Mapped[str | None] = mapped_column(unique=True)
    session_url: Mapped[str | None]
    session_expires_at: Mapped[db.When | None]
    intent_id: Mapped[str | None] = mapped_column(unique=True)
    charge_id: Mapped[str | None] = mapped_column(unique=True)
    provider_fee_minor: Mapped[db.Minor] = mapped_column(default=0)
    expires_at: Mapped[db.When]
    paid_at: Mapped[db.When | None]
    checked_at: Mapped[db.When | None]
    error: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("refunded_minor <= amount_minor", name="refunded"),
        Index(
            "ix_payments_unsettled", "created_at", postgresql_where=text("state in ('pending', 'open', 'processing')")
        ),
    )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class PaymentPart(db.Tenanted, db.Base, db.Timestamped):
    """One order's share: `amount` the buyer paid for it, `fee` the platform's commission, `provider_fee` Stripe's, by share.

    The seller bears Stripe's fee as far as the sale reaches; what comes back on refunds and disputes is counted beside each.
    """

    __tablename__ = "payment_parts"
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    order_id: Mapped[UUID]
    currency: Mapped[db.Currency]
    amount_minor: Mapped[db.Minor]
    fee_minor: Mapped[db.Minor]
    provider_fee_minor: Mapped[db.Minor] = mapped_column(default=0)
    refunded_minor: Mapped[db.Minor] = mapped_column(default=0)
    fee_refunded_minor: Mapped[db.Minor] = mapped_column(default=0)
    provider_fee_refunded_minor: Mapped[db.Minor] = mapped_column(default=0)
    disputed_minor: Mapped[db.Minor] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="pending")
    __table_args__ = (
        UniqueConstraint("workspace_id", "order_id"),
        Index("ix_payment_parts_payment_id", "payment_id"),
        CheckConstraint("refunded_minor + disputed_minor <= amount_minor", name="refunded"),
    )

    @property
    def borne_fee(self) -> Money:
        """Stripe's fee as the seller bears it: never more than what the sale leaves."""
        return Money(min(self.provider_fee_minor, self.amount_minor - self.fee_minor), self.currency)

    @property
    def net(self) -> Money:
        """What the seller is to receive by transfer."""
        return Money(self.amount_minor - self.fee_minor, self.currency) - self.borne_fee

    @property
    def refundable(self) -> Money:
        """What the buyer can still get back: neither refunded nor promised nor disputed."""
        return Money(self.amount_minor - self.refunded_minor - self.disputed_minor, self.currency)


class Transfer(db.Tenanted, db.Base, db.Timestamped):
    """Money to a seller. `state`: held (account not ready), promised, sending, sent, failed, void (nothing left to send).

    (id, attempt) names the Stripe key. `cause_id` is empty for the sale itself; else the dispute or refund whose money
    returns to the seller. `withheld_minor` was taken off before sending, `reversed_minor` taken back after.
    """

    __tablename__ = "transfers"
    part_id: Mapped[UUID]
    currency: Mapped[db.Currency]
    amount_minor: Mapped[db.Minor]
    cause_id: Mapped[UUID | None]
    withheld_minor: Mapped[db.Minor] = mapped_column(default=0)
    reversed_minor: Mapped[db.Minor] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="promised")
    attempt: Mapped[int] = mapped_column(default=1)
    stripe_account_id: Mapped[str | None]
    stripe_transfer_id: Mapped[str | None] = mapped_column(unique=True)
    error: Mapped[str | None]
    sent_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("payment_parts", "part_id"),
        UniqueConstraint("workspace_id", "part_id", "cause_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("withheld_minor + reversed_minor <= amount_minor", name="reversed"),
        Index("ix_transfers_unsent", "created_at", postgresql_where=text("state in ('promised', 'sending')")),
    )

    @property
    def to_send(self) -> Money:
        return Money(self.amount_minor - self.withheld_minor, self.currency)

    @property
    def left(self) -> Money:
        """What can still be taken back (or withheld)."""
        return Money(self.amount_minor - self.withheld_minor - self.reversed_minor, self.currency)


class Refund(db.Tenanted, db.Base, db.Timestamped):
    """Money back to the buyer. `state`: promised → pending → succeeded, or failed, canceled. Its id is the Stripe key.

    `lines` is a list of {line_id, quantity, amount_minor}; `fee_minor` is the commission given back, `provider_fee_minor`
    the part of Stripe's fee (which Stripe keeps) that the platform takes over from the seller.
    """

    __tablename__ = "refunds"
    part_id: Mapped[UUID]
    order_id: Mapped[UUID]
    currency: Mapped[db.Currency]
    amount_minor: Mapped[db.Minor]
    fee_minor: Mapped[db.Minor]
    provider_fee_minor: Mapped[db.Minor] = mapped_column(default=0)
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    restock: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="promised")
    stripe_refund_id: Mapped[str | None]
    actor_name: Mapped[str]
    error: Mapped[str | None]
    __table_args__ = (
        owned_by("payment_parts", "part_id"),
        UniqueConstraint("workspace_id", "stripe_refund_id"),
        Index("ix_refunds_unsettled", "created_at", postgresql_where=text("state in ('promised', 'pending')")),
        Index("ix_refunds_workspace_id_order_id", "workspace_id", "order_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class TransferReversal(db.Tenanted, db.Base, db.Timestamped):
    """Money taken back from a seller for a refund or dispute (`cause_id`).

    `state`: promised, sending, done, withheld (taken off before the transfer was sent), failed (a receivable), returned.
    """

    __tablename__ = "transfer_reversals"
    transfer_id: Mapped[UUID]
    cause_id: Mapped[UUID]
    currency: Mapped[db.Currency]
    amount_minor: Mapped[db.Minor]
    state: Mapped[str] = mapped_column(default="promised")
    attempt: Mapped[int] = mapped_column(default=1)
    stripe_reversal_id: Mapped[str | None] = mapped_column(unique=True)
    error: Mapped[str | None]
    __table_args__ = (owned_by("transfers", "transfer_id"), UniqueConstraint("workspace_id", "transfer_id", "cause_id"))


class Dispute(db.Tenanted, db.Base, db.Timestamped):
    """A seller's share of a chargeback or inquiry. `status` is Stripe's own word.

    `evidence_given_at`: the seller handed their part in; `evidence_sent_at`: the bank has it.
    """

    __tablename__ = "disputes"
    part_id: Mapped[UUID]
    order_id: Mapped[UUID]
    stripe_dispute_id: Mapped[str]
    currency: Mapped[db.Currency]
    amount_minor: Mapped[db.Minor]
    fee_minor: Mapped[db.Minor] = mapped_column(default=0)
    provider_fee_minor: Mapped[db.Minor] = mapped_column(default=0)
    status: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    money_moved: Mapped[bool] = mapped_column(default=False)
    evidence_due_at: Mapped[db.When | None]
    evidence_text: Mapped[str] = mapped_column(default="", server_default="")
    evidence_given_at: Mapped[db.When | None]
    evidence_sent_at: Mapped[db.When | None]
    evidence_error: Mapped[str] = mapped_column(default="", server_default="")
    closed_at: Mapped[db.When | None]
    __table_args__ = (owned_by("payment_parts", "part_id"), UniqueConstraint("workspace_id", "stripe_dispute_id"))

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class DisputeFile(db.Tenanted, db.Base, db.Timestamped):
    """A paper for the bank. `kind` is Stripe's name for it, `size` in bytes. Files of one kind share a `stripe_file_id`."""

    __tablename__ = "dispute_files"
    dispute_id: Mapped[UUID]
    kind: Mapped[str]
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    storage_key: Mapped[str]
    stripe_file_id: Mapped[str | None]
    __table_args__ = (owned_by("disputes", "dispute_id"), Index("ix_dispute_files_dispute_id", "dispute_id"))


class Payout(db.Tenanted, db.Base, db.Timestamped):
    """Stripe paying a seller's bank. `status`: pending, in_transit, paid, failed, canceled; paid may still turn failed."""

    __tablename__ = "payouts"
    stripe_payout_id: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[db.Currency]
    amount_minor: Mapped[db.Minor]
    status: Mapped[str]
    arrives_at: Mapped[db.When | None]
    failure: Mapped[str | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class FeeRule(db.Base, db.Timestamped):
    """What the platform's commission for a shop, a category, or (both empty) everything else is from `starts_at` on.

    A change is a new row, so that the past keeps what it paid. Without `basis_points` a shop or category has no rule of
    its own from then on. The most specific that has begun wins: shop, then category, then default.
    """

    __tablename__ = "fee_rules"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID | None]
    category_id: Mapped[UUID | None]
    basis_points: Mapped[int | None]
    starts_at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (
        UniqueConstraint("shop_id", "category_id", "starts_at", postgresql_nulls_not_distinct=True),
        CheckConstraint("basis_points between 0 and 10000", name="basis_points"),
        CheckConstraint("shop_id is null or category_id is null", name="one_target"),
        CheckConstraint("basis_points is not null or shop_id is not null or category_id is not null", name="default"),
    )


class LedgerTransaction(db.Tenanted, db.Base):
    """A booking. `key` is unique per workspace, so the same fact is booked once. Append-only."""

    __tablename__ = "ledger_transactions"
    kind: Mapped[str]
    key: Mapped[str]
    order_id: Mapped[UUID | None]
    at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        Index("ix_ledger_transactions_order", "workspace_id", "order_id"),
    )


class LedgerEntry(db.Tenanted, db.Base):
    """One side of a booking: debits positive, credits negative; a transaction sums to zero per currency. Append-only."""

    __tablename__ = "ledger_entries"
    transaction_id: Mapped[UUID]
    account: Mapped[str]
    currency: Mapped[db.Currency]
    amount_minor: Mapped[db.Minor]
    __table_args__ = (
        owned_by("ledger_transactions", "transaction_id"),
        Index("ix_ledger_entries_transaction", "workspace_id", "transaction_id"),
        Index("ix_ledger_entries_account", "workspace_id", "account", "currency"),
    )
