"""The double-entry ledger. A booking has a key, so the same fact is booked once; its entries sum to zero.

A seller's books: clearing (with the platform), stripe_balance, bank, receivable (owed to the platform), sales,
delivery_income, discounts, commission, provider_fees, refunds, disputes, label_costs, carriers (postage paid to carriers
outside of Stripe), platforms (owed by marketplaces and own shops elsewhere that took the buyer's money). Debits are positive, credits negative.
The platform's books (workspace db.PLATFORM) mirror each fact: there clearing is what it owes sellers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.payments.models import Dispute, LedgerEntry, LedgerTransaction, PaymentPart, Payout, Refund

ACCOUNTS = (
    "clearing",
    "sales",
    "delivery_income",
    "discounts",
    "commission",
    "provider_fees",
    "refunds",
    "disputes",
    "stripe_balance",
    "bank",
    "receivable",
    "label_costs",
    "carriers",
    "platforms",
)


@dataclass(frozen=True)
class Sale:
    """How a seller's share of a payment splits; `delivery` and `discount` tell income apart."""

    part: PaymentPart
    delivery: Money
    discount: Money


def book(kind: str, key: str, currency: str, entries: Mapping[str, int], order_id: UUID | None = None) -> bool:
    """Write one booking in the open workspace: account → minor units, debits positive. False when `key` was booked before.

    Raises ValueError when the entries do not sum to zero or name an unknown account.
    """
    if sum(entries.values()) != 0 or set(entries) - set(ACCOUNTS):
        raise ValueError(f"booking {key} does not balance: {dict(entries)}")
    transaction_id = _begin(kind, key, order_id)
    if transaction_id is None:
        return False
    rows = [_entry(transaction_id, account, currency, minor) for account, minor in entries.items() if minor]
    if rows:
        db.session().execute(insert(LedgerEntry), rows)
    return True


def _begin(kind: str, key: str, order_id: UUID | None) -> UUID | None:
    statement = (
        insert_or_skip(LedgerTransaction)
        .values(workspace_id=db.current_workspace(), id=new_id(), kind=kind, key=key, order_id=order_id, at=db.now())
        .on_conflict_do_nothing(index_elements=["workspace_id", "key"])
    )
    return db.session().scalars(statement.returning(LedgerTransaction.id)).one_or_none()


def _entry(transaction_id: UUID, account: str, currency: str, minor: int) -> dict[str, object]:
    return {
        "workspace_id": db.current_workspace(),
        "id": new_id(),
        "transaction_id": transaction_id,
        "account": account,
        "currency": currency,
        "amount_minor": minor,
    }


def booked(key: str) -> bool:
    """Whether the open workspace has a booking with this key."""
    return db.session().scalars(select(LedgerTransaction.id).where(LedgerTransaction.key == key)).first() is not None


def undo(key: str, kind: str) -> bool:
    """Book the opposite of the booking `key`, once. False when it was never booked or is undone already."""
    session = db.session()
    original = session.scalars(select(LedgerTransaction).where(LedgerTransaction.key == key)).one_or_none()
    if original is None:
        return False
    sums = session.execute(
        select(LedgerEntry.currency, LedgerEntry.account, func.sum(LedgerEntry.amount_minor))
        .where(LedgerEntry.transaction_id == original.id)
        .group_by(LedgerEntry.currency, LedgerEntry.account)
    ).all()
    transaction_id = _begin(kind, f"undo:{key}", original.order_id)
    if transaction_id is None:
        return False
    rows = [_entry(transaction_id, account, currency, -int(minor)) for currency, account, minor in sums]
    if rows:
        session.execute(insert(LedgerEntry), rows)
    return True


def undo_both(key: str, kind: str) -> None:
    """Undo a booking in the seller's books and its mirror in the platform's."""
    undo(key, kind)
    with db.workspace(db.PLATFORM):
        undo(key, kind)


def _on_platform(kind: str, key: str, currency: str, entries: Mapping[str, int], order_id: UUID | None) -> None:
    with db.workspace(db.PLATFORM):
        book(kind, key, currency, entries, order_id)


def book_sale(sale: Sale) -> bool:
    """The buyer's money is with the platform: income, discount, commission and Stripe's fee. Returns whether it is new."""
    part, key = sale.part, f"sale:{sale.part.order_id}"
    gross, fee, card = part.amount_minor, part.fee_minor, part.borne_fee.minor
    new = book(
        "sale",
        key,
        part.currency,
        {
            "clearing": gross - fee - card,
            "commission": fee,
            "provider_fees": card,
            "discounts": sale.discount.minor,
            "delivery_income": -sale.delivery.minor,
            "sales": -(gross - sale.delivery.minor + sale.discount.minor),
        },
        part.order_id,
    )
    mirror = {
        "stripe_balance": gross - part.provider_fee_minor,
        "provider_fees": part.provider_fee_minor - card,
        "commission": -fee,
        "clearing": -(gross - fee - card),
    }
    _on_platform("sale", key, part.currency, mirror, part.order_id)
    return new


def book_transfer(key: str, amount: Money, order_id: UUID) -> None:
    """Money moved from the platform to the seller's Stripe balance."""
    entries = {"stripe_balance": amount.minor, "clearing": -amount.minor}
    book("transfer", key, amount.currency, entries, order_id)
    _on_platform("transfer", key, amount.currency, {a: -minor for a, minor in entries.items()}, order_id)


def book_reversal(key: str, amount: Money, order_id: UUID, *, from_receivable: bool) -> None:
    """Money taken back from the seller's Stripe balance; settles what was a receivable when it had failed before."""
    against = "receivable" if from_receivable else "clearing"
    entries = {against: amount.minor, "stripe_balance": -amount.minor}
    book("reversal", key, amount.currency, entries, order_id)
    _on_platform("reversal", key, amount.currency, {a: -minor for a, minor in entries.items()}, order_id)


def book_receivable(key: str, amount: Money, order_id: UUID) -> None:
    """The seller's Stripe balance could not give the money back: from now on they owe it."""
    entries = {"clearing": amount.minor, "receivable": -amount.minor}
    book("receivable", key, amount.currency, entries, order_id)
    _on_platform("receivable", key, amount.currency, {a: -minor for a, minor in entries.items()}, order_id)


def book_refund(refund: Refund) -> None:
    """The buyer's money goes back; commission and the borne card fee come back to the seller."""
    _book_return("refund", f"refund:{refund.id}", "refunds", refund)


def book_dispute(dispute: Dispute) -> None:
    """The bank took the money; what Stripe charges for the dispute is booked by the caller, on the platform."""
    _book_return("dispute", f"dispute:{dispute.id}", "disputes", dispute)


def _book_return(kind: str, key: str, account: str, row: Refund | Dispute) -> None:
    gross, fee, card = row.amount_minor, row.fee_minor, row.provider_fee_minor
    seller = {account: gross, "commission": -fee, "provider_fees": -card, "clearing": -(gross - fee - card)}
    book(kind, key, row.currency, seller, row.order_id)
    platform = {"clearing": gross - fee - card, "commission": fee, "provider_fees": card, "stripe_balance": -gross}
    _on_platform(kind, key, row.currency, platform, row.order_id)


def book_payout(payout: Payout) -> bool:
    """Stripe paid the seller's bank."""
    entries = {"bank": payout.amount_minor, "stripe_balance": -payout.amount_minor}
    return book("payout", f"payout:{payout.stripe_payout_id}", payout.currency, entries)


def unbook_payout(payout: Payout) -> bool:
    """A payout that was paid came back: the balance is restored, once."""
    return undo(f"payout:{payout.stripe_payout_id}", "payout_failed")


def balances() -> Mapping[str, Sequence[Money]]:
    """The open workspace's balance of each account, one Money per currency; debits positive."""
    rows = db.session().execute(
        select(LedgerEntry.account, LedgerEntry.currency, func.sum(LedgerEntry.amount_minor))
        .group_by(LedgerEntry.account, LedgerEntry.currency)
        .order_by(LedgerEntry.account, LedgerEntry.currency)
    )
    found: dict[str, list[Money]] = {}
    for account, currency, minor in rows:
        found.setdefault(account, []).append(Money(int(minor), currency))
    return found
