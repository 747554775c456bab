"""Carts and checkouts belong to a buyer: a person's id, or a guest's visitor id."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db


class Cart(db.Base, db.Timestamped):
    """One cart per buyer. `codes` maps shop id to the discount code typed for it."""

    __tablename__ = "carts"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(unique=True)
    codes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    updated_at: Mapped[db.When] = mapped_column(default=db.now, onupdate=db.now)


class CartItem(db.Base, db.Timestamped):
    """`seller_id` is the workspace that sells the variant.

    `title`, `seen_minor` and `currency` are what the buyer last agreed to see, so a change can be said in words.
    """

    __tablename__ = "cart_items"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    cart_id: Mapped[UUID] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID] = mapped_column(index=True)
    seller_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    quantity: Mapped[int]
    title: Mapped[str]
    seen_minor: Mapped[db.Minor]
    currency: Mapped[db.Currency]
    __table_args__ = (
        UniqueConstraint("cart_id", "seller_id", "variant_id"),
        ForeignKeyConstraint(["seller_id", "variant_id"], ["variants.workspace_id", "variants.id"]),
        CheckConstraint("quantity between 1 and 999", name="quantity"),
    )


class Checkout(db.Base, db.Timestamped):
    """What was typed so far and until when the stock is held; its id holds the stock and later names the order group.

    `state`: open, placed, bought, ended (not paid), left (at sign-in). `rates` maps shop id to the chosen rate id; `items` maps
    «seller id:variant id» to the units that are held or bought. A checkout pays in one `currency`; a cart with two needs two checkouts.
    """

    __tablename__ = "checkouts"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(index=True)
    cart_id: Mapped[UUID] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(default="open")
    contact: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    address: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    rates: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    items: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    currency: Mapped[db.Currency]
    held_until: Mapped[db.When]
    extensions: Mapped[int] = mapped_column(default=0)
    order_group_id: Mapped[UUID | None]


class StockAlert(db.Tenanted, db.Base, db.Timestamped):
    """Somebody waits for a sold-out variant of this workspace. The row goes with the one mail it is for."""

    __tablename__ = "stock_alerts"
    variant_id: Mapped[UUID]
    email: Mapped[str]
    confirmed_at: Mapped[db.When | None]
    __table_args__ = (
        UniqueConstraint("workspace_id", "variant_id", "email"),
        ForeignKeyConstraint(
            ["workspace_id", "variant_id"], ["variants.workspace_id", "variants.id"], ondelete="CASCADE"
        ),
    )
