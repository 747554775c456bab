"""What postage costs a seller: paid from the account with the carrier, outside of Stripe, and part of an order's profit."""

from uuid import UUID

from app.core.money import Money
from app.payments import ledger


def book_label(label_id: UUID, order_id: UUID, cost: Money) -> bool:
    """Book a label's price, once. A label that cost nothing leaves no booking."""
    if not cost.minor:
        return False
    entries = {"label_costs": cost.minor, "carriers": -cost.minor}
    return ledger.book("label", f"label:{label_id}", cost.currency, entries, order_id)


def unbook_label(label_id: UUID) -> bool:
    """The carrier took the label back: the cost is undone, once."""
    return ledger.undo(f"label:{label_id}", "label_refund")
