"""Finding products: search, filters with counts, keyset paging. One list query and one count query a page."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Float, Select, Uuid, and_, case, cast, column, func, literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import REAL

from app.catalogue.models import Category, Product, Shop
from app.core import db
from app.storefront.queries.cards import FULL_CARD, in_open_shop

PAGE = 24
NEAR = 4
SORTS = {
    "match": "Best match",
    "popular": "Most bought",
    "newest": "Newest",
    "price": "Price, low to high",
    "price_desc": "Price, high to low",
}
KINDS = {"physical": "Things that ship", "digital": "Downloads", "both": "Ships with a download"}


@dataclass(frozen=True)
class Wish:
    """What a buyer asks for. `low` and `high` are minor units of `currency`; `after` is the last row seen."""

    words: str = ""
    category: str = ""
    kinds: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    currency: str = ""
    sort: str = ""
    after: tuple[str, UUID] | None = None
    shop: Shop | None = None

    @property
    def order(self) -> str:
        """The sort in force: best match needs words to match."""
        if self.sort in SORTS and (self.words or self.sort != "match"):
            return self.sort
        return "match" if self.words else "popular"

    @property
    def active(self) -> int:
        """How many kinds of filter narrow the result."""
        return sum(map(bool, (self.category, self.kinds, self.low is not None or self.high is not None)))

    @property
    def filtered(self) -> bool:
        return self.active > 0


@dataclass(frozen=True)
class Facets:
    """Counts beside the filters: each ignores its own filter and obeys the others."""

    total: int = 0
    categories: dict[UUID | None, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    all_categories: int = 0


@dataclass(frozen=True)
class Found:
    products: list[Product]
    after: tuple[str, UUID] | None


KIND = case(
    (and_(Product.ships, Product.downloads), "both"),
    (Product.ships, "physical"),
    else_="digital",
)


@dataclass(frozen=True)
class Hits:
    """What matched the words, as columns: asked once, used by the list and by the counts."""

    workspace_ids: list[UUID]
    ids: list[UUID]
    ranks: list[float]


def search(wish: Wish) -> Hits | None:
    """Ask the search function: it holds its own scope and keeps its indexes (migration 0002). None without words."""
    if not wish.words:
        return None
    rows = (
        db.session().execute(select(text("workspace_id, id, rank")).select_from(func.search_products(wish.words))).all()
    )
    return Hits([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


def _table(hits: Hits) -> Any:
    return (
        func.unnest(cast(hits.workspace_ids, ARRAY(Uuid)), cast(hits.ids, ARRAY(Uuid)), cast(hits.ranks, ARRAY(REAL)))
        .table_valued(column("workspace_id", Uuid), column("id", Uuid), column("rank", REAL))
        .render_derived()
        .alias("hits")
    )


def _base(wish: Wish, found: Hits | None, *columns: Any) -> tuple[Select[Any], Any]:
    statement = select(*columns).select_from(Product).where(Product.state == "listed")
    hits = _table(found) if found else None
    if hits is not None:
        statement = statement.join(hits, and_(hits.c.workspace_id == Product.workspace_id, hits.c.id == Product.id))
    if wish.shop is not None:
        statement = statement.where(Product.workspace_id == wish.shop.workspace_id, Product.shop_id == wish.shop.id)
    return _priced(statement, wish), hits


def _priced(statement: Select[Any], wish: Wish) -> Select[Any]:
    if wish.low is None and wish.high is None:
        return statement
    statement = statement.where(Product.currency == wish.currency)
    if wish.low is not None:
        statement = statement.where(Product.price_minor >= wish.low)
    if wish.high is not None:
        statement = statement.where(Product.price_minor <= wish.high)
    return statement


def _narrowed(statement: Select[Any], wish: Wish) -> Select[Any]:
    if wish.category:
        wanted = select(Category.id).where(Category.slug == wish.category).scalar_subquery()
        statement = statement.where(Product.category_id == wanted)
    if wish.kinds:
        statement = statement.where(KIND.in_(wish.kinds))
    return statement


def find(wish: Wish, found: Hits | None = None, limit: int = PAGE) -> Found:
    """One page of products, ready for cards. `found` is what `search` gave for the wish's words."""
    statement, hits = _base(wish, found, Product)
    statement = _narrowed(statement, wish).where(in_open_shop())
    key, ascending = _key(wish, hits)
    statement = statement.add_columns(key.label("sort_key"))
    if wish.after is not None:
        mark = tuple_(_literal(wish.order, wish.after[0]), literal(wish.after[1], Uuid))
        place = tuple_(key, Product.id)
        statement = statement.where(place > mark if ascending else place < mark)
    order = (key, Product.id) if ascending else (key.desc(), Product.id.desc())
    rows = db.session().execute(statement.options(*FULL_CARD).order_by(*order).limit(limit + 1)).unique().all()
    shown = rows[:limit]
    after = (_text(shown[-1][1]), shown[-1][0].id) if len(rows) > limit else None
    return Found([row[0] for row in shown], after)


def _key(wish: Wish, hits: Any) -> tuple[Any, bool]:
    return {
        "match": lambda: (hits.c.rank, False),
        "popular": lambda: (Product.sold_count, False),
        "newest": lambda: (Product.listed_at, False),
        "price": lambda: (Product.price_minor, True),
        "price_desc": lambda: (Product.price_minor, False),
    }[wish.order]()


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)


def _literal(order: str, raw: str) -> Any:
    """A mark from the address as its column's type. Raises ValueError when it is not one."""
    if order == "newest":
        return literal(datetime.fromisoformat(raw))
    return cast(literal(float(raw), Float), REAL) if order == "match" else literal(int(raw))


def readable(order: str, raw: str) -> bool:
    """Whether a mark from an address can be used for this order."""
    try:
        _literal(order, raw)
    except ValueError:
        return False
    return True


def facets(wish: Wish, found: Hits | None = None) -> Facets:
    """All counts in one query: the few (category, kind) groups are added up here."""
    slug = Category.slug
    statement, _ = _base(wish, found, Product.category_id, slug, KIND, func.count())
    same_shop = and_(Shop.workspace_id == Product.workspace_id, Shop.id == Product.shop_id)
    statement = statement.join(Shop, same_shop).where(Shop.state == "open")
    statement = statement.outerjoin(Category, Category.id == Product.category_id)
    rows = db.session().execute(statement.group_by(Product.category_id, slug, KIND)).all()
    categories: dict[UUID | None, int] = {}
    kinds = dict.fromkeys(KINDS, 0)
    total = all_categories = 0
    for category_id, category_slug, kind, number in rows:
        in_category = not wish.category or wish.category == category_slug
        in_kind = not wish.kinds or kind in wish.kinds
        if in_kind:
            categories[category_id] = categories.get(category_id, 0) + number
            all_categories += number
        if in_category:
            kinds[kind] += number
        total += number if in_kind and in_category else 0
    return Facets(total, categories, kinds, all_categories)


def near_misses(words: str, limit: int = NEAR) -> list[Product]:
    """The closest titles when nothing matched; asked only then, since it looks at every title."""
    alike = func.similarity(Product.title, words)
    statement = (
        select(Product)
        .where(Product.state == "listed", in_open_shop(), alike > 0.08)
        .options(*FULL_CARD)
        .order_by(alike.desc(), Product.sold_count.desc(), Product.id)
        .limit(limit)
    )
    return list(db.session().scalars(statement).unique())


def unfiltered(wish: Wish) -> Wish:
    return replace(wish, category="", kinds=(), low=None, high=None, after=None)


def currencies() -> list[str]:
    """What shops charge in, most products first."""
    statement = select(Product.currency).where(Product.state == "listed").group_by(Product.currency)
    return list(db.session().scalars(statement.order_by(func.count().desc(), Product.currency)))
