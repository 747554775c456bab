"""Facts about people."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class SessionsEnded(Event):
    """Browsers of this person were signed out; open live streams ask again whether they may stay."""

    user_id: UUID

    def topics(self) -> list[str]:
        return [f"revoked:{self.user_id}"]
