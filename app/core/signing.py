"""Signed links: a purpose, a payload and a time limit (itsdangerous, a salt per purpose)."""

from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from app.core import settings
from app.core.errors import Refused


class BadLink(Refused):
    status = 410
    message = "This link has expired or is not complete. Ask for a new one; nothing was changed."


def sign(purpose: str, payload: Any) -> str:
    return _serializer(purpose).dumps(payload)


def unsign(purpose: str, token: str, max_age: int) -> Any:
    """The payload of `token`. `max_age` in seconds. Raises BadLink when forged, cut or too old."""
    try:
        return _serializer(purpose).loads(token, max_age=max_age)
    except BadData as error:
        raise BadLink from error


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.current().secret_key, salt=f"guildhall.{purpose}")
