"""What pages of inventory send, read kindly."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core.errors import Refused
from app.inventory.queries import VIEWS, Filters, MovementFilters

REASONS = {
    "received": "Received",
    "counted": "Counted",
    "sold": "Sold",
    "reserved": "Held by a buyer",
    "released": "Given back",
    "refunded": "Refunded",
    "returned": "Came back",
    "corrected": "Corrected",
    "damaged": "Damaged",
    "lost": "Lost or stolen",
    "found": "Found",
    "given": "Given away or used",
}
"""Every reason a movement can have, in words."""


def uuid(raw: str | None) -> UUID | None:
    try:
        return UUID(raw or "")
    except ValueError:
        return None


def filters(args: Mapping[str, str]) -> Filters:
    view = args.get("view", "")
    return Filters(args.get("q", "").strip()[:100], view if view in VIEWS else "", uuid(args.get("location")))


def movement_filters(args: Mapping[str, str], variant_id: UUID | None = None) -> MovementFilters:
    """Days count whole, in UTC; what is no day is ignored."""
    reason, until = args.get("reason", ""), day(args.get("until", ""))
    return MovementFilters(
        variant_id,
        args.get("q", "").strip()[:100],
        reason if reason in REASONS else "",
        uuid(args.get("location")),
        day(args.get("since", "")),
        until + timedelta(days=1) if until else None,
    )


def day(raw: str) -> datetime | None:
    try:
        return datetime.strptime(raw.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def units(raw: str) -> int:
    """Zero or more. Raises Refused."""
    typed = raw.strip().replace(" ", "")
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > 7:
        raise Refused("Enter a whole number of units, zero or more.", field="quantity")
    return int(typed)


def change_of_units(raw: str) -> int:
    """«5», «+5», «-5» or «−5». Raises Refused."""
    typed = raw.strip().replace("−", "-").replace(" ", "")
    digits = typed[1:] if typed[:1] in ("+", "-") else typed
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 7:
        raise Refused("Enter how many more (5) or fewer (-5) there are.", field="quantity")
    return -int(digits) if typed.startswith("-") else int(digits)


def name(raw: str) -> str:
    """Of a location. Raises Refused."""
    typed = " ".join(raw.split())[:60]
    if not typed:
        raise Refused("Name the place, such as «Garage shelf».", field="name")
    return typed
