"""Whose word counts, and from when: what was bought has to be paid, and with its buyer."""

from datetime import datetime, timedelta

from app.access.models import Grant
from app.core import db
from app.orders.models import Fulfilment, Order, OrderLine

UNFOLLOWED = timedelta(days=14)
"""After this long a parcel counts as arrived whose carrier has not told us."""
UNPAID = frozenset({"refund", "dispute"})
"""Reasons to stop a purchase that take the money back. A seller's own is none: they would silence whom they like."""


def paid(grant: Grant) -> bool:
    return UNPAID.isdisjoint(grant.stops)


def ready_at(line: OrderLine, order: Order) -> datetime | None:
    """When what a line bought was with its buyer, None while it is not. Files are at once; things once the first parcel with
    them arrived."""
    if line.downloads or not line.ships:
        return order.paid_at
    sent = [one for one in order.fulfilments if any(held["line_id"] == str(line.id) for held in one.lines)]
    return min((at for at in map(arrived_at, sent) if at is not None), default=None)


def arrived_at(parcel: Fulfilment) -> datetime | None:
    """As the carrier said; when it was sent without tracking; or when nobody said anything for long."""
    if parcel.state == "cancelled":
        return None
    if parcel.state == "delivered":
        return parcel.delivered_at or parcel.created_at
    if not parcel.tracking_number:
        return parcel.created_at
    by_now = parcel.created_at + UNFOLLOWED
    return by_now if by_now <= db.now() else None
