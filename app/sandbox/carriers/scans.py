"""The scans a parcel can get, in no provider's words."""

from dataclasses import dataclass

UNKNOWN, PRE_TRANSIT, IN_TRANSIT, OUT, PICKUP = (
    "unknown",
    "pre_transit",
    "in_transit",
    "out_for_delivery",
    "available_for_pickup",
)
DELIVERED, FAILURE, RETURNED = "delivered", "failure", "return_to_sender"
NEVER_SCANNED = (UNKNOWN, PRE_TRANSIT)
OVER = (DELIVERED, RETURNED)


@dataclass(frozen=True, slots=True)
class Scan:
    """`place` says where it happens: at the sender (from), on the way (hub), at the recipient (to), or nowhere."""

    status: str
    detail: str
    text: str
    place: str


SCANS = {
    "label_created": Scan(PRE_TRANSIT, "label_created", "Shipping label created, awaiting item", "from"),
    "accepted": Scan(IN_TRANSIT, "arrived_at_facility", "Accepted at origin facility", "from"),
    "in_transit": Scan(IN_TRANSIT, "departed_facility", "In transit to next facility", "hub"),
    "out_for_delivery": Scan(OUT, "out_for_delivery", "Out for delivery", "to"),
    "available_for_pickup": Scan(PICKUP, "arrived_at_pickup_location", "Available for pickup", "to"),
    "delivered": Scan(DELIVERED, "delivered", "Delivered, left with individual", "to"),
    "exception": Scan(FAILURE, "delivery_attempted", "Delivery attempted, no access to delivery location", "to"),
    "returned": Scan(RETURNED, "return_to_sender", "Returned to sender", "from"),
}
HUBS = (("CHICAGO", "IL", "60607"), ("MEMPHIS", "TN", "38118"), ("DALLAS", "TX", "75201"), ("DENVER", "CO", "80202"))
