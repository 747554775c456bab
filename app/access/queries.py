"""Who may have what."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from app.access.models import BuyerNote, Grant
from app.catalogue.models import Product
from app.core import db


def downloads_of(limit: int = 200) -> list[Grant]:
    """In a buyer's scope: all purchases with files, ended ones too, newest first, with products, pictures, files and shops."""
    loaded = joinedload(Grant.product)
    statement = (
        select(Grant)
        .where(Grant.downloads)
        .options(
            loaded.selectinload(Product.pictures), loaded.selectinload(Product.files), loaded.joinedload(Product.shop)
        )
        .order_by(Grant.created_at.desc(), Grant.id.desc())
    )
    return list(db.session().scalars(statement.limit(limit)).unique())


def download_by_id(grant_id: UUID) -> Grant | None:
    """None also for a grant that has no files to hand over."""
    statement = (
        select(Grant)
        .where(Grant.id == grant_id, Grant.downloads)
        .options(
            joinedload(Grant.product).selectinload(Product.files),
            joinedload(Grant.product).selectinload(Product.pictures),
            joinedload(Grant.product).joinedload(Product.shop),
        )
    )
    return db.session().scalars(statement).unique().one_or_none()


def downloads_for_orders(order_ids: Sequence[UUID]) -> list[Grant]:
    """Grants with files to hand over, of several orders at once, with their products and files."""
    loaded = joinedload(Grant.product).selectinload(Product.files)
    wanted = select(Grant).where(Grant.order_id.in_(order_ids), Grant.downloads)
    return list(db.session().scalars(wanted.options(loaded).order_by(Grant.id)).unique())


def grants_for_orders(order_ids: Sequence[UUID]) -> list[Grant]:
    """All grants of several orders at once, without their products."""
    return list(db.session().scalars(select(Grant).where(Grant.order_id.in_(order_ids)).order_by(Grant.id)))


def active() -> ColumnElement[bool]:
    """Condition: the grant opens doors at this moment."""
    now = db.now()
    return and_(Grant.revoked_at.is_(None), Grant.starts_at <= now, or_(Grant.ends_at.is_(None), Grant.ends_at > now))


def note_of(product_id: UUID) -> str:
    """In the seller's scope: what everybody who has the product reads."""
    return db.session().scalar(select(BuyerNote.words).where(BuyerNote.product_id == product_id)) or ""


def notes_for(order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """By order line: what the seller tells everybody who has what it paid for; of open grants only."""
    statement = (
        select(Grant.source_id, BuyerNote.words)
        .join(BuyerNote, and_(BuyerNote.workspace_id == Grant.workspace_id, BuyerNote.product_id == Grant.product_id))
        .where(Grant.order_id.in_(order_ids), active())
    )
    return {row.source_id: row.words for row in db.session().execute(statement)}
