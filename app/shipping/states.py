"""What the states of a label and a parcel mean to each other; private to shipping."""

from datetime import datetime

from app.shipping.carrier import STATUSES

ALIVE = ("intended", "sent", "bought")
"""A parcel has at most one label in these states; a unique index holds it."""
OPEN = ("draft", "labelled", "shipped")
MOVING = ("in_transit", "out_for_delivery", "available_for_pickup", "delivered", "return_to_sender", "failure")
"""Statuses that prove the carrier has had the parcel in hand."""
LAST = ("delivered", "return_to_sender", "failure", "cancelled")
RANK = {status: rank for rank, status in enumerate(STATUSES)}


def overtakes(status: str, at: datetime, current: str, current_at: datetime | None) -> bool:
    """Whether a scan becomes the parcel's status: the newest by the carrier's clock wins, and delivered is only left by
    a later return or failure (TRAPS.md B15)."""
    if status == "unknown":
        return False
    if current == "delivered" and status not in ("return_to_sender", "failure"):
        return False
    if current_at is None or at > current_at:
        return True
    return at == current_at and RANK[status] > RANK[current]
