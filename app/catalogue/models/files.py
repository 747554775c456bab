"""Files for sale, and files on their way."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.models.keys import owned_by
from app.core import db

PLAYABLE = ("audio/mpeg", "audio/flac", "audio/ogg", "audio/wav", "audio/mp4", "video/mp4", "video/webm")
"""What browsers play. The type of a file is told by its bytes."""
READABLE = ("application/pdf", "application/epub+zip")
"""What is read on our pages."""


class File(db.Tenanted, db.Base, db.Timestamped):
    """A file for sale, in private storage. `size` in bytes, `sha256` in hex. `variant_id` empty: all variants get it.

    `download_limit` counts completed transfers per purchase; empty means no limit. Replacing makes a new row with the next
    `release` and what changed in `notes`; `replaces_id` is the row before it, which its buyers keep. `crc32` is what a zip says of
    it; NULL until the job has read it. `stream_only`: listened to or watched here, never downloaded. `stamped`: every buyer gets a
    copy of their own, marked with `stamp_text`. `stampable` says why that cannot be; "" is that it can, NULL not looked at yet.
    `variant_past` is a list of {variant, until}: for whom it was before, because they keep it.
    """

    __tablename__ = "files"
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    download_limit: Mapped[int | None]
    release: Mapped[int] = mapped_column(default=1)
    replaces_id: Mapped[UUID | None]
    notes: Mapped[str] = mapped_column(default="")
    removed_at: Mapped[db.When | None]
    variant_past: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    crc32: Mapped[int | None] = mapped_column(BigInteger)
    stream_only: Mapped[bool] = mapped_column(default=False, server_default="false")
    stamped: Mapped[bool] = mapped_column(default=False, server_default="false")
    stamp_text: Mapped[str] = mapped_column(default="", server_default="")
    stampable: Mapped[str | None]
    __table_args__ = (
        owned_by("products", "product_id"),
        owned_by("variants", "variant_id"),
        owned_by("files", "replaces_id"),
        Index("ix_files_workspace_id_product_id", "workspace_id", "product_id"),
    )

    @property
    def plays(self) -> bool:
        return self.content_type in PLAYABLE

    @property
    def reads(self) -> bool:
        return self.content_type in READABLE


class Upload(db.Tenanted, db.Base, db.Timestamped):
    """A file on its way in pieces. `size` announced and `received` so far, in bytes; `parts` are the pieces' sizes, in order.

    `state` is receiving, checking (the job has it), done (`file_id` is on sale), refused (`error` says why) or given_up.
    `waits_for` says what the check waits for, such as the scanner. `replaces_id` is the file whose next release this is.
    """

    __tablename__ = "uploads"
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    replaces_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    actor_id: Mapped[UUID]
    actor_name: Mapped[str]
    name: Mapped[str]
    mark: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    parts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    state: Mapped[str] = mapped_column(default="receiving")
    error: Mapped[str] = mapped_column(default="")
    waits_for: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[db.When]
    settled_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("products", "product_id"),
        owned_by("variants", "variant_id"),
        owned_by("files", "replaces_id"),
        owned_by("files", "file_id"),
        Index("ix_uploads_product", "workspace_id", "product_id", "id"),
        Index("ix_uploads_expires_at", "expires_at"),
        CheckConstraint("state in ('receiving', 'checking', 'done', 'refused', 'given_up')", name="state"),
        CheckConstraint("received between 0 and size", name="received"),
    )
