"""The sync truth table: per SKU of ours what there is, who holds it, and what every channel may sell, was told and shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, or_, select, true, tuple_
from sqlalchemy.orm import joinedload

from app.catalogue.models import Product, Variant
from app.channels.models import LIVE, ChannelConnection, ChannelListing, ListingPart
from app.channels.queries.listings import PUSH_FAILED
from app.channels.stock import Offer, offer, rules_of
from app.core import db
from app.core.errors import NotFound
from app.inventory import queries as inventory
from app.inventory.models import Reservation

_one = ChannelListing
DIFFERENT = or_(
    _one.asked > _one.pushed_version,
    _one.counted.is_(True) & _one.pushed.is_not(None) & _one.seen.is_distinct_from(_one.pushed),
    PUSH_FAILED,
)
"""Our newest number was not told yet, was refused, or something else is shown there."""


@dataclass(frozen=True)
class Filters:
    """`differences`: only SKUs of which some channel does not show what we offer. `search` looks at SKUs and titles."""

    search: str = ""
    differences: bool = False


@dataclass(frozen=True)
class Cell:
    """A listing of one SKU. `units` of the SKU are in one of it; `bundle` when it has other parts too."""

    listing: ChannelListing
    connection: ChannelConnection
    offer: Offer
    units: int
    bundle: bool

    @property
    def told(self) -> bool:
        """Whether anything is told at all."""
        return not (self.listing.stock_paused or self.connection.stock_paused) and self.connection.state == "active"

    @property
    def waits(self) -> bool:
        return self.listing.asked > self.listing.pushed_version

    @property
    def state(self) -> str:
        """agrees, waits (to be told), refused, paused, differs, or uncounted: the platform does not count it."""
        if self.listing.push_error and self.waits:
            return "refused"
        if self.offer.units is None or not self.listing.counted:
            return "uncounted"
        if self.listing.seen == self.offer.units:
            return "agrees"
        if not self.told:
            return "paused"
        return "waits" if self.waits else "differs"


@dataclass(frozen=True)
class Row:
    """One SKU of ours. `held` is what orders hold, `carts` what own checkouts hold right now, `short` what was oversold."""

    variant: Variant
    on_hand: int
    held: int
    carts: int
    short: int
    available: int | None
    cells: Sequence[Cell]


_ORDER = (Product.title, Product.id, Variant.position, Variant.id)


def _sold(variant_id: SQLColumnExpression[UUID], *more: ColumnElement[bool]) -> Select[bool]:
    """A row per matched listing, of a connection that lives, which the SKU is part of."""
    return (
        select(true())
        .select_from(ListingPart)
        .join(_one, (_one.workspace_id == ListingPart.workspace_id) & (_one.id == ListingPart.listing_id))
        .join(
            ChannelConnection,
            (ChannelConnection.workspace_id == _one.workspace_id) & (ChannelConnection.id == _one.connection_id),
        )
        .where(ListingPart.variant_id == variant_id, _one.match == "matched", _one.state != "gone")
        .where(ChannelConnection.state.in_(LIVE), *more)
    )


def table(filters: Filters, after: UUID | None = None, limit: int = 40) -> list[Row]:
    """SKUs that some channel sells, by product; keyset by `_ORDER`, a fixed number of statements."""
    sorted_ = _sorted(filters, after)
    wanted = (
        sorted_.where(_sold(Variant.id, DIFFERENT).exists()).limit(limit)
        if filters.differences
        else _first(sorted_, limit)
    )
    ids = list(db.session().scalars(wanted))
    rows = select(Variant).where(Variant.id.in_(ids)).options(joinedload(Variant.product))
    found = {one.id: one for one in db.session().scalars(rows)} if ids else {}
    return _rows([found[one] for one in ids])


def _sorted(filters: Filters, after: UUID | None) -> Select[UUID]:
    """Ids of SKUs of ours in `_ORDER`, narrowed by the search."""
    wanted = (
        select(Variant.id)
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .order_by(*_ORDER)
    )
    if filters.search:
        words = (Product.title, Variant.sku, Variant.title)
        wanted = wanted.where(or_(*(word.icontains(filters.search, autoescape=True) for word in words)))
    if after:
        last = db.session().execute(select(*_ORDER).join(Variant.product).where(Variant.id == after)).one_or_none()
        wanted = wanted.where(tuple_(*_ORDER) > tuple(last)) if last else wanted
    return wanted


def _first(sorted_: Select[UUID], limit: int) -> Select[UUID]:
    """Those that some channel sells, looked up one after the other until there are enough: most are, so that is soon.

    Joining first and sorting then reads every listing of every channel. The two limits keep PostgreSQL from that.
    """
    one = sorted_.add_columns(Product.title, Product.id.label("product"), Variant.position).offset(0).subquery()
    sold = _sold(one.c.id).limit(1).scalar_subquery()
    return select(one.c.id).where(sold).order_by(one.c.title, one.c.product, one.c.position, one.c.id).limit(limit)


def counts() -> tuple[int, int]:
    """(SKUs that some channel sells, those of them that differ)."""
    per_sku = (
        select(func.bool_or(DIFFERENT).label("differs"))
        .select_from(ListingPart)
        .join(_one, (_one.workspace_id == ListingPart.workspace_id) & (_one.id == ListingPart.listing_id))
        .join(
            ChannelConnection,
            (ChannelConnection.workspace_id == _one.workspace_id) & (ChannelConnection.id == _one.connection_id),
        )
        .where(_one.match == "matched", _one.state != "gone", ChannelConnection.state.in_(LIVE))
        .group_by(ListingPart.variant_id)
        .subquery()
    )
    wanted = select(func.count(), func.count().filter(per_sku.c.differs)).select_from(per_sku)
    every, different = db.session().execute(wanted).one()
    return int(every), int(different)


def cell(listing_id: UUID, variant_id: UUID) -> tuple[Row, Cell]:
    """Raises NotFound unless this listing sells this SKU."""
    variant = inventory.variant(variant_id)
    for row in _rows([variant]) if variant else []:
        for one in row.cells:
            if one.listing.id == listing_id:
                return row, one
    raise NotFound


def _rows(variants: Sequence[Variant]) -> list[Row]:
    ids = [one.id for one in variants]
    cells, parts = _cells(ids)
    free = inventory.available({*ids, *parts})
    shelves, carts, short = inventory.shelves(ids), _carts(ids), inventory.short(ids)
    found = []
    for one in variants:
        on_hand, reserved = shelves.get(one.id, (0, 0))
        mine = [_cell(one.id, listing, connection, free) for listing, connection in cells.get(one.id, [])]
        in_carts = carts.get(one.id, 0)
        found.append(
            Row(one, on_hand, max(reserved - in_carts, 0), in_carts, short.get(one.id, 0), free.get(one.id), mine)
        )
    return found


_Pair = tuple[ChannelListing, ChannelConnection]


def _cells(variant_ids: Sequence[UUID]) -> tuple[dict[UUID, list[_Pair]], set[UUID]]:
    """Listings per SKU, and every SKU that they are made of."""
    wanted = (
        select(ListingPart.variant_id, _one, ChannelConnection)
        .join(_one, (_one.workspace_id == ListingPart.workspace_id) & (_one.id == ListingPart.listing_id))
        .join(
            ChannelConnection,
            (ChannelConnection.workspace_id == _one.workspace_id) & (ChannelConnection.id == _one.connection_id),
        )
        .where(ListingPart.variant_id.in_(variant_ids), _one.match == "matched", _one.state != "gone")
        .where(ChannelConnection.state.in_(LIVE))
        .order_by(ChannelConnection.id, _one.id)
        .options(joinedload(_one.parts))
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[_Pair]] = {}
    parts: set[UUID] = set()
    for variant_id, listing, connection in db.session().execute(wanted).unique() if variant_ids else ():
        found.setdefault(variant_id, []).append((listing, connection))
        parts |= {part.variant_id for part in listing.parts}
    return found, parts


def _cell(
    variant_id: UUID, listing: ChannelListing, connection: ChannelConnection, free: dict[UUID, int | None]
) -> Cell:
    parts = {part.variant_id: part.quantity for part in listing.parts}
    return Cell(
        listing, connection, offer(parts, free, rules_of(connection, listing)), parts[variant_id], len(parts) > 1
    )


def _carts(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Units that own checkouts hold at this moment."""
    held = (
        select(Reservation.variant_id, func.sum(Reservation.quantity))
        .where(Reservation.variant_id.in_(list(variant_ids)), Reservation.state == "held")
        .where(Reservation.expires_at > func.now())
        .group_by(Reservation.variant_id)
    )
    return {variant_id: int(units) for variant_id, units in db.session().execute(held)}
