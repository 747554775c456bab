"""How the order pages call things. Private to orders."""

from babel import Locale

from app.orders.queries import Filters
from app.orders.queries.addressed import KEPT

TABS = {
    "ready": "To ship",
    "late": "Late",
    "today": "Due today",
    "labelled": "Label bought",
    "held": "On hold",
    "unpaid": "Unpaid",
    "disputed": "Disputed",
    "sent": "Done",
    "cancelled": "Cancelled",
    "all": "All",
}
ONLY_WHEN_THERE = ("late", "today", "labelled", "held", "disputed")
CHANNELS = {"own": "Guildhall", "tiktok": "TikTok Shop", "shopee": "Shopee", "woocommerce": "WooCommerce"}
PAYMENTS = {
    "paid": "Paid",
    "processing": "With the bank",
    "part_refunded": "Partly refunded",
    "refunded": "Refunded",
    "disputed": "Disputed",
}
SORTS = {
    "ship_by": "Ship by, soonest first",
    "-placed": "Newest first",
    "placed": "Oldest first",
    "-total": "Largest total first",
    "total": "Smallest total first",
    "buyer": "Buyer, A to Z",
}
_NAMES = Locale("en").territories


def country(code: str) -> str:
    """The name of an ISO 3166 code, or the code itself."""
    return str(_NAMES.get(code, code))


def channel(name: str) -> str:
    return CHANNELS.get(name, name.replace("_", " ").capitalize())


def chip(name: str, filters: Filters) -> str:
    """What an active filter is called on its chip."""
    value = filters.active[name]
    return {
        "q": f"Search: {value}",
        "kind": "Downloads" if value == "digital" else "Shipped",
        "country": f"To {country(value)}",
        "channel": channel(value),
        "sku": f"With {value}",
        "tag": f"Tag: {value}",
        "payment": PAYMENTS.get(value, value),
        "since": f"From {value}",
        "until": f"Until {value}",
        "late": "Late",
        "noted": "With a note",
        "sort": SORTS.get(value, value),
    }[name]


def chips(filters: Filters) -> list[tuple[str, str]]:
    """(name, words) of each filter that is on, sorting left out."""
    return [(name, chip(name, filters)) for name in KEPT if name in filters.active and name != "sort"]
