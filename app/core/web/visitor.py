"""Guests: a random id in a signed cookie, so a cart survives and a purchase can be found again."""

from uuid import UUID

from flask import Response, g, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.core import settings
from app.core.ids import new_id

MAX_AGE = 180 * 24 * 3600


def cookie_name(name: str) -> str:
    """`__Host-` wherever cookies are Secure, so no sibling host can set them."""
    return f"__Host-{name}" if settings.current().secure_cookies else name


def current() -> UUID | None:
    if "visitor" not in g:
        g.visitor = _read()
    return g.visitor


def create() -> UUID:
    g.visitor, g.visitor_is_new = new_id(), True
    return g.visitor


def become(visitor_id: UUID) -> None:
    """This browser is that guest: they proved it with a link from their mail."""
    g.visitor, g.visitor_is_new = visitor_id, True


def remember(response: Response) -> Response:
    if g.get("visitor_is_new"):
        response.set_cookie(
            cookie_name("visitor"),
            _serializer().dumps(str(g.visitor)),
            max_age=MAX_AGE,
            httponly=True,
            samesite="Lax",
            secure=settings.current().secure_cookies,
            path="/",
        )
    return response


def _read() -> UUID | None:
    raw = request.cookies.get(cookie_name("visitor"))
    try:
        return UUID(_serializer().loads(raw)) if raw else None
    except (BadSignature, ValueError):
        return None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt="guildhall.visitor")
