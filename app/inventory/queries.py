"""Reads of stock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from app.catalogue.models import Media, Product, Variant
from app.core import db
from app.inventory import invariants
from app.inventory.models import Location, Reservation, Shortage, StockLevel, StockMovement

LOW = 3
VIEWS = {"": "All", "low": "Running low", "out": "Sold out"}
violations = invariants.violations


def available(variant_ids: Iterable[UUID]) -> dict[UUID, int | None]:
    """Units that can still be bought, per variant; None means it never runs out. Works in every scope that sees them."""
    wanted = list(variant_ids)
    rows = db.session().execute(
        select(Variant.id, Variant.tracked, func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0))
        .outerjoin(
            StockLevel, (StockLevel.variant_id == Variant.id) & (StockLevel.workspace_id == Variant.workspace_id)
        )
        .where(Variant.id.in_(wanted))
        .group_by(Variant.id, Variant.tracked)
    )
    return {variant_id: int(units) if tracked else None for variant_id, tracked, units in rows}


def shelves(variant_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """(on hand, held by buyers) per variant over all locations; variants without stock are left out."""
    rows = db.session().execute(
        select(StockLevel.variant_id, func.sum(StockLevel.on_hand), func.sum(StockLevel.reserved))
        .where(StockLevel.variant_id.in_(list(variant_ids)))
        .group_by(StockLevel.variant_id)
    )
    return {variant_id: (int(on_hand), int(reserved)) for variant_id, on_hand, reserved in rows}


def short(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Units per variant that were sold elsewhere and are not there yet; variants without are left out."""
    rows = db.session().execute(
        select(Shortage.variant_id, func.sum(Shortage.quantity))
        .where(Shortage.variant_id.in_(list(variant_ids)))
        .group_by(Shortage.variant_id)
    )
    return {variant_id: int(units) for variant_id, units in rows}


@dataclass(frozen=True)
class Row:
    """One SKU at one location; `total` is what all locations together can still sell."""

    variant: Variant
    product_id: UUID
    product_title: str
    level: StockLevel | None
    location: Location
    total: int

    @property
    def id(self) -> str:
        """Names the row on the page."""
        return f"{self.variant.id}-{self.location.id}"

    @property
    def on_hand(self) -> int:
        return self.level.on_hand if self.level else 0

    @property
    def reserved(self) -> int:
        return self.level.reserved if self.level else 0

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @property
    def state(self) -> str:
        """sold_out, low_stock or in_stock, as buyers see it."""
        return "sold_out" if self.total <= 0 else "low_stock" if self.total <= LOW else "in_stock"


@dataclass(frozen=True)
class Filters:
    """`view` is one of VIEWS; `location` an id or None for all; `search` looks at SKUs and titles."""

    search: str = ""
    view: str = ""
    location: UUID | None = None


def locations() -> list[Location]:
    return list(db.session().scalars(select(Location).order_by(Location.is_default.desc(), Location.name)))


_COUNTED = and_(Variant.tracked, Variant.archived_at.is_(None), Product.state != "archived", Product.ships)
_everywhere = aliased(StockLevel)
_total = (
    select(func.coalesce(func.sum(_everywhere.on_hand - _everywhere.reserved), 0))
    .where(_everywhere.variant_id == Variant.id)
    .correlate(Variant)
    .scalar_subquery()
)


def _shelf() -> Select[Variant, UUID, str, StockLevel, Location, int]:
    """Tracked SKUs × locations."""
    return (
        select(Variant, Product.id, Product.title, StockLevel, Location, _total)
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .join(Location, Location.workspace_id == Variant.workspace_id)
        .outerjoin(StockLevel, (StockLevel.variant_id == Variant.id) & (StockLevel.location_id == Location.id))
        .where(_COUNTED)
    )


_ORDER = (Product.title, Product.id, Variant.position, Variant.id)
"""Products by name, their variants as in the editor; the last one makes it total."""


def table(filters: Filters, after: UUID | None = None, limit: int = 50) -> list[Row]:
    """Products' variants × locations, from the variant after `after`; keyset by `_ORDER`."""
    statement = _shelf().order_by(*_ORDER, Location.is_default.desc(), Location.name).limit(limit)
    if filters.search:
        statement = statement.where(
            Product.title.icontains(filters.search, autoescape=True)
            | Variant.sku.icontains(filters.search, autoescape=True)
            | Variant.title.icontains(filters.search, autoescape=True)
        )
    if filters.view:
        statement = statement.where(_total <= (LOW if filters.view == "low" else 0))
    if filters.location:
        statement = statement.where(Location.id == filters.location)
    if after:
        last = db.session().execute(select(*_ORDER).join(Variant.product).where(Variant.id == after)).one_or_none()
        statement = statement.where(tuple_(*_ORDER) > tuple(last)) if last else statement
    return [Row(*found) for found in db.session().execute(statement)]


def row(variant_id: UUID, location_id: UUID) -> Row | None:
    found = db.session().execute(_shelf().where(Variant.id == variant_id, Location.id == location_id)).one_or_none()
    return Row(*found) if found else None


def whole_skus(rows: list[Row], size: int) -> tuple[list[Row], str]:
    """A page that never splits a SKU's locations, and the variant after which the next one starts (empty at the end)."""
    if len(rows) <= size:
        return rows, ""
    cut = rows[size].variant.id
    page = [row for row in rows[:size] if row.variant.id != cut] or rows[:size]
    return page, str(page[-1].variant.id)


def counts() -> dict[str, int]:
    """SKUs that are counted, and how many of them are low or out, locations added up; keys as VIEWS."""
    free = func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0).label("free")
    rows = (
        select(Variant.id, free)
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .outerjoin(StockLevel, StockLevel.variant_id == Variant.id)
        .where(_COUNTED)
        .group_by(Variant.id)
        .subquery()
    )
    every, low, out = (
        db.session()
        .execute(
            select(
                func.count(), func.count().filter(rows.c.free <= LOW), func.count().filter(rows.c.free <= 0)
            ).select_from(rows)
        )
        .one()
    )
    return {"": every, "low": low, "out": out}


def pictures(product_ids: Iterable[UUID]) -> dict[UUID, Media]:
    """The first ready picture of each product."""
    statement = (
        select(Media)
        .where(Media.product_id.in_(set(product_ids)), Media.state == "ready")
        .order_by(Media.position.desc(), Media.id.desc())
    )
    return {media.product_id: media for media in db.session().scalars(statement) if media.product_id}


@dataclass(frozen=True)
class Moved:
    """A movement with the names that a page of many SKUs needs."""

    movement: StockMovement
    sku: str
    variant_title: str
    product_title: str
    location: str


@dataclass(frozen=True)
class MovementFilters:
    """All of them narrow. `since` and `until` are moments in UTC; `reason` as StockMovement says."""

    variant_id: UUID | None = None
    search: str = ""
    reason: str = ""
    location: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def movements(filters: MovementFilters, before: UUID | None = None, limit: int = 50) -> list[Moved]:
    """Newest first; keyset by id."""
    statement = (
        select(StockMovement, Variant.sku, Variant.title, Product.title, Location.name)
        .join(Variant, (Variant.workspace_id == StockMovement.workspace_id) & (Variant.id == StockMovement.variant_id))
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .join(
            Location, (Location.workspace_id == StockMovement.workspace_id) & (Location.id == StockMovement.location_id)
        )
        .where(*_narrow(filters))
        .order_by(StockMovement.id.desc())
        .limit(limit)
    )
    if before:
        statement = statement.where(StockMovement.id < before)
    return [Moved(*found) for found in db.session().execute(statement)]


def _narrow(filters: MovementFilters) -> Iterable[ColumnElement[bool]]:
    if filters.variant_id:
        yield StockMovement.variant_id == filters.variant_id
    if filters.search:
        yield Variant.sku.icontains(filters.search, autoescape=True) | Product.title.icontains(
            filters.search, autoescape=True
        )
    if filters.reason:
        yield StockMovement.reason == filters.reason
    if filters.location:
        yield StockMovement.location_id == filters.location
    if filters.since:
        yield StockMovement.created_at >= filters.since
    if filters.until:
        yield StockMovement.created_at < filters.until


def levels(variant_id: UUID) -> list[StockLevel]:
    return list(db.session().scalars(select(StockLevel).where(StockLevel.variant_id == variant_id)))


def holds(variant_id: UUID, limit: int = 20) -> Sequence[Reservation]:
    """What buyers hold right now, soonest to end first."""
    statement = select(Reservation).where(Reservation.variant_id == variant_id, Reservation.state == "held")
    return db.session().scalars(statement.order_by(Reservation.expires_at).limit(limit)).all()


def variant(variant_id: UUID) -> Variant | None:
    """With its product."""
    statement = select(Variant).where(Variant.id == variant_id).options(joinedload(Variant.product))
    return db.session().scalars(statement).one_or_none()
