"""The list in an address: filters to and from a query string."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from app.orders.models import Order
from app.orders.queries.book import PAYMENTS, VIEWS, Filters, position

SORTED = ("placed", "-placed", "ship_by", "-ship_by", "total", "-total", "buyer", "-buyer")
KEPT = ("q", "kind", "country", "channel", "sku", "tag", "payment", "since", "until", "late", "noted", "sort")


def filters(args: Mapping[str, str]) -> Filters:
    """Filters out of the address; unknown values fall back to the default."""
    view, since, until = args.get("view", "ready"), _day(args, "since"), _day(args, "until")
    found = {
        "q": args.get("q", "").strip()[:100],
        "kind": _one_of(args, "kind", ("physical", "digital")),
        "country": args.get("country", "")[:2].upper(),
        "channel": args.get("channel", "")[:30],
        "sku": args.get("sku", "").strip()[:200],
        "tag": args.get("tag", "").strip().lower()[:30],
        "payment": _one_of(args, "payment", PAYMENTS),
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
        "late": "1" if args.get("late") else "",
        "noted": "1" if args.get("noted") else "",
        "sort": _one_of(args, "sort", SORTED),
    }
    words = {name: found[name] for name in ("q", "kind", "country", "channel", "sku", "tag", "payment", "sort")}
    return Filters(
        view=view if view in VIEWS else "ready",
        late=bool(found["late"]),
        noted=bool(found["noted"]),
        active={name: value for name, value in found.items() if value},
        since=since,
        until=until,
        **words,
    )


def _one_of(args: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = args.get(name, "")
    return value if value in known else ""


def _day(args: Mapping[str, str], name: str) -> date | None:
    try:
        day = date.fromisoformat(args.get(name, "").strip())
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def query(filters: Filters, **changes: str) -> str:
    """The query string of these filters with some changed; empty ones are left out."""
    values = {"view": filters.view, **filters.active, **changes}
    return urlencode({name: value for name, value in values.items() if value})


def parsed(text: str) -> Filters:
    """Filters out of a query string."""
    return filters(dict(parse_qsl(text)))


def cursor(row: Order, filters: Filters) -> str:
    """Where the next page begins, as text."""
    value, row_id = position(row, filters)
    return f"{value.isoformat() if isinstance(value, datetime) else value}~{row_id}"


def place(raw: str, filters: Filters) -> tuple[Any, UUID] | None:
    """What `cursor` wrote, or None when it cannot be read."""
    value, _, row_id = raw.rpartition("~")
    try:
        return _value(value, filters.order.removeprefix("-")), UUID(row_id)
    except ValueError:
        return None


def _value(raw: str, column: str) -> Any:
    if column == "total":
        return int(raw)
    return raw if column == "buyer" else datetime.fromisoformat(raw)
