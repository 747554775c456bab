"""Workspaces and who belongs to them."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db


class Workspace(db.Base, db.Timestamped):
    """A tenant. `slug` is public (it stands in addresses); `hue` (0-359) colours its stripe. Its id is the workspace_id of all it owns.

    `set_aside`: the steps of getting started that its people said are not for them.
    """

    __tablename__ = "workspaces"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    hue: Mapped[int] = mapped_column(default=150)
    set_aside: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))


class Member(db.Tenanted, db.Base, db.Timestamped):
    """`role` is owner, admin, member or viewer. Removal is a date, so the past keeps its names."""

    __tablename__ = "members"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str]
    removed_at: Mapped[db.When | None]
    __table_args__ = (
        Index(
            "uq_members_present", "workspace_id", "user_id", unique=True, postgresql_where=text("removed_at is null")
        ),
    )


class Invitation(db.Tenanted, db.Base, db.Timestamped):
    """A link that makes its reader a member once. Only the SHA-256 of its token is kept."""

    __tablename__ = "invitations"
    role: Mapped[str]
    email: Mapped[str | None]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[db.When]
    accepted_at: Mapped[db.When | None]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[db.When | None]
