"""States in the words that sellers use."""

from app.shipping.actions.tracking import WORDS as STATUS

LABELS = {
    "intended": "Waiting to be bought",
    "sent": "Being bought",
    "bought": "Bought",
    "void_requested": "Refund under way",
    "voided": "Given back",
    "failed": "Not bought",
    "kept": "Paid, not used",
}
PARCELS = {
    "draft": "Planned",
    "labelled": "Label bought",
    "shipped": "Sent",
    "delivered": "Delivered",
    "returned": "Came back",
    "lost": "Lost",
    "cancelled": "Unpacked",
}
BATCHES = {
    "looking": "Looking it over",
    "ready": "Ready to buy",
    "running": "Buying",
    "cancelled": "Cancelled",
    "done": "Done",
}
ITEMS = {
    "waiting": "Looking",
    "ready": "Ready",
    "cannot": "Cannot",
    "buying": "Buying",
    "bought": "Bought",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
RETURNS = {
    "asked": "Asked",
    "accepted": "Accepted",
    "declined": "Declined",
    "label_sent": "Label sent",
    "on_the_way": "On its way back",
    "received": "Received",
    "refunded": "Refunded",
    "withdrawn": "Withdrawn",
    "closed": "Closed",
}
RETURN_TONES = {
    "asked": "new",
    "accepted": "approved",
    "declined": "declined",
    "label_sent": "label_bought",
    "on_the_way": "in_transit",
    "received": "returned",
    "refunded": "refunded",
    "withdrawn": "cancelled",
    "closed": "archived",
}
BADGES = {"cheapest": "Cheapest", "fastest": "Fastest"}
__all__ = ["BADGES", "BATCHES", "ITEMS", "LABELS", "PARCELS", "RETURNS", "RETURN_TONES", "STATUS"]
