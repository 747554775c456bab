"""Who may have what."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db


def grants_of(limit: int = 200) -> list[Grant]:
    """In a buyer's scope: everything they were given, newest first, with products, pictures, files and shops loaded."""
    loaded = joinedload(Grant.product)
    statement = select(Grant).options(
        loaded.selectinload(Product.pictures), loaded.selectinload(Product.files), loaded.joinedload(Product.shop)
    )
    return list(
        db.session().scalars(statement.order_by(Grant.created_at.desc(), Grant.id.desc()).limit(limit)).unique()
    )


def grant_by_id(grant_id: UUID) -> Grant | None:
    statement = (
        select(Grant)
        .where(Grant.id == grant_id)
        .options(
            joinedload(Grant.product).selectinload(Product.files),
            joinedload(Grant.product).selectinload(Product.pictures),
            joinedload(Grant.product).joinedload(Product.shop),
        )
    )
    return db.session().scalars(statement).unique().one_or_none()


def grants_for_order(order_id: UUID) -> list[Grant]:
    statement = (
        select(Grant).where(Grant.order_id == order_id).options(joinedload(Grant.product).selectinload(Product.files))
    )
    return list(db.session().scalars(statement.order_by(Grant.id)).unique())


def grants_with_files(order_ids: Sequence[UUID]) -> list[Grant]:
    """Grants of several orders at once, with their products and files."""
    loaded = joinedload(Grant.product).selectinload(Product.files)
    statement = select(Grant).where(Grant.order_id.in_(order_ids)).options(loaded).order_by(Grant.id)
    return list(db.session().scalars(statement).unique())


def grants_for_orders(order_ids: Sequence[UUID]) -> list[Grant]:
    """Grants of several orders at once, without their products."""
    return list(db.session().scalars(select(Grant).where(Grant.order_id.in_(order_ids)).order_by(Grant.id)))


def active() -> ColumnElement[bool]:
    """Condition: the grant opens doors at this moment."""
    now = db.now()
    return and_(Grant.revoked_at.is_(None), Grant.starts_at <= now, or_(Grant.ends_at.is_(None), Grant.ends_at > now))
