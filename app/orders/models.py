"""An order belongs to one seller; a group ties the orders that one buyer paid for together. Amounts in minor units."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Shop, owned_by
from app.core import db
from app.core.money import Money


class OrderGroup(db.Base, db.Timestamped):
    """One checkout of one buyer. Its payment's reference is this id. `code` is what the buyer reads out.

    Links to it carry `link_no`; counting it up ends all that were sent before.
    """

    __tablename__ = "order_groups"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(index=True)
    email: Mapped[str]
    currency: Mapped[db.Currency]
    total_minor: Mapped[db.Minor]
    link_no: Mapped[int] = mapped_column(default=0, server_default="0")


class PurchaseChange(db.Base, db.Timestamped):
    """A purchase is to become somebody's: `claim` moves it into the account `person_id`, `email` gives it another address.

    `state` is open, done or dropped. A claim is done when its old address says yes. An address changes when two of three do:
    the old one, the new one, the seller.
    """

    __tablename__ = "purchase_changes"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("order_groups.id"), index=True)
    kind: Mapped[str]
    person_id: Mapped[UUID | None]
    from_email: Mapped[str]
    to_email: Mapped[str]
    old_said_at: Mapped[db.When | None]
    new_said_at: Mapped[db.When | None]
    seller_said_at: Mapped[db.When | None]
    state: Mapped[str] = mapped_column(default="open")
    __table_args__ = (
        CheckConstraint("kind in ('claim', 'email')", name="kind"),
        CheckConstraint("state in ('open', 'done', 'dropped')", name="state"),
        Index("uq_purchase_changes_open", "group_id", unique=True, postgresql_where=text("state = 'open'")),
    )


class Order(db.Tenanted, db.Base, db.Timestamped):
    """`state`: pending (unpaid), open, done, cancelled. `payment_state`: unpaid, processing, paid, part_refunded, refunded, disputed.

    `fulfilment_state`: none_needed, unfulfilled, part_fulfilled, fulfilled. `number` counts per workspace. While `held_at` is
    set nothing may be sent. `tags` are the team's own words, sorted. `billing` has company and vat_id of a business.

    `channel` is own or a platform's kind, and `connection_id` the connected shop there. Such an order is paid and refunded there;
    its buyer hears from the platform, so `buyer_email` is never written to. `platform_ships`: only the platform's label is taken.
    """

    __tablename__ = "orders"
    group_id: Mapped[UUID] = mapped_column(ForeignKey("order_groups.id"))
    shop_id: Mapped[UUID]
    number: Mapped[int]
    channel: Mapped[str] = mapped_column(default="own")
    connection_id: Mapped[UUID | None]
    platform_ships: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    buyer_id: Mapped[UUID]
    buyer_name: Mapped[str]
    buyer_email: Mapped[str]
    ship_to: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    billing: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    gift_note: Mapped[str] = mapped_column(default="", server_default="")
    country: Mapped[str] = mapped_column(default="")
    delivery_name: Mapped[str] = mapped_column(default="")
    currency: Mapped[db.Currency]
    subtotal_minor: Mapped[db.Minor]
    discount_minor: Mapped[db.Minor] = mapped_column(default=0)
    delivery_minor: Mapped[db.Minor] = mapped_column(default=0)
    total_minor: Mapped[db.Minor]
    fee_minor: Mapped[db.Minor] = mapped_column(default=0)
    refunded_minor: Mapped[db.Minor] = mapped_column(default=0)
    delivery_refunded_minor: Mapped[db.Minor] = mapped_column(default=0)
    discount_code: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="pending")
    payment_state: Mapped[str] = mapped_column(default="unpaid")
    fulfilment_state: Mapped[str] = mapped_column(default="unfulfilled")
    placed_at: Mapped[db.When] = mapped_column(default=db.now)
    paid_at: Mapped[db.When | None]
    ship_by: Mapped[db.When | None]
    cancelled_at: Mapped[db.When | None]
    held_at: Mapped[db.When | None]
    hold_reason: Mapped[str] = mapped_column(default="", server_default="")
    tags: Mapped[list[str]] = mapped_column(ARRAY(String), default=list, server_default=text("'{}'"))
    search_text: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.position", viewonly=True)
    fulfilments: Mapped[list["Fulfilment"]] = relationship(order_by="Fulfilment.id", viewonly=True)
    shop: Mapped[Shop] = relationship(viewonly=True)
    group: Mapped[OrderGroup] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("shops", "shop_id"),
        UniqueConstraint("workspace_id", "number"),
        Index("ix_orders_group_id", "group_id"),
        Index("ix_orders_buyer_id", "buyer_id"),
        Index("ix_orders_workspace_id_placed_at", "workspace_id", text("placed_at desc"), text("id desc")),
        Index("ix_orders_workspace_id_states", "workspace_id", "state", "fulfilment_state", "ship_by", "id"),
        Index("ix_orders_workspace_id_country", "workspace_id", "country", text("placed_at desc"), text("id desc")),
        Index("ix_orders_workspace_id_channel", "workspace_id", "channel", text("placed_at desc"), text("id desc")),
        Index("ix_orders_held", "workspace_id", "held_at", postgresql_where=text("held_at is not null")),
        Index("ix_orders_tagged", "workspace_id", "id", postgresql_where=text("tags <> '{}'")),
        Index(
            "ix_orders_search_trgm",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        CheckConstraint("refunded_minor <= total_minor", name="refunded"),
    )

    @property
    def own(self) -> bool:
        """Bought in a shop of ours: paid through us, and the buyer is written to by us."""
        return self.channel == "own"

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def refundable(self) -> Money:
        return Money(self.total_minor - self.refunded_minor, self.currency)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


class OrderLine(db.Tenanted, db.Base):
    """What was bought, as it was called and priced that day. `total_minor` = unit × quantity − discount.

    A line from a platform whose listing nobody has matched yet has no product and no variant; `channel_key` is the platform's own
    name of it, the same for all lines that one bundle became.
    """

    __tablename__ = "order_lines"
    order_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)
    product_id: Mapped[UUID | None]
    variant_id: Mapped[UUID | None]
    channel_key: Mapped[str] = mapped_column(default="", server_default="")
    title: Mapped[str]
    variant_title: Mapped[str] = mapped_column(default="")
    sku: Mapped[str]
    ships: Mapped[bool]
    downloads: Mapped[bool]
    quantity: Mapped[int]
    unit_minor: Mapped[db.Minor]
    discount_minor: Mapped[db.Minor] = mapped_column(default=0)
    total_minor: Mapped[db.Minor]
    fee_minor: Mapped[db.Minor] = mapped_column(default=0)
    refunded_minor: Mapped[db.Minor] = mapped_column(default=0)
    refunded_quantity: Mapped[int] = mapped_column(default=0)
    fulfilled_quantity: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        owned_by("orders", "order_id"),
        owned_by("variants", "variant_id"),
        Index("ix_order_lines_workspace_id_order_id", "workspace_id", "order_id"),
        Index("ix_order_lines_workspace_id_sku", "workspace_id", "sku"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("refunded_minor <= total_minor", name="refunded"),
        CheckConstraint("refunded_quantity <= quantity", name="refunded_quantity"),
        CheckConstraint("fulfilled_quantity <= quantity", name="fulfilled"),
    )


class Fulfilment(db.Tenanted, db.Base, db.Timestamped):
    """Something sent. `lines` is a list of {line_id, quantity}. `state` is shipped, delivered (at `delivered_at`) or cancelled."""

    __tablename__ = "fulfilments"
    order_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="shipped")
    carrier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    tracking_url: Mapped[str] = mapped_column(default="")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    delivered_at: Mapped[db.When | None]
    __table_args__ = (owned_by("orders", "order_id"), Index("ix_fulfilments_order", "workspace_id", "order_id"))


class OrderNote(db.Tenanted, db.Base, db.Timestamped):
    """The team's own words; buyers never see them."""

    __tablename__ = "order_notes"
    order_id: Mapped[UUID]
    author_id: Mapped[UUID]
    author_name: Mapped[str]
    body: Mapped[str]
    edited_at: Mapped[db.When | None]
    __table_args__ = (owned_by("orders", "order_id"), Index("ix_order_notes_order", "workspace_id", "order_id"))


class OrderView(db.Tenanted, db.Base, db.Timestamped):
    """A named set of filters of the order list. `query` is the list's query string; only `shared` ones are shown to the team."""

    __tablename__ = "order_views"
    owner_id: Mapped[UUID]
    name: Mapped[str]
    query: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("workspace_id", "owner_id", "name"),)


class OrderEvent(db.Tenanted, db.Base, db.Timestamped):
    """The timeline: everything that happened, with who or what did it. `kind` groups it: order, money, fulfilment, access, note.

    `data` has a grant's id as `asked` while a buyer asks for more of it, and as `reset` when they were given more.
    """

    __tablename__ = "order_events"
    order_id: Mapped[UUID]
    kind: Mapped[str]
    actor_kind: Mapped[str]
    actor_name: Mapped[str]
    summary: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    __table_args__ = (
        owned_by("orders", "order_id"),
        Index("ix_order_events_order", "workspace_id", "order_id", "id"),
        Index("ix_order_events_asked", "workspace_id", "id", postgresql_where=text("data ->> 'asked' is not null")),
    )
