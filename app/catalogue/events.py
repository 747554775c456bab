"""Facts about what is for sale."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ProductListed(Event):
    product_id: UUID


@dataclass(frozen=True, kw_only=True)
class ProductChanged(Event):
    product_id: UUID


@dataclass(frozen=True, kw_only=True)
class PictureReady(Event):
    workspace_id: UUID
    media_id: UUID
    product_id: UUID | None

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:products"]
