"""A grant is the one reason why somebody may download, read or enter something; see the feature for who gets one."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Product, owned_by
from app.core import db


class Grant(db.Tenanted, db.Base, db.Timestamped):
    """`source_id` is the order line that paid for it. Revoked by a refund or dispute (`revoked_for`), restored when that is undone.

    `downloads`: sold with files, which are handed over by this grant; a mug's opens rooms alone. `stops` are the reasons that
    hold it back now, sorted: while there is one it is revoked, and `revoked_for` is the one that buyers are told.
    `stop_note` is what the seller says about their own.
    """

    __tablename__ = "grants"
    buyer_id: Mapped[UUID] = mapped_column(index=True)
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    order_id: Mapped[UUID]
    source_id: Mapped[UUID]
    downloads: Mapped[bool]
    starts_at: Mapped[db.When] = mapped_column(default=db.now)
    ends_at: Mapped[db.When | None]
    revoked_at: Mapped[db.When | None]
    revoked_for: Mapped[str | None]
    stops: Mapped[list[str]] = mapped_column(ARRAY(String), default=list, server_default=text("'{}'"))
    stop_note: Mapped[str] = mapped_column(default="", server_default="")
    __table_args__ = (
        owned_by("products", "product_id"),
        UniqueConstraint("workspace_id", "source_id"),
        Index("ix_grants_workspace_id_order_id", "workspace_id", "order_id"),
        Index("ix_grants_workspace_id_product_id", "workspace_id", "product_id"),
        CheckConstraint("(stops = '{}') = (revoked_at is null)", name="stops"),
    )
    product: Mapped[Product] = relationship(viewonly=True)


class BuyerNote(db.Tenanted, db.Base, db.Timestamped):
    """What a seller tells everybody who bought a product; buyers read it while their grant is open, and nobody else does."""

    __tablename__ = "buyer_notes"
    product_id: Mapped[UUID]
    words: Mapped[str]
    __table_args__ = (owned_by("products", "product_id"), UniqueConstraint("workspace_id", "product_id"))
