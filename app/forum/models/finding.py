"""What each person keeps to find things again, or not to meet them: hidden tags, saved threads and posts, named filters."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.models import owned_by
from app.core import db


class HiddenTag(db.Tenanted, db.Base, db.Timestamped):
    """A tag whose threads stay out of somebody's lists, counts and mail. Nobody else sees that they hide it."""

    __tablename__ = "forum_hidden_tags"
    user_id: Mapped[UUID]
    tag: Mapped[str]
    __table_args__ = (UniqueConstraint("workspace_id", "user_id", "tag"),)


class Save(db.Tenanted, db.Base, db.Timestamped):
    """A thread or a post that somebody kept; theirs alone. Ids rise with time, so they say what was saved last."""

    __tablename__ = "forum_saves"
    user_id: Mapped[UUID]
    thread_id: Mapped[UUID | None]
    post_id: Mapped[UUID | None]
    __table_args__ = (
        owned_by("forum_threads", "thread_id"),
        owned_by("forum_posts", "post_id"),
        CheckConstraint("num_nonnulls(thread_id, post_id) = 1", name="one"),
        Index(
            "uq_forum_saves_thread",
            "workspace_id",
            "user_id",
            "thread_id",
            unique=True,
            postgresql_where=text("thread_id is not null"),
        ),
        Index(
            "uq_forum_saves_post",
            "workspace_id",
            "user_id",
            "post_id",
            unique=True,
            postgresql_where=text("post_id is not null"),
        ),
        Index("ix_forum_saves_newest", "user_id", "id"),
    )


class ForumView(db.Tenanted, db.Base, db.Timestamped):
    """A named set of filters of the thread list. `query` holds all of them but the category, as the list's query string.

    `shared` ones are shown to everybody who may enter their category; others to the person alone.
    """

    __tablename__ = "forum_views"
    user_id: Mapped[UUID]
    category_id: Mapped[UUID | None]
    name: Mapped[str]
    query: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        owned_by("forum_categories", "category_id"),
        UniqueConstraint("workspace_id", "user_id", "name"),
        Index("ix_forum_views_shared", "workspace_id", "name", postgresql_where=text("shared")),
    )


class DefaultView(db.Tenanted, db.Base, db.Timestamped):
    """The view with which a community opens for somebody."""

    __tablename__ = "forum_default_views"
    user_id: Mapped[UUID]
    view_id: Mapped[UUID]
    __table_args__ = (
        owned_by("forum_views", "view_id", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "user_id"),
        Index("ix_forum_default_views_view", "workspace_id", "view_id"),
    )
