"""Levels are counters guarded by CHECKs; movements say why each changed. Quantities are whole units."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.models import owned_by
from app.core import db


class Location(db.Tenanted, db.Base, db.Timestamped):
    __tablename__ = "locations"
    name: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (Index("uq_locations_default", "workspace_id", unique=True, postgresql_where=text("is_default")),)


class StockLevel(db.Tenanted, db.Base):
    """available = on_hand - reserved; the CHECKs are the last line against overselling."""

    __tablename__ = "stock_levels"
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        owned_by("variants", "variant_id"),
        owned_by("locations", "location_id"),
        UniqueConstraint("workspace_id", "variant_id", "location_id"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("reserved <= on_hand", name="never_oversold"),
    )

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class StockMovement(db.Tenanted, db.Base, db.Timestamped):
    """`reason` is received, counted, damaged, sold, returned, refunded, reserved, released or corrected. Append-only."""

    __tablename__ = "stock_movements"
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    on_hand_delta: Mapped[int] = mapped_column(default=0)
    reserved_delta: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    actor_name: Mapped[str]
    reference_id: Mapped[UUID | None]
    __table_args__ = (
        owned_by("variants", "variant_id"),
        owned_by("locations", "location_id"),
        Index("ix_stock_movements_variant", "workspace_id", "variant_id", "id"),
    )


class Reservation(db.Tenanted, db.Base, db.Timestamped):
    """Units held for `holder_id` (a checkout, later its order). `state` is held, committed or released; held ones expire."""

    __tablename__ = "reservations"
    holder_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(default="held")
    expires_at: Mapped[db.When]
    __table_args__ = (
        owned_by("variants", "variant_id"),
        owned_by("locations", "location_id"),
        UniqueConstraint("workspace_id", "holder_id", "variant_id", "location_id"),
        Index("ix_reservations_expiry", "expires_at", postgresql_where=text("state = 'held'")),
        CheckConstraint("quantity > 0", name="quantity"),
    )


class Shortage(db.Tenanted, db.Base, db.Timestamped):
    """Units that were sold elsewhere when none were left: `holder_id` (an order group) waits for them. Filled oldest first."""

    __tablename__ = "shortages"
    holder_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    quantity: Mapped[int]
    __table_args__ = (
        owned_by("variants", "variant_id"),
        UniqueConstraint("workspace_id", "holder_id", "variant_id"),
        Index("ix_shortages_variant", "workspace_id", "variant_id", "id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
