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
BADGES = {"cheapest": "Cheapest", "fastest": "Fastest"}
__all__ = ["BADGES", "BATCHES", "ITEMS", "LABELS", "PARCELS", "STATUS"]
