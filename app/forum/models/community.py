"""Communities, their categories, and the people as others see them."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Product, owned_by
from app.core import db


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
    """A part of a community. Everybody may know the name of one that is not the team's; who may enter is the `audience`:

    public; customers, who hold any active grant here; buyers, who hold one of its products' (CategoryProduct); team.
    `writes`: who starts threads, everyone or team. With `product_id` it is the questions tab of that product's page.
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
    product: Mapped[Product | None] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("products", "product_id"),
        UniqueConstraint("workspace_id", "slug"),
        CheckConstraint("audience in ('public', 'customers', 'buyers', 'team')", name="audience"),
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
    """Somebody who wrote here, as others see them; never an e-mail address. `handle` is what follows an @. `team`: a member.

    `former`: the handles they had before; nobody else gets them, so that who was called by one is still found.

    `trust` 0 (new), 1 (known) or 2 (trusted). Suspended people read and do not write until then; banned ones never.
    """

    __tablename__ = "forum_people"
    user_id: Mapped[UUID]
    handle: Mapped[str]
    former: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    name: Mapped[str]
    team: Mapped[bool] = mapped_column(default=False)
    trust: Mapped[int] = mapped_column(default=0)
    posts: Mapped[int] = mapped_column(default=0)
    suspended_until: Mapped[db.When | None]
    banned_at: Mapped[db.When | None]
    barred_for: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        UniqueConstraint("workspace_id", "user_id"),
        UniqueConstraint("workspace_id", "handle"),
        CheckConstraint("trust between 0 and 2", name="trust"),
    )

    @property
    def barred(self) -> bool:
        """Whether they read and do not write now."""
        return self.banned_at is not None or (self.suspended_until is not None and self.suspended_until > db.now())


class Answer(db.Tenanted, db.Base, db.Timestamped):
    """An answered question that stands on its product's page. `post_id` is the answer, `thread_id` the question."""

    __tablename__ = "product_answers"
    product_id: Mapped[UUID]
    thread_id: Mapped[UUID]
    post_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        owned_by("products", "product_id"),
        owned_by("forum_threads", "thread_id"),
        owned_by("forum_posts", "post_id"),
        UniqueConstraint("workspace_id", "product_id", "thread_id"),
    )
