"""Facts about stock."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class StockChanged(Event):
    workspace_id: UUID
    variant_id: UUID
    reason: str

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:stock"]
