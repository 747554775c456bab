"""The log of transfers."""

from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.models import owned_by
from app.core import db


class Download(db.Tenanted, db.Base, db.Timestamped):
    """One request for a file. `completed_at` is set when its last byte was really sent; only the one that `counted` uses up the limit."""

    __tablename__ = "downloads"
    grant_id: Mapped[UUID]
    file_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(index=True)
    first_byte: Mapped[int] = mapped_column(BigInteger, default=0)
    last_byte: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes_sent: Mapped[int] = mapped_column(BigInteger, default=0)
    completed_at: Mapped[db.When | None]
    counted: Mapped[bool] = mapped_column(default=False)
    ip: Mapped[str]
    user_agent: Mapped[str]
    __table_args__ = (
        owned_by("grants", "grant_id"),
        owned_by("files", "file_id"),
        Index("ix_downloads_grant", "workspace_id", "grant_id", "file_id", "id"),
    )
