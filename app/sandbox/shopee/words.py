"""Single values as Shopee writes them: numbers for ids, amounts in main units, hidden addresses, statuses."""

from datetime import UTC, datetime
from typing import Any

from app.sandbox.market.store import Doc

NO_MINOR = ("VND", "JPY", "KRW")
WHOLE_PRICES = ("VN", "ID", "TH", "PH", "TW", "CO", "CL")
"""Regions that sell in whole units, whatever their currency has."""
ORDERS = {
    "unpaid": "UNPAID",
    "on_hold": "PENDING",
    "to_ship": "READY_TO_SHIP",
    "part_shipped": "READY_TO_SHIP",
    "awaiting_collection": "PROCESSED",
    "in_transit": "SHIPPED",
    "delivered": "TO_CONFIRM_RECEIVE",
    "completed": "COMPLETED",
    "cancel_requested": "IN_CANCEL",
    "cancelled": "CANCELLED",
}
PACKAGES = {
    "to_ship": "LOGISTICS_READY",
    "arranged": "LOGISTICS_REQUEST_CREATED",
    "in_transit": "LOGISTICS_PICKUP_DONE",
    "delivered": "LOGISTICS_DELIVERY_DONE",
    "failed": "LOGISTICS_DELIVERY_FAILED",
    "cancelled": "LOGISTICS_REQUEST_CANCELED",
}
RETURNS = {
    "asked": "REQUESTED",
    "accepted": "ACCEPTED",
    "on_the_way": "PROCESSING",
    "refused": "CLOSED",
    "disputed": "SELLER_DISPUTE",
    "refunded": "REFUND_PAID",
    "cancelled": "CANCELLED",
}
BEFORE_PAYMENT = ("unpaid", "on_hold")


def amount(minor: int, currency: str, region: str) -> int | float:
    """An amount as a JSON number in main units: whole in regions that sell in whole units."""
    if currency in NO_MINOR:
        return minor
    if region in WHOLE_PRICES:
        return round(minor / 100)
    return round(minor / 100, 2)


def exact(minor: float, currency: str) -> int | float:
    """A price per unit after discounts that were given on all of them: cents may have parts."""
    value = round(minor / (1 if currency in NO_MINOR else 100), 4)
    return int(value) if value == int(value) else value


def minor(value: float, currency: str) -> int:
    """Minor units of a number in main units."""
    return round(value * (1 if currency in NO_MINOR else 100))


def order_status(order: Doc) -> str:
    """An order's status; RETRY_SHIP when the carrier came for nothing."""
    if order["state"] in ("to_ship", "part_shipped") and any(one["retry"] for one in order["packages"]):
        return "RETRY_SHIP"
    return ORDERS[order["state"]]


def package_status(order: Doc, parcel: Doc) -> str:
    """A parcel's logistics_status."""
    if parcel["state"] == "to_ship" and order["state"] in BEFORE_PAYMENT:
        return "LOGISTICS_NOT_STARTED"
    if parcel["state"] == "to_ship" and parcel["retry"]:
        return "LOGISTICS_PICKUP_RETRY"
    return PACKAGES[parcel["state"]]


def number(identifier: str) -> int | str:
    """An id as JSON has it: Shopee's are numbers."""
    return int(identifier) if identifier.isdigit() else identifier


def whole(value: Any) -> int | None:
    """A whole number of a request, or None."""
    if isinstance(value, bool):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def hidden(text: str, head: int = 0, tail: int = 0) -> str:
    """What is left of a text that the platform hides."""
    if not text:
        return ""
    return f"{text[:head]}******{text[len(text) - tail :] if tail else ''}"


def address(order: Doc) -> Doc:
    """The recipient, hidden where the platform ships."""
    to = order["recipient"]
    street = ", ".join(part for part in (to["line1"], to["line2"]) if part)
    if order["masked"]:
        return {
            "name": hidden(to["name"], 1, 1), "phone": hidden(to["phone"], 0, 2), "town": "", "district": "",
            "city": "****", "state": "****", "region": to["country"], "zipcode": "****", "full_address": hidden(street, 2),
        }  # fmt: skip
    return {
        "name": to["name"], "phone": to["phone"], "town": "", "district": "", "city": to["city"], "state": to["region"],
        "region": to["country"], "zipcode": to["postcode"],
        "full_address": ", ".join(part for part in (street, to["city"], to["region"], to["postcode"]) if part),
    }  # fmt: skip


def day(seconds: int) -> str:
    """YYMMDD, as order numbers begin."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%y%m%d")
