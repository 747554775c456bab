"""Facts about archives; pages that show them listen."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ArchiveMoved(Event):
    """An archive of a workspace, or one that is brought in, went on."""

    workspace_id: UUID

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:data"]


@dataclass(frozen=True, kw_only=True)
class OwnArchiveMoved(Event):
    user_id: UUID

    def topics(self) -> list[str]:
        return [f"member:{self.user_id}:data"]
