"""Shops and products. Weights in grams, lengths in millimetres, amounts in minor units of the shop's currency."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models.files import File
from app.catalogue.models.keys import owned_by
from app.core import db
from app.core.money import Money


class Category(db.Base):
    """The platform's shelves, the same for all shops."""

    __tablename__ = "categories"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)


class Shop(db.Tenanted, db.Base, db.Timestamped):
    """`slug` is public. `state` is draft, open or closed. Theme: `hue` 0-359, `chroma` 0-20 (hundredths), `radius` px, `font`."""

    __tablename__ = "shops"
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="")
    about: Mapped[str] = mapped_column(default="")
    currency: Mapped[db.Currency]
    state: Mapped[str] = mapped_column(default="draft")
    hue: Mapped[int] = mapped_column(default=150)
    chroma: Mapped[int] = mapped_column(default=9)
    radius: Mapped[int] = mapped_column(default=10)
    font: Mapped[str] = mapped_column(default="sans")
    address: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    refund_policy: Mapped[str] = mapped_column(default="")
    delivery_policy: Mapped[str] = mapped_column(default="")
    dispatch_days: Mapped[int] = mapped_column(default=2)
    logo_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class Product(db.Tenanted, db.Base, db.Timestamped):
    """`state` is draft, listed or archived. `ships` and `downloads` say what a sale of it must deliver.

    `price_minor` is the lowest variant price, kept by the catalogue's actions for lists and filters. `hs_code`,
    `origin_country` and `customs_text` are what customs declarations say; empty means the workspace's default.
    `older_for_all` offers releases that were replaced to buyers of today too. A purchase fetched from more than
    `sharing_places` places that have nothing in common, within `sharing_days`, is locked; None: never.
    """

    __tablename__ = "products"
    shop_id: Mapped[UUID]
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"))
    slug: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="draft")
    ships: Mapped[bool] = mapped_column(default=False)
    downloads: Mapped[bool] = mapped_column(default=False)
    tags: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    currency: Mapped[db.Currency]
    price_minor: Mapped[db.Minor] = mapped_column(default=0)
    sold_count: Mapped[int] = mapped_column(default=0)
    hs_code: Mapped[str] = mapped_column(default="", server_default="")
    origin_country: Mapped[str] = mapped_column(default="", server_default="")
    customs_text: Mapped[str] = mapped_column(default="", server_default="")
    older_for_all: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    sharing_places: Mapped[int | None] = mapped_column(default=8, server_default="8")
    sharing_days: Mapped[int] = mapped_column(default=7, server_default="7")
    listed_at: Mapped[db.When | None]
    updated_at: Mapped[db.When] = mapped_column(default=db.now, onupdate=db.now)
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('simple', title), 'A') || setweight(array_to_tsvector(tags), 'B')"
            " || setweight(to_tsvector('simple', description), 'C')",
            persisted=True,
        ),
        deferred=True,
    )
    shop: Mapped[Shop] = relationship(viewonly=True)
    category: Mapped[Category | None] = relationship(viewonly=True)
    variants: Mapped[list["Variant"]] = relationship(order_by="Variant.position", viewonly=True)
    options: Mapped[list["ProductOption"]] = relationship(order_by="ProductOption.position", viewonly=True)
    pictures: Mapped[list["Media"]] = relationship(
        order_by="Media.position",
        viewonly=True,
        foreign_keys="[Media.workspace_id, Media.product_id]",
        primaryjoin="and_(Media.workspace_id == Product.workspace_id, Media.product_id == Product.id)",
    )
    files: Mapped[list["File"]] = relationship(order_by="File.position", viewonly=True)
    __table_args__ = (
        owned_by("shops", "shop_id"),
        UniqueConstraint("workspace_id", "shop_id", "slug"),
        Index("ix_products_search", "search", postgresql_using="gin"),
        Index("ix_products_title_trgm", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}),
        Index(
            "ix_products_similar",
            "workspace_id",
            "title",
            postgresql_using="gist",
            postgresql_ops={"title": "gist_trgm_ops(siglen=64)"},
        ),
        Index("ix_products_listed", "listed_at", "id", postgresql_where=text("state = 'listed'")),
        Index("ix_products_popular", "sold_count", "id", postgresql_where=text("state = 'listed'")),
        Index("ix_products_priced", "price_minor", "id", postgresql_where=text("state = 'listed'")),
        Index("ix_products_workspace_id_updated_at", "workspace_id", "updated_at", "id"),
    )
    __mapper_args__ = {"version_id_col": version}

    @property
    def kind(self) -> str:
        """physical, digital or both."""
        return "both" if self.ships and self.downloads else "physical" if self.ships else "digital"

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class ProductOption(db.Tenanted, db.Base):
    """A choice the buyer makes: «Size» with its values in order."""

    __tablename__ = "product_options"
    product_id: Mapped[UUID]
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    values: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    __table_args__ = (owned_by("products", "product_id"), UniqueConstraint("workspace_id", "product_id", "name"))


class Variant(db.Tenanted, db.Base):
    """What is actually sold. `option_values` maps option name to value. `tracked` off means stock never runs out."""

    __tablename__ = "variants"
    product_id: Mapped[UUID]
    sku: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    option_values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    position: Mapped[int] = mapped_column(default=0)
    price_minor: Mapped[db.Minor]
    compare_at_minor: Mapped[db.Minor | None]
    currency: Mapped[db.Currency]
    tracked: Mapped[bool] = mapped_column(default=True)
    weight_g: Mapped[int] = mapped_column(default=0)
    length_mm: Mapped[int] = mapped_column(default=0)
    width_mm: Mapped[int] = mapped_column(default=0)
    height_mm: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[db.When | None]
    product: Mapped[Product] = relationship(viewonly=True)
    __table_args__ = (
        owned_by("products", "product_id"),
        UniqueConstraint("workspace_id", "sku"),
        Index("ix_variants_sku_folded", "workspace_id", text("lower(btrim(sku))")),
        Index("ix_variants_workspace_id_product_id", "workspace_id", "product_id"),
        CheckConstraint("price_minor >= 0", name="price"),
    )

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class Media(db.Tenanted, db.Base, db.Timestamped):
    """A picture. `state` is processing, ready or refused. `renditions` maps width in px to storage key, largest last."""

    __tablename__ = "media"
    product_id: Mapped[UUID | None]
    shop_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(default=0)
    alt: Mapped[str] = mapped_column(default="")
    decorative: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="processing")
    error: Mapped[str | None]
    original_key: Mapped[str]
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    renditions: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    __table_args__ = (
        owned_by("products", "product_id"),
        owned_by("shops", "shop_id"),
        Index("ix_media_workspace_id_product_id", "workspace_id", "product_id"),
    )


class DeliveryZone(db.Tenanted, db.Base):
    """Countries (ISO 3166 alpha-2) that share rates; `countries` = ['*'] is everywhere else."""

    __tablename__ = "delivery_zones"
    shop_id: Mapped[UUID]
    name: Mapped[str]
    countries: Mapped[list[str]] = mapped_column(ARRAY(String))
    rates: Mapped[list["DeliveryRate"]] = relationship(order_by="DeliveryRate.price_minor", viewonly=True)
    __table_args__ = (owned_by("shops", "shop_id"), Index("ix_delivery_zones_shop", "workspace_id", "shop_id"))


class DeliveryRate(db.Tenanted, db.Base):
    """What delivery costs: `price_minor` for the parcel, `per_item_minor` for each further item, free from `free_from_minor`."""

    __tablename__ = "delivery_rates"
    zone_id: Mapped[UUID]
    name: Mapped[str]
    price_minor: Mapped[db.Minor]
    per_item_minor: Mapped[db.Minor] = mapped_column(default=0)
    free_from_minor: Mapped[db.Minor | None]
    currency: Mapped[db.Currency]
    min_days: Mapped[int] = mapped_column(default=2)
    max_days: Mapped[int] = mapped_column(default=5)
    __table_args__ = (owned_by("delivery_zones", "zone_id"), CheckConstraint("price_minor >= 0", name="price"))


class Discount(db.Tenanted, db.Base, db.Timestamped):
    """A code of one shop. `kind` is percent (`value` in basis points), amount (`value` in minor units) or delivery (free, `value` 0).

    `used_count` is guarded by a CHECK, so two buyers cannot both take the last use.
    """

    __tablename__ = "discounts"
    shop_id: Mapped[UUID]
    code: Mapped[str]
    kind: Mapped[str]
    value: Mapped[db.Minor]
    product_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID), default=list)
    min_total_minor: Mapped[db.Minor] = mapped_column(default=0)
    max_uses: Mapped[int | None]
    used_count: Mapped[int] = mapped_column(default=0)
    once_per_buyer: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[db.When | None]
    ends_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("shops", "shop_id"),
        UniqueConstraint("workspace_id", "shop_id", "code"),
        CheckConstraint("max_uses is null or used_count <= max_uses", name="uses"),
    )


class DiscountUse(db.Tenanted, db.Base, db.Timestamped):
    """One order's use of a code; given back when the order is not paid."""

    __tablename__ = "discount_uses"
    discount_id: Mapped[UUID]
    order_id: Mapped[UUID]
    buyer_email: Mapped[str]
    released_at: Mapped[db.When | None]
    __table_args__ = (owned_by("discounts", "discount_id"), UniqueConstraint("workspace_id", "discount_id", "order_id"))
