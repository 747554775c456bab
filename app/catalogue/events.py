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
class FileAdded(Event):
    """A file for sale lies in storage: a new one, or the next release of one."""

    workspace_id: UUID
    file_id: UUID
    product_id: UUID


@dataclass(frozen=True, kw_only=True)
class UploadSettled(Event):
    """An upload became a file for sale, was refused, was given up, or waits for the scanner."""

    workspace_id: UUID
    upload_id: UUID
    product_id: UUID

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:products"]


@dataclass(frozen=True, kw_only=True)
class FileChecked(Event):
    """It is known now whether a file can be stamped."""

    workspace_id: UUID
    file_id: UUID
    product_id: UUID

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:products"]


@dataclass(frozen=True, kw_only=True)
class PictureReady(Event):
    workspace_id: UUID
    media_id: UUID
    product_id: UUID | None

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:products"]
