"""Facts about membership."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MemberRemoved(Event):
    workspace_id: UUID
    user_id: UUID

    def topics(self) -> list[str]:
        return [f"revoked:{self.user_id}"]


@dataclass(frozen=True, kw_only=True)
class MemberRoleChanged(Event):
    workspace_id: UUID
    user_id: UUID
    role: str
