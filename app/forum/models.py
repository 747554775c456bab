"""The forum's tables. Counts are changed in the transaction of what they count; numbers of posts have no gaps of their own making."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Computed, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import owned_by
from app.core import db

STATES = "state in ('visible', 'waiting', 'hidden', 'deleted')"


class Community(db.Tenanted, db.Base, db.Timestamped):
    """A workspace's forum, at `/c/<slug>`. `state` is open or closed; closed, it can be read and not written."""

    __tablename__ = "communities"
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    rules: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("workspace_id"),
        CheckConstraint("state in ('open', 'closed')", name="state"),
    )


class ForumCategory(db.Tenanted, db.Base, db.Timestamped):
    """`audience`: public, buyers (who hold an active grant of one of its products) or team. `writes`: who starts threads, everyone or team.

    With `product_id` it is the questions tab of that product's page.
    """

    __tablename__ = "forum_categories"
    slug: Mapped[str]
    name: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    audience: Mapped[str] = mapped_column(default="public")
    writes: Mapped[str] = mapped_column(default="everyone")
    product_id: Mapped[UUID | None]
    threads: Mapped[int] = mapped_column(default=0)
    last_post_at: Mapped[db.When | None]
    archived_at: Mapped[db.When | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("products", "product_id"),
        UniqueConstraint("workspace_id", "slug"),
        CheckConstraint("audience in ('public', 'buyers', 'team')", name="audience"),
        CheckConstraint("writes in ('everyone', 'team')", name="writes"),
        Index(
            "uq_forum_categories_product",
            "workspace_id",
            "product_id",
            unique=True,
            postgresql_where=text("product_id is not null"),
        ),
    )


class CategoryProduct(db.Tenanted, db.Base):
    """One of the products whose buyers may enter a category."""

    __tablename__ = "forum_category_products"
    category_id: Mapped[UUID]
    product_id: Mapped[UUID]
    __table_args__ = (
        owned_by("forum_categories", "category_id", ondelete="CASCADE"),
        owned_by("products", "product_id"),
        UniqueConstraint("workspace_id", "category_id", "product_id"),
    )


class ForumPerson(db.Tenanted, db.Base, db.Timestamped):
    """Somebody who wrote here, as others see them; never an e-mail address. `team`: a member of the workspace.

    `trust` 0 (new), 1 (known) or 2 (trusted). Silenced people read and do not write until then; banned ones neither.
    """

    __tablename__ = "forum_people"
    user_id: Mapped[UUID]
    name: Mapped[str]
    team: Mapped[bool] = mapped_column(default=False)
    trust: Mapped[int] = mapped_column(default=0)
    posts: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    silenced_until: Mapped[db.When | None]
    silenced_for: Mapped[str] = mapped_column(default="")
    banned_at: Mapped[db.When | None]
    __table_args__ = (
        UniqueConstraint("workspace_id", "user_id"),
        CheckConstraint("trust between 0 and 2", name="trust"),
    )


class Thread(db.Tenanted, db.Base, db.Timestamped):
    """`last_number` is the number of its newest post, `posts` how many of them can be seen. `accepted_id`: the post that answers it."""

    __tablename__ = "forum_threads"
    category_id: Mapped[UUID]
    author_id: Mapped[UUID]
    title: Mapped[str]
    slug: Mapped[str]
    state: Mapped[str] = mapped_column(default="visible")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    pinned_at: Mapped[db.When | None]
    locked_at: Mapped[db.When | None]
    accepted_id: Mapped[UUID | None]
    last_number: Mapped[int] = mapped_column(default=0)
    posts: Mapped[int] = mapped_column(default=0)
    score: Mapped[int] = mapped_column(default=0)
    last_post_at: Mapped[db.When] = mapped_column(default=db.now)
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple', title)", persisted=True), nullable=True, deferred=True
    )
    category: Mapped[ForumCategory] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("forum_categories", "category_id"),
        CheckConstraint(STATES, name="state"),
        Index("ix_forum_threads_latest", "workspace_id", "category_id", "last_post_at", "id"),
        Index("ix_forum_threads_all_latest", "workspace_id", "last_post_at", "id"),
        Index("ix_forum_threads_author", "workspace_id", "author_id", "last_post_at", "id"),
        Index("ix_forum_threads_search", "search", postgresql_using="gin"),
        Index("ix_forum_threads_title", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}),
    )


class Post(db.Tenanted, db.Base, db.Timestamped):
    """One post of a thread; number 1 is what it begins with. `body` is Markdown as it was typed, `html` what was made of it, clean.

    `category_id` is the thread's, so that who may see a category decides without a look at the thread.
    """

    __tablename__ = "forum_posts"
    thread_id: Mapped[UUID]
    category_id: Mapped[UUID]
    number: Mapped[int]
    author_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    body: Mapped[str]
    html: Mapped[str]
    state: Mapped[str] = mapped_column(default="visible")
    score: Mapped[int] = mapped_column(default=0)
    edited_at: Mapped[db.When | None]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple', body)", persisted=True), nullable=True, deferred=True
    )
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("forum_threads", "thread_id"),
        owned_by("forum_categories", "category_id"),
        UniqueConstraint("workspace_id", "thread_id", "number"),
        CheckConstraint(STATES, name="state"),
        Index("ix_forum_posts_author", "workspace_id", "author_id", "id"),
        Index("ix_forum_posts_waiting", "workspace_id", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_forum_posts_search", "search", postgresql_using="gin"),
    )


class Revision(db.Tenanted, db.Base, db.Timestamped):
    """What a post said before an edit."""

    __tablename__ = "forum_revisions"
    post_id: Mapped[UUID]
    editor_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
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


class Reading(db.Tenanted, db.Base):
    """How far somebody has read a thread. `number` never goes back."""

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
    )


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
        Index("ix_forum_flags_open", "workspace_id", "id", postgresql_where=text("state = 'open'")),
    )


class Moderation(db.Tenanted, db.Base, db.Timestamped):
    """The public log: what was done to a thread, a post or a person, by whom and why."""

    __tablename__ = "forum_moderations"
    actor_name: Mapped[str]
    verb: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    thread_id: Mapped[UUID | None]
    post_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    subject: Mapped[str]
    __table_args__ = (Index("ix_forum_moderations_newest", "workspace_id", "id"),)
