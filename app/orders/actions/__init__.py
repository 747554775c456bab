"""The face of the order book's actions, by noun."""

from app.orders.actions.paying import claim, end_unpaid, hold_for_bank, mark_paid
from app.orders.actions.placing import LineRequest, SellerOrder, place

__all__ = ["LineRequest", "SellerOrder", "claim", "end_unpaid", "hold_for_bank", "mark_paid", "place"]
