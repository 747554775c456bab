"""Threads, posts, what was said before, votes, polls and pictures."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Computed, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import owned_by
from app.core import db
from app.forum.models.community import ForumCategory

STATES = "state in ('visible', 'waiting', 'hidden', 'deleted')"


class Thread(db.Tenanted, db.Base, db.Timestamped):
    """`last_number` is the number of the newest post that can be seen, `posts` how many can be, the first one among them.

    `numbers` is the last number that was given out, to a post that waits for approval as to any other.

    `voices`: who wrote last, each once, at most five, newest first. `accepted_id`: the post that answers it. `excerpt`: the
    beginning of its first post as plain words. `merged_id`: the thread that took its posts.
    `state`: visible, waiting (for approval), hidden (by the team) or deleted (by its author).
    """

    __tablename__ = "forum_threads"
    category_id: Mapped[UUID]
    author_id: Mapped[UUID]
    title: Mapped[str]
    slug: Mapped[str]
    excerpt: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="visible")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    pinned_at: Mapped[db.When | None]
    locked_at: Mapped[db.When | None]
    accepted_id: Mapped[UUID | None]
    merged_id: Mapped[UUID | None]
    last_number: Mapped[int] = mapped_column(default=0)
    numbers: Mapped[int] = mapped_column(default=0)
    posts: Mapped[int] = mapped_column(default=0)
    score: Mapped[int] = mapped_column(default=0)
    voices: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)), default=list)
    last_post_at: Mapped[db.When] = mapped_column(default=db.now)
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('public.forum', title), 'A') || to_tsvector('public.forum', excerpt)", persisted=True
        ),
        deferred=True,
    )
    category: Mapped[ForumCategory] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("forum_categories", "category_id"),
        CheckConstraint(STATES, name="state"),
        Index("ix_forum_threads_category", "workspace_id", "category_id", "last_post_at", "id"),
        Index("ix_forum_threads_latest", "workspace_id", "last_post_at", "id"),
        Index("ix_forum_threads_author", "workspace_id", "author_id", "last_post_at", "id"),
        Index("ix_forum_threads_score", "workspace_id", "score", "id"),
        Index("ix_forum_threads_tags", "workspace_id", "tags", postgresql_using="gin"),
        Index(
            "ix_forum_threads_pinned",
            "workspace_id",
            "pinned_at",
            postgresql_where=text("pinned_at is not null"),
        ),
        Index("ix_forum_threads_search", "workspace_id", "category_id", "search", postgresql_using="gin"),
        Index(
            "ix_forum_threads_alike",
            "workspace_id",
            "title",
            postgresql_using="gin",
            postgresql_ops={"title": "gin_trgm_ops"},
        ),
        Index(
            "ix_forum_threads_titled",
            "workspace_id",
            text("to_tsvector('public.forum', title)"),
            postgresql_using="gin",
        ),
        Index("ix_forum_threads_begun", "workspace_id", "created_at", "id"),
        Index("ix_forum_threads_waiting", "workspace_id", "id", postgresql_where=text("state = 'waiting'")),
    )


class Post(db.Tenanted, db.Base, db.Timestamped):
    """One post of a thread; number 1 is what it begins with. `body` is Markdown as it was typed, `html` what was made of it, clean.

    `category_id` is the thread's, so that who may enter a category decides without a look at the thread. `branch` is the
    number of the reply to the first post that it hangs below, its own when it is one. `spam` 0-100, `signals`: its parts in words.
    `held_for`: why it waits, a key of app/forum/decisions.py HELD. `fingerprint` is the same for texts that say the same.
    """

    __tablename__ = "forum_posts"
    thread_id: Mapped[UUID]
    category_id: Mapped[UUID]
    number: Mapped[int]
    branch: Mapped[int]
    author_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    body: Mapped[str]
    html: Mapped[str]
    excerpt: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="visible")
    held_for: Mapped[str] = mapped_column(default="")
    spam: Mapped[int] = mapped_column(default=0)
    signals: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    fingerprint: Mapped[str] = mapped_column(default="")
    score: Mapped[int] = mapped_column(default=0)
    flags: Mapped[int] = mapped_column(default=0)
    key: Mapped[str | None]
    edited_at: Mapped[db.When | None]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('public.forum', body)", persisted=True), deferred=True
    )
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("forum_threads", "thread_id"),
        owned_by("forum_categories", "category_id"),
        UniqueConstraint("workspace_id", "thread_id", "number"),
        UniqueConstraint("workspace_id", "author_id", "key"),
        CheckConstraint(STATES, name="state"),
        Index("ix_forum_posts_author", "workspace_id", "author_id", "id"),
        Index(
            "ix_forum_posts_search",
            "workspace_id",
            "category_id",
            "search",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 256},
        ),
        Index("ix_forum_posts_fingerprint", "workspace_id", "fingerprint"),
        Index("ix_forum_posts_waiting", "workspace_id", "id", postgresql_where=text("state = 'waiting'")),
    )


class Revision(db.Tenanted, db.Base, db.Timestamped):
    """What a post said before an edit; with `title`, also what its thread was called. `redacted_at`: the team took the words away."""

    __tablename__ = "forum_revisions"
    post_id: Mapped[UUID]
    editor_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    redacted_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("forum_posts", "post_id"),
        Index("ix_forum_revisions_post", "workspace_id", "post_id", "id"),
    )


class Vote(db.Tenanted, db.Base, db.Timestamped):
    """One per person and post. `value` is 1 or -1."""

    __tablename__ = "forum_votes"
    post_id: Mapped[UUID]
    user_id: Mapped[UUID]
    value: Mapped[int]
    __table_args__ = (
        owned_by("forum_posts", "post_id"),
        UniqueConstraint("workspace_id", "post_id", "user_id"),
        CheckConstraint("value in (1, -1)", name="value"),
    )


class Poll(db.Tenanted, db.Base, db.Timestamped):
    """A question to everybody who reads a post. `many`: more than one option may be chosen. `voters` counts people."""

    __tablename__ = "forum_polls"
    post_id: Mapped[UUID]
    question: Mapped[str]
    many: Mapped[bool] = mapped_column(default=False)
    closes_at: Mapped[db.When | None]
    voters: Mapped[int] = mapped_column(default=0)
    options: Mapped[list["PollOption"]] = relationship(viewonly=True, order_by="PollOption.position")
    __table_args__ = (owned_by("forum_posts", "post_id"), UniqueConstraint("workspace_id", "post_id"))


class PollOption(db.Tenanted, db.Base):
    __tablename__ = "forum_poll_options"
    poll_id: Mapped[UUID]
    position: Mapped[int]
    words: Mapped[str]
    votes: Mapped[int] = mapped_column(default=0)
    __table_args__ = (owned_by("forum_polls", "poll_id"), UniqueConstraint("workspace_id", "poll_id", "position"))


class PollVote(db.Tenanted, db.Base, db.Timestamped):
    """One per person and option; a poll's row is locked while its votes change, so that counts and voters agree."""

    __tablename__ = "forum_poll_votes"
    poll_id: Mapped[UUID]
    option_id: Mapped[UUID]
    user_id: Mapped[UUID]
    __table_args__ = (
        owned_by("forum_polls", "poll_id"),
        owned_by("forum_poll_options", "option_id"),
        UniqueConstraint("workspace_id", "poll_id", "user_id", "option_id"),
    )


class ForumPicture(db.Tenanted, db.Base, db.Timestamped):
    """A picture for a post, kept in the folder `key`; `state` is waiting, ready or refused (`error` says why). Sizes in pixels.

    `post_id` is the first post that shows it; who may read that post may see the picture.
    """

    __tablename__ = "forum_pictures"
    user_id: Mapped[UUID]
    post_id: Mapped[UUID | None]
    key: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="waiting")
    error: Mapped[str] = mapped_column(default="", server_default="")
    __table_args__ = (
        owned_by("forum_posts", "post_id"),
        Index("ix_forum_pictures_unused", "workspace_id", "id", postgresql_where=text("post_id is null")),
    )
