"""Where this browser's parcels go: the country it chose, else a guess from its language."""

from uuid import UUID

from flask import request, session

from app.core.web.access import owner_id
from app.storefront import countries


def buyer() -> UUID:
    """Whose cart a change is about. A `@public` POST has given every browser an identity before this."""
    owner = owner_id()
    if owner is None:
        raise RuntimeError("only POST views have a buyer for sure")
    return owner


def country() -> str:
    """Alpha-2. A `country` in the address is a choice and is remembered in the browser's session."""
    chosen = countries.known(request.args.get("country"))
    if chosen and chosen != session.get("country"):
        session["country"] = chosen
    return chosen or countries.known(session.get("country")) or countries.from_languages(request.accept_languages)


def remember(code: str) -> None:
    if countries.known(code):
        session["country"] = code
