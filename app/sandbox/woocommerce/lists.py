"""Lists: parameters as WordPress checks them, pages with their headers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import request

from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from .talk import Site, invalid

MOST = 100


def number(call: Call, name: str, default: int, least: int = 0, most: int = 10**9) -> int:
    """A whole number of the query. Raises Refusal 400."""
    said = call.query.get(name)
    if said in (None, ""):
        return default
    if not said.lstrip("-").isdigit() or not least <= int(said) <= most:
        raise invalid(name, f"{name} must be between {least} (inclusive) and {most} (inclusive)")
    return int(said)


def numbers(call: Call, name: str) -> list[str]:
    """Ids separated by commas. Raises Refusal 400."""
    found = [one.strip() for one in call.query.get(name, "").split(",") if one.strip()]
    if not all(one.isdigit() for one in found):
        raise invalid(name, f"{name}[0] is not of type integer.")
    return found


def chosen(call: Call, name: str, allowed: Sequence[str], default: str) -> str:
    """One of a few words. Raises Refusal 400."""
    said = call.query.get(name) or default
    if said not in allowed:
        raise invalid(name, f"{name} is not one of {', '.join(allowed)}.")
    return said


def moment(call: Call, site: Site, name: str) -> int | None:
    """Seconds since 1970. Without dates_are_gmt the words are read by the site's own clock. Raises Refusal 400."""
    said = call.query.get(name)
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said).replace(tzinfo=UTC)
    except ValueError as error:
        raise invalid(name, "Invalid date.") from error
    is_gmt = call.query.get("dates_are_gmt", "").lower() in ("1", "true", "yes")
    return int((at if is_gmt else at - site.offset).timestamp())


def window(call: Call) -> tuple[int, int]:
    """(offset, limit) of the page that is asked for."""
    size = number(call, "per_page", 10, 1, MOST)
    place = number(call, "page", 1, 1)
    return number(call, "offset", (place - 1) * size), size


def paged(call: Call, site: Site, path: str, items: list[Doc], total: int) -> Reply:
    """One page of a list with X-WP-Total, X-WP-TotalPages and Link."""
    size, place = number(call, "per_page", 10, 1, MOST), number(call, "page", 1, 1)
    pages = -(-total // size)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    ways = {"first": 1, "prev": place - 1, "next": place + 1, "last": pages}
    shown = {name: to for name, to in ways.items() if pages > 1 and 1 <= to <= pages and to != place}
    if shown:
        headers["Link"] = ", ".join(f'<{_address(site, path, to)}>; rel="{name}"' for name, to in shown.items())
    return Reply(items, headers=headers)


def _address(site: Site, path: str, place: int) -> str:
    query: dict[str, Any] = {name: one for name, one in request.args.items() if not name.startswith("oauth_")}
    return f"{site.home}/wp-json/wc/v3/{path}?{urlencode({**query, 'page': place})}"


def part(call: Call, items: list[Any]) -> list[Any]:
    """The asked page of a list that is all there."""
    start, size = window(call)
    return items[start : start + size]
