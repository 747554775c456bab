"""Shopee's statuses in our words, and which may follow which (SHOPEE.md §5, TRAPS.md C18 and F42)."""

from collections.abc import Sequence

ORDERS = {
    "UNPAID": "unpaid",
    "PENDING": "on_hold",
    "INVOICE_PENDING": "on_hold",
    "READY_TO_SHIP": "to_ship",
    "RETRY_SHIP": "to_ship",
    "PROCESSED": "awaiting_collection",
    "SHIPPED": "in_transit",
    "TO_CONFIRM_RECEIVE": "delivered",
    "TO_RETURN": "delivered",
    "COMPLETED": "completed",
    "IN_CANCEL": "cancel_requested",
    "CANCELLED": "cancelled",
}
PACKAGES = {
    "NOT_STARTED": "to_ship",
    "READY": "to_ship",
    "PENDING_ARRANGE": "to_ship",
    "PICKUP_RETRY": "to_ship",
    "REQUEST_CREATED": "arranged",
    "PICKUP_DONE": "in_transit",
    "DELIVERY_DONE": "delivered",
    "PICKUP_FAILED": "failed",
    "DELIVERY_FAILED": "failed",
    "COD_REJECTED": "failed",
    "LOST": "failed",
    "REQUEST_CANCELED": "cancelled",
    "INVALID": "cancelled",
}
RETURNS = {
    "REQUESTED": "asked",
    "ACCEPTED": "accepted",
    "PROCESSING": "on_the_way",
    "JUDGING": "disputed",
    "SELLER_DISPUTE": "disputed",
    "REFUND_PAID": "refunded",
    "CLOSED": "refused",
    "CANCELLED": "cancelled",
}
ITEMS = {"NORMAL": "active", "UNLIST": "inactive", "BANNED": "refused", "REVIEWING": "pending"}
ITEMS |= {"SELLER_DELETE": "gone", "SHOPEE_DELETE": "gone"}
LISTED = ("NORMAL", "UNLIST", "BANNED", "REVIEWING")
RANKS = {
    "UNPAID": 0,
    "PENDING": 1,
    "INVOICE_PENDING": 2,
    "READY_TO_SHIP": 3,
    "RETRY_SHIP": 4,
    "PROCESSED": 5,
    "IN_CANCEL": 6,
    "SHIPPED": 7,
    "TO_CONFIRM_RECEIVE": 8,
    "TO_RETURN": 9,
    "COMPLETED": 10,
    "CANCELLED": 11,
}
WAYS_BACK = {
    ("PROCESSED", "RETRY_SHIP"),  # nobody collected it
    ("IN_CANCEL", "READY_TO_SHIP"),  # the seller refused the buyer's wish
    ("IN_CANCEL", "RETRY_SHIP"),
    ("IN_CANCEL", "PROCESSED"),
}
ENDS = {"COMPLETED", "CANCELLED"}


def order(status: str, packages: Sequence[str] = ()) -> str:
    """An order's state; while some of its parcels are under way and others are not it is shipped in part."""
    state = ORDERS.get(status, "unknown")
    left = [one for one in packages if one not in ("cancelled", "failed")]
    under_way = [one for one in left if one in ("arranged", "in_transit", "delivered")]
    if status in ("READY_TO_SHIP", "PROCESSED", "RETRY_SHIP", "SHIPPED") and 0 < len(under_way) < len(left):
        return "part_shipped"
    return state


def package(status: str) -> str:
    return PACKAGES.get(status.removeprefix("LOGISTICS_"), "unknown")


def follows(before: str, after: str) -> bool:
    """Forward, the same again (COMPLETED recurs as RRAOC), or a legal way back; an unknown status may always follow.

    What has ended stays so: a late SHIPPED after CANCELLED is an old push, not news.
    """
    if before == after or before not in RANKS or after not in RANKS:
        return True
    if before in ENDS:
        return False
    return RANKS[after] > RANKS[before] or (before, after) in WAYS_BACK
