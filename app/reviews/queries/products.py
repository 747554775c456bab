"""What everybody reads: the stars of products and shops, and the reviews of one product, the newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, tuple_

from app.catalogue.models import Product, Shop
from app.core import db
from app.reviews.models import Review, ReviewTally, average

PAGE = 10
ON_PRODUCT = 4
"""How many stand on the product's own page."""
COUNTS = (ReviewTally.one, ReviewTally.two, ReviewTally.three, ReviewTally.four, ReviewTally.five)


@dataclass(frozen=True)
class Rating:
    """How many gave one star, two, up to five; there is at least one of them."""

    counts: tuple[int, ...]

    @property
    def count(self) -> int:
        return sum(self.counts)

    @property
    def average(self) -> Decimal:
        """In tenths of a star."""
        return average(self.counts) or Decimal(0)

    @property
    def bars(self) -> list[tuple[int, int]]:
        """(stars, how many), the best first."""
        return [(stars, self.counts[stars - 1]) for stars in range(5, 0, -1)]


def ratings(products: Iterable[Product]) -> dict[UUID, Rating]:
    """By product, those that have any; one statement however many."""
    keys = [(one.workspace_id, one.id) for one in products]
    if not keys:
        return {}
    wanted = select(ReviewTally).where(tuple_(ReviewTally.workspace_id, ReviewTally.product_id).in_(keys))
    return {row.product_id: Rating(row.counts) for row in db.session().scalars(wanted) if sum(row.counts)}


def of_shop(shop: Shop) -> Rating | None:
    """Over everything it ever sold; what was taken off sale still counts."""
    sums = select(*(func.coalesce(func.sum(one), 0) for one in COUNTS))
    mine = sums.where(tuple_(ReviewTally.workspace_id, ReviewTally.shop_id).in_([(shop.workspace_id, shop.id)]))
    counts = tuple(int(one) for one in db.session().execute(mine).one())
    return Rating(counts) if sum(counts) else None


Mark = tuple[datetime, UUID]


@dataclass(frozen=True)
class Page:
    """`after` is where the next page goes on; None on the last."""

    reviews: Sequence[Review]
    after: Mark | None


def page(product: Product, stars: int | None = None, after: Mark | None = None, limit: int = PAGE) -> Page:
    """What everybody may read, also for its own author, who sees more elsewhere."""
    of_it = tuple_(Review.workspace_id, Review.product_id).in_([(product.workspace_id, product.id)])
    wanted = select(Review).where(of_it, Review.shown)
    if stars is not None:
        wanted = wanted.where(Review.stars == stars)
    if after is not None:
        wanted = wanted.where(tuple_(Review.created_at, Review.id) < after)
    newest = wanted.order_by(Review.created_at.desc(), Review.id.desc()).limit(limit + 1)
    rows = list(db.session().scalars(newest))
    shown = rows[:limit]
    return Page(shown, mark(shown[-1]) if len(rows) > limit else None)


def mark(review: Review) -> Mark:
    return review.created_at, review.id


def written(place: Mark | None) -> str:
    """A place in a list as an address holds it; empty for none."""
    return f"{place[0].isoformat()}~{place[1]}" if place else ""


def read_mark(raw: str) -> Mark | None:
    """What `written` wrote; nonsense begins anew."""
    moment, _, row = raw.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at, UUID(row)) if at.tzinfo is not None else None
    except ValueError:
        return None
