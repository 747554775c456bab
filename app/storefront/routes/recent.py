"""Recently viewed, without anybody else knowing: the list lives in the browser's own session cookie, signed, and nowhere here."""

from typing import Any
from uuid import UUID

from flask import Response, session

from app.catalogue.models import Product
from app.core.web import access, render
from app.core.web.access import public
from app.storefront.queries import pages
from app.storefront.queries.cards import Card, cards
from app.storefront.routes import blueprint

KEY = "seen"
MOST = 7
SHOWN = 4


def note(product: Product) -> None:
    """Put a product first in this browser's list. A part of a page that is asked for again does not count."""
    if render.is_htmx():
        return
    seen = [one for one in _seen() if one != product.id]
    session[KEY] = [one.hex for one in (product.id, *seen)][:MOST]


def recent(but: UUID | None = None) -> list[Card]:
    """What this browser looked at last and is still for sale, newest first."""
    wanted = [one for one in _seen() if one != but]
    return cards(pages.by_ids(wanted)[:SHOWN]) if wanted else []


def _seen() -> list[UUID]:
    kept: Any = session.get(KEY)
    return [UUID(hex=one) for one in kept if isinstance(one, str)] if isinstance(kept, list) else []


@blueprint.post("/recently-viewed/removal")
@public
def forget() -> Response:
    session.pop(KEY, None)
    return access.back("/")
