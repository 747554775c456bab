"""The seller's list of reviews. In the workspace's scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, tuple_
from sqlalchemy.orm import joinedload

from app.access.models import Grant
from app.catalogue.models import Product, Shop
from app.core import db
from app.core.permissions import Permission, Role, allowed
from app.orders.models import Order
from app.reviews.models import Review, ReviewReport, ReviewSetting
from app.reviews.queries.products import Mark, mark, read_mark, written
from app.workspaces.models import Member

PAGE = 20
UNHAPPY = 3
VIEWS = {"": "All", "unanswered": "Without an answer", "reported": "Reported", "unseen": "Not shown"}


@dataclass(frozen=True)
class Filters:
    """As the address says; nonsense filters nothing. `only` is one review, which news and searches lead to."""

    view: str = ""
    stars: int | None = None
    product: UUID | None = None
    only: UUID | None = None
    after: Mark | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Filters":
        view, stars = args.get("view", ""), args.get("stars", "")
        return cls(
            view if view in VIEWS else "",
            int(stars) if stars in ("1", "2", "3", "4", "5") else None,
            _id(args.get("product", "")),
            _id(args.get("review", "")),
            read_mark(args.get("after", "")),
        )

    def query(self, **changes: Any) -> dict[str, str]:
        """What stands in an address, some of it changed; a change of filters begins the list anew."""
        told = replace(self, **({"after": None} | changes))
        said = {"view": told.view, "stars": told.stars, "product": told.product, "review": told.only}
        said["after"] = written(told.after)
        return {name: str(value) for name, value in said.items() if value}

    @property
    def narrow(self) -> bool:
        return bool(self.view or self.stars or self.product or self.only)


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


@dataclass(frozen=True)
class Line:
    """A review with the order that it hangs on, and its latest report."""

    review: Review
    order: Order
    report: ReviewReport | None = None


@dataclass(frozen=True)
class Listing:
    lines: Sequence[Line]
    after: Mark | None
    counts: Mapping[str, int] = field(default_factory=dict)


def listing(wanted: Filters) -> Listing:
    """One page, the newest first: four statements however many there are."""
    statement = _narrowed(
        select(Review, Order)
        .join(Grant, and_(Grant.workspace_id == Review.workspace_id, Grant.id == Review.grant_id))
        .join(Order, and_(Order.workspace_id == Grant.workspace_id, Order.id == Grant.order_id)),
        wanted,
    )
    if wanted.after is not None:
        statement = statement.where(tuple_(Review.created_at, Review.id) < wanted.after)
    loaded = joinedload(Review.product)
    parts = loaded.selectinload(Product.pictures), loaded.joinedload(Product.shop)
    newest = statement.order_by(Review.created_at.desc(), Review.id.desc()).limit(PAGE + 1)
    rows = db.session().execute(newest.options(*parts)).unique().all()
    shown = rows[:PAGE]
    reports = _reports([review.id for review, _ in shown])
    lines = [Line(review, order, reports.get(review.id)) for review, order in shown]
    return Listing(lines, mark(shown[-1][0]) if len(rows) > PAGE else None, _counts(wanted))


def _narrowed(statement: Select[*tuple[Any, ...]], wanted: Filters) -> Select[*tuple[Any, ...]]:
    statement = statement.where(*_view(wanted.view))
    if wanted.stars is not None:
        statement = statement.where(Review.stars == wanted.stars)
    if wanted.product is not None:
        statement = statement.where(Review.product_id == wanted.product)
    return statement if wanted.only is None else statement.where(Review.id == wanted.only)


def _view(name: str) -> list[ColumnElement[bool]]:
    waiting = exists().where(
        ReviewReport.workspace_id == Review.workspace_id,
        ReviewReport.review_id == Review.id,
        ReviewReport.state == "open",
    )
    found: dict[str, list[ColumnElement[bool]]] = {
        "unanswered": [Review.reply.is_(None), Review.shown.is_(True)],
        "reported": [waiting],
        "unseen": [~Review.shown],
    }
    return found.get(name, [])


def _counts(wanted: Filters) -> dict[str, int]:
    """How many each view has with the other filters in force, up to db.MOST_COUNTED."""
    columns = [
        db.counted(_narrowed(select(Review.id), replace(wanted, view=name))).label(f"c{number}")
        for number, name in enumerate(VIEWS)
    ]
    return dict(zip(VIEWS, db.session().execute(select(*columns)).one(), strict=True))


def _reports(reviews: Sequence[UUID]) -> dict[UUID, ReviewReport]:
    wanted = select(ReviewReport).where(ReviewReport.review_id.in_(reviews)).order_by(ReviewReport.id)
    return {row.review_id: row for row in db.session().scalars(wanted)}


def one(review_id: UUID) -> Review:
    """Raises NotFound."""
    return db.get(Review, review_id)


def line_of(review_id: UUID) -> Line:
    """Raises NotFound."""
    review = db.get(Review, review_id)
    order = db.get(Order, db.get(Grant, review.grant_id).order_id)
    return Line(review, order, _reports([review_id]).get(review_id))


def matching(words: str, limit: int) -> Sequence[Review]:
    """By what they say or who said it, the newest first, with their products."""
    told = Review.body.icontains(words, autoescape=True) | Review.name.icontains(words, autoescape=True)
    newest = select(Review).where(told).order_by(Review.created_at.desc(), Review.id.desc()).limit(limit)
    return db.session().scalars(newest.options(joinedload(Review.product))).all()


def reviewed() -> list[tuple[Product, int]]:
    """Products that anybody reviewed, by title, with how many."""
    rows = db.session().execute(
        select(Product, func.count(Review.id))
        .join(Review, and_(Review.workspace_id == Product.workspace_id, Review.product_id == Product.id))
        .group_by(Product.workspace_id, Product.id)
        .order_by(Product.title, Product.id)
        .limit(500)
    )
    return [(product, count) for product, count in rows]


def reminders() -> list[tuple[Shop, bool]]:
    """Shops by name, and whether their buyers are reminded."""
    same = and_(ReviewSetting.workspace_id == Shop.workspace_id, ReviewSetting.shop_id == Shop.id)
    rows = db.session().execute(
        select(Shop, func.coalesce(ReviewSetting.reminders, True)).outerjoin(ReviewSetting, same).order_by(Shop.name)
    )
    return [(shop, on) for shop, on in rows]


def unhappy() -> tuple[int, datetime | None]:
    """How many reviews of three stars and fewer nobody answered, and since when the first of them waits."""
    waiting = select(func.count(), func.min(Review.created_at)).where(*_view("unanswered"), Review.stars <= UNHAPPY)
    count, oldest = db.session().execute(waiting).one()
    return count, oldest


def readers() -> Sequence[UUID]:
    """The people of the workspace who may read its list of reviews."""
    roles = [role.value for role in Role if allowed(role, Permission.REVIEWS_REVIEW_READ)]
    return db.session().scalars(select(Member.user_id).where(Member.role.in_(roles), Member.removed_at.is_(None))).all()
