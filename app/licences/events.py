"""Facts about licences."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class LicenceChanged(Event):
    """`change` is issued, activated, freed, disabled, enabled, edited, closed or reopened."""

    workspace_id: UUID
    licence_id: UUID
    order_id: UUID
    change: str

    def topics(self) -> list[str]:
        return [f"order:{self.order_id}"]
