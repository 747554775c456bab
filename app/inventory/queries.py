"""Reads of stock."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue.models import Product, Variant
from app.core import db
from app.inventory.models import Location, StockLevel, StockMovement

LOW = 3


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


@dataclass(frozen=True)
class Row:
    """One SKU at one location."""

    variant: Variant
    product_id: UUID
    product_title: str
    level: StockLevel | None
    location: Location

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
    def low(self) -> bool:
        return self.available <= LOW


def locations() -> list[Location]:
    return list(db.session().scalars(select(Location).order_by(Location.is_default.desc(), Location.name)))


def table(search: str = "", low: bool = False, after: str = "", limit: int = 50) -> list[Row]:
    """Tracked SKUs × locations in SKU order, from the one after `after` (a SKU)."""
    free = func.coalesce(StockLevel.on_hand - StockLevel.reserved, 0)
    statement = (
        select(Variant, Product.id, Product.title, StockLevel, Location)
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .join(Location, Location.workspace_id == Variant.workspace_id)
        .outerjoin(StockLevel, (StockLevel.variant_id == Variant.id) & (StockLevel.location_id == Location.id))
        .where(Variant.tracked, Variant.archived_at.is_(None), Product.state != "archived", Product.ships)
        .order_by(Variant.sku, Location.is_default.desc(), Location.name)
        .limit(limit)
    )
    if search:
        statement = statement.where(
            Product.title.icontains(search, autoescape=True) | Variant.sku.icontains(search, autoescape=True)
        )
    if low:
        statement = statement.where(free <= LOW)
    if after:
        statement = statement.where(Variant.sku > after)
    return [Row(*row) for row in db.session().execute(statement)]


def whole_skus(rows: list[Row], size: int) -> tuple[list[Row], str]:
    """A page that never splits a SKU's locations, and the SKU after which the next one starts (empty at the end)."""
    if len(rows) <= size:
        return rows, ""
    cut = rows[size].variant.sku
    page = [row for row in rows[:size] if row.variant.sku != cut] or rows[:size]
    return page, page[-1].variant.sku


def movements(variant_id: UUID, before: UUID | None = None, limit: int = 50) -> list[StockMovement]:
    """Newest first; keyset by id."""
    statement = (
        select(StockMovement)
        .where(StockMovement.variant_id == variant_id)
        .order_by(StockMovement.id.desc())
        .limit(limit)
    )
    if before:
        statement = statement.where(StockMovement.id < before)
    return list(db.session().scalars(statement))


def low_count() -> int:
    free = func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0)
    rows = (
        select(Variant.id)
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .outerjoin(StockLevel, StockLevel.variant_id == Variant.id)
        .where(Variant.tracked, Product.ships, Product.state == "listed")
        .group_by(Variant.id)
        .having(free <= LOW)
    )
    return db.session().scalar(select(func.count()).select_from(rows.subquery())) or 0


def levels(variant_id: UUID) -> list[StockLevel]:
    return list(db.session().scalars(select(StockLevel).where(StockLevel.variant_id == variant_id)))


def product_of(variant: Variant) -> Product:
    return db.get(Product, variant.product_id)
