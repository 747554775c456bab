"""An id that a browser keeps for us in a signed cookie: whose cart it holds, which device fetches."""

from dataclasses import dataclass
from uuid import UUID

from flask import Response, request
from itsdangerous import BadData, URLSafeSerializer

from app.core import settings


def cookie_name(name: str) -> str:
    """`__Host-` wherever cookies are Secure, so no sibling host can set them."""
    return f"__Host-{name}" if settings.current().secure_cookies else name


@dataclass(frozen=True)
class Marked:
    """A cookie that says one id and nothing else. `seconds`: how long browsers keep it."""

    name: str
    seconds: int

    def read(self) -> UUID | None:
        """None for a browser without it, and for what we did not sign."""
        raw = request.cookies.get(cookie_name(self.name))
        try:
            return UUID(self._serializer().loads(raw)) if raw else None
        except (BadData, ValueError, TypeError, AttributeError):
            return None

    def write(self, response: Response, id: UUID) -> None:
        response.set_cookie(
            cookie_name(self.name),
            self._serializer().dumps(str(id)),
            max_age=self.seconds,
            httponly=True,
            samesite="Lax",
            secure=settings.current().secure_cookies,
            path="/",
        )

    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(settings.current().secret_key, salt=f"guildhall.{self.name}")
