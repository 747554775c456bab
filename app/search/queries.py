"""Finds things of the open workspace by the words people use for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, text

from app.catalogue import queries as catalogue
from app.catalogue.models import Product
from app.core import db
from app.forum import queries as forum
from app.forum.models import Thread
from app.orders import queries as orders
from app.orders.models import Order
from app.reviews import queries as reviews
from app.reviews.models import Review

FEW = 8


@dataclass(frozen=True)
class Buyer:
    """Somebody who ordered here. `orders` counts their orders among the newest 2,000 that match."""

    name: str
    email: str
    country: str
    orders: int


@dataclass(frozen=True)
class Found:
    """What matches, at most eight of each kind."""

    orders: Sequence[Order] = field(default_factory=list)
    products: Sequence[Product] = field(default_factory=list)
    buyers: Sequence[Buyer] = field(default_factory=list)
    threads: Sequence[Thread] = field(default_factory=list)
    reviews: Sequence[Review] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        return not (self.orders or self.products or self.buyers or self.threads or self.reviews)


def find(words: str, *, with_orders: bool, with_products: bool, with_threads: bool, with_reviews: bool) -> Found:
    """Everything that matches `words` and that the reader may see; nothing for no words."""
    if not words:
        return Found()
    return Found(
        orders=orders.list_orders(orders.Filters(view="all", q=words), limit=FEW) if with_orders else [],
        products=catalogue.products(search=words, limit=FEW) if with_products else [],
        buyers=_buyers(words) if with_orders else [],
        threads=forum.search.threads(words, FEW) if with_threads else [],
        reviews=reviews.matching(words, FEW) if with_reviews else [],
    )


def order_named(words: str) -> int | None:
    """The number of an order when the words are just that number, with or without #."""
    digits = words.strip().removeprefix("#")
    if not digits.isdecimal() or len(digits) > 9:
        return None
    return db.session().scalars(select(Order.number).where(Order.number == int(digits))).one_or_none()


def _buyers(words: str) -> list[Buyer]:
    """People whose own name or address matches, the most frequent first."""
    hits = select(text("id")).select_from(text("search_orders(:wanted)")).params(wanted=words)
    named = (func.lower(Order.buyer_name) + " " + func.lower(Order.buyer_email)).contains(
        words.lower(), autoescape=True
    )
    rows = db.session().execute(
        select(
            func.max(Order.buyer_name).label("name"),
            Order.buyer_email.label("email"),
            func.max(Order.country).label("country"),
            func.count().label("orders"),
        )
        .where(Order.id.in_(hits), named)
        .group_by(Order.buyer_email)
        .order_by(func.count().desc(), Order.buyer_email)
        .limit(FEW)
    )
    return [Buyer(row.name, row.email, row.country, int(row.orders)) for row in rows]
