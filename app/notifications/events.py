"""Facts about what people were told."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class InboxChanged(Event):
    """Something came into a person's inbox, or was read there; their open pages count again."""

    user_id: UUID

    def topics(self) -> list[str]:
        return [f"member:{self.user_id}:inbox"]
