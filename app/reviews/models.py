"""What buyers say about products, how the stars of a product add up, and what sellers and the platform do about a review."""

from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access.models import Grant
from app.catalogue.models import Product, owned_by
from app.core import db

SHOWN = "hidden_at is null and void_at is null"


class Review(db.Tenanted, db.Base, db.Timestamped):
    """By whoever holds the purchase `grant_id`. `name` is how they are called in public, empty for «A buyer».

    `void_at`: none of their purchases of it is paid any more. `hidden_at`: the platform took it out of sight, `hidden_for` says
    why. While neither is set it is `shown`, and counts in the product's tally, which a trigger keeps. `version` counts its
    author's changes. `reply` is the seller's one answer, signed by `reply_author` for the team.
    """

    __tablename__ = "reviews"
    product_id: Mapped[UUID]
    grant_id: Mapped[UUID]
    stars: Mapped[int]
    body: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    edited_at: Mapped[db.When | None]
    version: Mapped[int] = mapped_column(default=1)
    void_at: Mapped[db.When | None]
    hidden_at: Mapped[db.When | None]
    hidden_for: Mapped[str | None]
    shown: Mapped[bool] = mapped_column(Computed(SHOWN, persisted=True))
    reply: Mapped[str | None]
    reply_author: Mapped[str | None]
    replied_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("products", "product_id"),
        owned_by("grants", "grant_id"),
        UniqueConstraint("workspace_id", "grant_id"),
        CheckConstraint("stars between 1 and 5", name="stars"),
        CheckConstraint("(hidden_at is null) = (hidden_for is null)", name="hidden"),
        CheckConstraint("(reply is null) = (replied_at is null)", name="reply"),
        Index(
            "ix_reviews_product",
            "workspace_id",
            "product_id",
            text("created_at desc"),
            text("id desc"),
            postgresql_where=text("shown"),
        ),
        Index("ix_reviews_newest", "workspace_id", text("created_at desc"), text("id desc")),
        Index(
            "ix_reviews_unanswered",
            "workspace_id",
            text("created_at desc"),
            text("id desc"),
            postgresql_where=text("reply is null and shown"),
        ),
    )
    product: Mapped[Product] = relationship(viewonly=True)
    grant: Mapped[Grant] = relationship(viewonly=True)

    @property
    def author(self) -> str:
        return self.name or "A buyer"


class ReviewTally(db.Tenanted, db.Base):
    """How many shown reviews of a product give how many stars. Only a trigger counts; actions lock it, to come one by one."""

    __tablename__ = "review_tallies"
    product_id: Mapped[UUID]
    shop_id: Mapped[UUID]
    one: Mapped[int] = mapped_column(default=0, server_default="0")
    two: Mapped[int] = mapped_column(default=0, server_default="0")
    three: Mapped[int] = mapped_column(default=0, server_default="0")
    four: Mapped[int] = mapped_column(default=0, server_default="0")
    five: Mapped[int] = mapped_column(default=0, server_default="0")
    __table_args__ = (
        owned_by("products", "product_id"),
        owned_by("shops", "shop_id"),
        UniqueConstraint("workspace_id", "product_id"),
        Index("ix_review_tallies_shop", "workspace_id", "shop_id"),
        CheckConstraint("least(one, two, three, four, five) >= 0", name="counts"),
    )

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """From one star to five."""
        return (self.one, self.two, self.three, self.four, self.five)


class ReviewReport(db.Tenanted, db.Base, db.Timestamped):
    """A seller says that a review breaks the rules, or (`reason` changed) its author changed one that is hidden.

    `state` is open, kept or hidden: what the platform decided, with `answer` as its words to both sides. `version` is the
    review's when it was last decided about.
    """

    __tablename__ = "review_reports"
    review_id: Mapped[UUID]
    reporter_id: Mapped[UUID | None]
    reporter_name: Mapped[str]
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("reviews", "review_id", ondelete="CASCADE"),
        CheckConstraint("state in ('open', 'kept', 'hidden')", name="state"),
        Index(
            "uq_review_reports_open", "workspace_id", "review_id", unique=True, postgresql_where=text("state = 'open'")
        ),
        Index("ix_review_reports_review", "workspace_id", "review_id", "id"),
    )
    review: Mapped[Review] = relationship(viewonly=True)


class ReviewSetting(db.Tenanted, db.Base):
    """What a shop chose; without a row buyers are reminded."""

    __tablename__ = "review_settings"
    shop_id: Mapped[UUID]
    reminders: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    __table_args__ = (owned_by("shops", "shop_id"), UniqueConstraint("workspace_id", "shop_id"))


class ReviewReminder(db.Tenanted, db.Base, db.Timestamped):
    """A purchase was looked at once; `outcome` is sent, or why no letter went."""

    __tablename__ = "review_reminders"
    order_id: Mapped[UUID]
    outcome: Mapped[str]
    __table_args__ = (owned_by("orders", "order_id"), UniqueConstraint("workspace_id", "order_id"))


class ReviewOptOut(db.Tenanted, db.Base, db.Timestamped):
    """An address that wants no reminders of a shop. In lower case."""

    __tablename__ = "review_optouts"
    shop_id: Mapped[UUID]
    email: Mapped[str]
    __table_args__ = (owned_by("shops", "shop_id"), UniqueConstraint("workspace_id", "shop_id", "email"))


TENTH = Decimal("0.1")


def average(counts: tuple[int, ...]) -> Decimal | None:
    """Of stars, in tenths, from the counts of one star to five; None of nothing."""
    voices = sum(counts)
    if not voices:
        return None
    stars = sum(stars * count for stars, count in enumerate(counts, 1))
    return (Decimal(stars) / voices).quantize(TENTH, ROUND_HALF_EVEN)
