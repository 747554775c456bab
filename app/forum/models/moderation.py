"""Doubts about posts, what the team decided, and what those concerned say to it."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.models import owned_by
from app.core import db


class Flag(db.Tenanted, db.Base, db.Timestamped):
    """Somebody's doubt about a post. `reason`: off_topic, spam, unkind, illegal or other. `state`: open, agreed or refused."""

    __tablename__ = "forum_flags"
    post_id: Mapped[UUID]
    user_id: Mapped[UUID]
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    decided_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("forum_posts", "post_id"),
        UniqueConstraint("workspace_id", "post_id", "user_id"),
        CheckConstraint("reason in ('off_topic', 'spam', 'unkind', 'illegal', 'other')", name="reason"),
        CheckConstraint("state in ('open', 'agreed', 'refused')", name="state"),
        Index("ix_forum_flags_open", "workspace_id", "post_id", postgresql_where=text("state = 'open'")),
    )


class Moderation(db.Tenanted, db.Base, db.Timestamped):
    """The public log: what was done to a thread, a post or a person, by whom and why. Rows are never changed.

    `subject_id` is whom it concerns; only they and the team learn that it was them. `actor_id` is empty when no person decided.
    """

    __tablename__ = "forum_moderations"
    actor_name: Mapped[str]
    actor_id: Mapped[UUID | None]
    verb: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    category_id: Mapped[UUID | None]
    thread_id: Mapped[UUID | None]
    post_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    about: Mapped[str]
    __table_args__ = (
        Index("ix_forum_moderations_newest", "workspace_id", "id"),
        Index("ix_forum_moderations_subject", "workspace_id", "subject_id", "id"),
    )


class Appeal(db.Tenanted, db.Base, db.Timestamped):
    """What somebody says to a decision about them. `state`: open, upheld (the decision stays) or granted (it was undone).

    `answered_by` is the name of who answered, empty until then.
    """

    __tablename__ = "forum_appeals"
    moderation_id: Mapped[UUID]
    user_id: Mapped[UUID]
    words: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str] = mapped_column(default="", server_default="")
    decided_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("forum_moderations", "moderation_id"),
        UniqueConstraint("workspace_id", "moderation_id", "user_id"),
        CheckConstraint("state in ('open', 'upheld', 'granted')", name="state"),
        Index("ix_forum_appeals_open", "workspace_id", "id", postgresql_where=text("state = 'open'")),
    )
