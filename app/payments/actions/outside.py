"""Sales whose money a platform took: what it owes the seller, as the platform's own sums say today."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select

from app.core import db
from app.payments import ledger
from app.payments.models import LedgerEntry, LedgerTransaction

KIND = "platform_sale"


def book_outside(
    order_id: UUID, currency: str, *, goods: int = 0, discounts: int = 0, delivery: int = 0, refunded: int = 0
) -> bool:
    """Bring the books of an order in line with what the platform says, minor units; books only what differs from before.

    `discounts` are those that the seller pays for. All zero: the order is over and nothing is owed. The caller holds the order's
    lock. Returns whether anything was booked.
    """
    owed = goods - discounts + delivery - refunded
    wanted = {
        "platforms": owed,
        "sales": -goods,
        "discounts": discounts,
        "delivery_income": -delivery,
        "refunds": refunded,
    }
    booked, turns = _booked(order_id)
    differs = {account: minor - booked.get(account, 0) for account, minor in wanted.items()}
    if not any(differs.values()):
        return False
    return ledger.book(KIND, f"{KIND}:{order_id}:{turns + 1}", currency, differs, order_id)


def _booked(order_id: UUID) -> tuple[Mapping[str, int], int]:
    """What stands in the books of an order, by account, and in how many bookings."""
    mine = (LedgerTransaction.order_id == order_id, LedgerTransaction.kind == KIND)
    turns = db.session().scalar(select(func.count()).select_from(LedgerTransaction).where(*mine)) or 0
    sums = (
        select(LedgerEntry.account, func.sum(LedgerEntry.amount_minor))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(*mine)
        .group_by(LedgerEntry.account)
    )
    return {account: int(minor) for account, minor in db.session().execute(sums)}, turns
