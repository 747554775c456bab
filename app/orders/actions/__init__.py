"""The face of the order book's actions, by noun."""

from app.orders.actions.paying import claim, end_unpaid, hold_for_bank, mark_paid
from app.orders.actions.placing import LineRequest, PriceChanged, SellerOrder, place
from app.orders.actions.refunding import (
    Consequence,
    RefundLine,
    TooMuch,
    dispute_moved,
    refund,
    refund_moved,
    refund_preview,
)
from app.orders.actions.sending import CannotSend, NothingToSend, add_note, cancel, fulfil
from app.orders.actions.telling import purchase_token, send_links, send_receipt, tell_sellers

__all__ = [
    "CannotSend",
    "Consequence",
    "LineRequest",
    "NothingToSend",
    "PriceChanged",
    "RefundLine",
    "SellerOrder",
    "TooMuch",
    "add_note",
    "cancel",
    "claim",
    "dispute_moved",
    "end_unpaid",
    "fulfil",
    "hold_for_bank",
    "mark_paid",
    "place",
    "purchase_token",
    "refund",
    "refund_moved",
    "refund_preview",
    "send_links",
    "send_receipt",
    "tell_sellers",
]
