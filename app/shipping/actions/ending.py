"""What becomes of parcels whose order ended: nothing is bought for them, and what was bought is given back."""

from uuid import UUID

from app.core import db
from app.core.actor import SYSTEM
from app.orders.models import Order
from app.shipping import queries
from app.shipping.actions import buying, voiding
from app.shipping.actions.parcels import discard, raise_hand
from app.shipping.models import Label, Parcel


def give_back(order_id: UUID) -> None:
    """After a cancellation; may be called as often as a label of the order settles (TRAPS.md A11)."""
    if db.get(Order, order_id).state != "cancelled":
        return
    for parcel in queries.parcels_of(order_id):
        if parcel.direction == "out":
            _end(parcel, queries.living_label(parcel.id))


def _end(parcel: Parcel, label: Label | None) -> None:
    """A label that the carrier is being asked for is left alone until the answer is known."""
    if label is None or buying.take_back(SYSTEM, label):
        if parcel.state == "draft":
            discard(SYSTEM, parcel)
    elif label.state == "bought":
        try:
            voiding.void(SYSTEM, label)
        except voiding.CannotVoid:
            raise_hand(parcel, "Order cancelled; its label could not be given back")
