"""Facts about deliveries."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class CopyMoved(Event):
    """A buyer's own copy is asked for, ready or failed."""

    workspace_id: UUID
    copy_id: UUID
    group_id: UUID

    def topics(self) -> list[str]:
        return [f"order:{self.group_id}"]


@dataclass(frozen=True, kw_only=True)
class TraceEnded(Event):
    """It is known whose copy a leak is, or that nobody can tell."""

    workspace_id: UUID
    trace_id: UUID
