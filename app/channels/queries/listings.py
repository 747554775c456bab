"""Listings: which are ours, which wait for somebody, and what they could be."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.catalogue.models import Product, Variant
from app.channels.models import ChannelConnection, ChannelListing, ListingPart
from app.core import db
from app.core.errors import NotFound

_one = ChannelListing
PUSH_FAILED = and_(_one.push_error != "", _one.asked > _one.pushed_version)
"""The newest number did not get through; what was told later is not a problem any more."""
LIKE = 0.45
"""How alike (0 to 1) names are from which a product is worth offering to somebody who looks for one."""
_THERE = _one.state != "gone"
_DOUBLED = and_(_one.match.in_(("none", "suggested")), _one.reason.startswith("The SKU "))
VIEWS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "none": ("Not matched", and_(_one.match == "none", ~_DOUBLED, _THERE)),
    "suggested": ("Suggested", and_(_one.match == "suggested", ~_DOUBLED, _THERE)),
    "matched": ("Matched", _one.match == "matched"),
    "doubled": ("SKU twice", and_(_DOUBLED, _THERE)),
    "problems": ("Problems", or_(PUSH_FAILED, and_(_one.state == "refused", _one.match != "ignored"))),
    "ignored": ("Left out", _one.match == "ignored"),
    "all": ("All", true()),
}
"""Tabs: what they are called, and what is in them."""


@dataclass(frozen=True)
class Filters:
    """`view` is one of VIEWS; `search` looks at titles, variants and SKUs. Without a shop, those that are disconnected are left out."""

    view: str = "none"
    search: str = ""
    connection_id: UUID | None = None

    def narrow(self) -> list[ColumnElement[bool]]:
        found = []
        if self.search:
            words = (_one.title, _one.variant_title, _one.sku)
            found.append(or_(*(word.icontains(self.search, autoescape=True) for word in words)))
        if self.connection_id:
            return [*found, _one.connection_id == self.connection_id]
        gone = select(ChannelConnection.id).where(ChannelConnection.state == "disconnected")
        return [*found, _one.connection_id.not_in(gone)]


LOADED = selectinload(_one.parts).joinedload(ListingPart.variant).joinedload(Variant.product)


def page(filters: Filters, after: UUID | None = None, limit: int = 50) -> list[ChannelListing]:
    """Newest first with what they are made of; keyset by id, two statements."""
    wanted = select(_one).where(VIEWS[filters.view][1], *filters.narrow()).order_by(_one.id.desc()).limit(limit)
    if after:
        wanted = wanted.where(_one.id < after)
    return list(db.session().scalars(wanted.options(LOADED).execution_options(populate_existing=True)))


def counts(filters: Filters) -> dict[str, int]:
    """How many each tab holds under the same search and channel; one statement."""
    wanted = select(*(func.count().filter(which).label(view) for view, (_, which) in VIEWS.items()))
    row = db.session().execute(wanted.select_from(_one).where(*filters.narrow())).one()
    return {view: int(row._mapping[view]) for view in VIEWS}


def listing(listing_id: UUID) -> ChannelListing:
    """With its parts. Raises NotFound."""
    wanted = select(_one).where(_one.id == listing_id).options(LOADED)
    found = db.session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def shops_of(rows: Sequence[ChannelListing]) -> dict[UUID, ChannelConnection]:
    wanted = select(ChannelConnection).where(ChannelConnection.id.in_({row.connection_id for row in rows}))
    return {one.id: one for one in db.session().scalars(wanted)}


def candidates(words: str, but: Sequence[UUID] = (), limit: int = 8) -> list[Variant]:
    """Variants of ours that a listing could be, with their products; the same SKU first."""
    if not words.strip():
        return []
    like = [column.icontains(words.strip(), autoescape=True) for column in (Variant.sku, Product.title, Variant.title)]
    exact = (func.lower(Variant.sku) == words.strip().lower()).desc()
    wanted = (
        select(Variant)
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .where(or_(*like), Variant.archived_at.is_(None), Product.state != "archived", Variant.id.not_in(but))
        .order_by(exact, Product.title, Product.id, Variant.position)
        .limit(limit)
        .options(joinedload(Variant.product))
    )
    return list(db.session().scalars(wanted))


def likely(title: str, but: Sequence[UUID] = (), limit: int = 8) -> list[Variant]:
    """Variants of ours that are called like `title`, or whose name stands somewhere in it, the likest first."""
    close = func.greatest(func.similarity(Product.title, title), func.word_similarity(Product.title, title))
    wanted = (
        select(Variant)
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .where(close > LIKE, Variant.archived_at.is_(None), Product.state != "archived", Variant.id.not_in(but))
        .order_by(close.desc(), Product.id, Variant.position)
        .limit(limit)
        .options(joinedload(Variant.product))
    )
    return list(db.session().scalars(wanted))


def variants(ids: Sequence[UUID]) -> list[Variant]:
    """In the order of `ids`; those that are not there are left out."""
    wanted = select(Variant).where(Variant.id.in_(ids)).options(joinedload(Variant.product))
    found = {one.id: one for one in db.session().scalars(wanted)} if ids else {}
    return [found[one] for one in ids if one in found]


def suggestions(at_least: int, connection_id: UUID | None = None, limit: int = 200) -> list[ChannelListing]:
    """Suggestions of this confidence (percent) and more, the surest first."""
    wanted = select(_one).where(VIEWS["suggested"][1], _one.confidence >= at_least, *_of(connection_id))
    return list(
        db.session().scalars(wanted.order_by(_one.confidence.desc(), _one.id.desc()).limit(limit).options(LOADED))
    )


def suggested(at_least: int, connection_id: UUID | None = None) -> tuple[int, int]:
    """(suggestions of this confidence, all suggestions)."""
    sure = func.count().filter(_one.confidence >= at_least)
    wanted = select(sure, func.count()).select_from(_one).where(VIEWS["suggested"][1], *_of(connection_id))
    some, every = db.session().execute(wanted).one()
    return int(some), int(every)


def _of(connection_id: UUID | None) -> list[ColumnElement[bool]]:
    return [_one.connection_id == connection_id] if connection_id else []
