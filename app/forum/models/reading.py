"""What each person read, follows and has begun to write."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.models import owned_by
from app.core import db


class Reading(db.Tenanted, db.Base):
    """How far somebody has read a thread: the number of the last post they saw, which never goes back."""

    __tablename__ = "forum_readings"
    thread_id: Mapped[UUID]
    user_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (
        owned_by("forum_threads", "thread_id"),
        UniqueConstraint("workspace_id", "user_id", "thread_id"),
    )


class Following(db.Tenanted, db.Base, db.Timestamped):
    """What somebody wants to hear of a thread, or of a category. `level`: everything, mentions, nothing or mute."""

    __tablename__ = "forum_followings"
    user_id: Mapped[UUID]
    thread_id: Mapped[UUID | None]
    category_id: Mapped[UUID | None]
    level: Mapped[str]
    __table_args__ = (
        owned_by("forum_threads", "thread_id"),
        owned_by("forum_categories", "category_id"),
        CheckConstraint("level in ('everything', 'mentions', 'nothing', 'mute')", name="level"),
        CheckConstraint("num_nonnulls(thread_id, category_id) = 1", name="one"),
        Index(
            "uq_forum_followings_thread",
            "workspace_id",
            "user_id",
            "thread_id",
            unique=True,
            postgresql_where=text("thread_id is not null"),
        ),
        Index(
            "uq_forum_followings_category",
            "workspace_id",
            "user_id",
            "category_id",
            unique=True,
            postgresql_where=text("category_id is not null"),
        ),
        Index("ix_forum_followings_of_thread", "workspace_id", "thread_id"),
        Index("ix_forum_followings_of_category", "workspace_id", "category_id"),
    )


class Draft(db.Tenanted, db.Base):
    """What somebody has typed and not posted. `place` is what it is for: `new` or `thread:<id>`."""

    __tablename__ = "forum_drafts"
    user_id: Mapped[UUID]
    place: Mapped[str]
    category_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    saved_at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (UniqueConstraint("workspace_id", "user_id", "place"),)
