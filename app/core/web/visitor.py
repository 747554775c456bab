"""Guests: a random id in a signed cookie, so a cart survives and a purchase can be found again."""

from uuid import UUID

from flask import Response, g

from app.core.ids import new_id
from app.core.web.marked import Marked, cookie_name

__all__ = ["become", "cookie_name", "create", "current", "remember"]
COOKIE = Marked("visitor", 180 * 24 * 3600)


def current() -> UUID | None:
    if "visitor" not in g:
        g.visitor = COOKIE.read()
    return g.visitor


def create() -> UUID:
    g.visitor, g.visitor_is_new = new_id(), True
    return g.visitor


def become(visitor_id: UUID) -> None:
    """This browser is that guest: they proved it with a link from their mail."""
    g.visitor, g.visitor_is_new = visitor_id, True


def remember(response: Response) -> Response:
    if g.get("visitor_is_new"):
        COOKIE.write(response, g.visitor)
    return response
