"""What is known of platforms: consent, connected shops, their listings and orders, and every run that spoke to them."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Variant, owned_by
from app.core import db

LIVE = ("active", "paused", "needs_reauth")
"""Connections that count as connected; a disconnected one keeps its data and gives its shop free."""


class ChannelConsent(db.Tenanted, db.Base, db.Timestamped):
    """One try to connect: what the seller chose before leaving for the platform, found again by `nonce`, once and within an hour.

    `state`: asked, answered (a job exchanges the answer), done, failed. `answer` is sealed JSON: what the platform sent back.
    `connection_id` is set when an existing connection is opened again.
    """

    __tablename__ = "channel_consents"
    kind: Mapped[str]
    shop_id: Mapped[UUID]
    user_id: Mapped[UUID]
    user_name: Mapped[str]
    nonce: Mapped[str] = mapped_column(unique=True)
    typed: Mapped[db.Json]
    connection_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="asked")
    answer: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    __table_args__ = (owned_by("shops", "shop_id"),)


class ChannelGrant(db.Tenanted, db.Base, db.Timestamped):
    """A seller's consent at a platform. Its row is the lock under which tokens are refreshed, once each (TRAPS.md D27).

    `owner` is the platform's name of the consent. `tokens` is sealed JSON: access and refresh. Moments are UTC.
    """

    __tablename__ = "channel_grants"
    kind: Mapped[str]
    owner: Mapped[str]
    tokens: Mapped[str] = mapped_column(default="")
    scopes: Mapped[list[str]] = mapped_column(JSONB, default=list)
    access_until: Mapped[db.When | None]
    refresh_until: Mapped[db.When | None]
    ends_at: Mapped[db.When | None]
    refreshed_at: Mapped[db.When | None]
    __table_args__ = (UniqueConstraint("workspace_id", "kind", "owner"),)


class ChannelConnection(db.Tenanted, db.Base, db.Timestamped):
    """One shop at a platform. `state` is active, paused, needs_reauth or disconnected; `error` says what is wrong in words.

    Its orders go to `shop_id`. Stock that is offered there = available × `share` % − `buffer`, never more than `most` (None: no
    limit) and nothing at all below `minimum`. `push_wanted`: a job that pushes stock is on its way; `pushing_until`: one is at it.
    `looked_at`: when orders were last asked for, up to when every change of them is known. `hooks` is what the
    last check of webhooks found: wanted, present, healthy, checked_at. `warehouses` maps ours to theirs: {location id: their id}.
    """

    __tablename__ = "channel_connections"
    kind: Mapped[str]
    name: Mapped[str]
    grant_id: Mapped[UUID]
    shop_id: Mapped[UUID]
    remote_id: Mapped[str]
    remote_secret: Mapped[str] = mapped_column(default="")
    webhook_secret: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(default="")
    currency: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="active")
    error: Mapped[str] = mapped_column(default="")
    settings: Mapped[db.Json]
    warehouses: Mapped[db.Json]
    hooks: Mapped[db.Json]
    buffer: Mapped[int] = mapped_column(default=0)
    minimum: Mapped[int] = mapped_column(default=0)
    most: Mapped[int | None]
    share: Mapped[int] = mapped_column(default=100)
    stock_paused: Mapped[bool] = mapped_column(default=False)
    push_wanted: Mapped[bool] = mapped_column(default=False)
    pushing_until: Mapped[db.When | None]
    orders_until: Mapped[db.When | None]
    looked_at: Mapped[db.When | None]
    listings_at: Mapped[db.When | None]
    succeeded_at: Mapped[db.When | None]
    failed_at: Mapped[db.When | None]
    told_at: Mapped[db.When | None]
    disconnected_at: Mapped[db.When | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("channel_grants", "grant_id"),
        owned_by("shops", "shop_id"),
        Index(
            "uq_channel_connections_remote",
            "kind",
            "remote_id",
            unique=True,
            postgresql_where=text("state <> 'disconnected'"),
        ),
        CheckConstraint("share between 0 and 100", name="share"),
        CheckConstraint("buffer >= 0 and minimum >= 0", name="buffer"),
    )


class ChannelListing(db.Tenanted, db.Base, db.Timestamped):
    """One SKU as a platform lists it. `state`: active, inactive, pending, refused or gone.

    `match`: none, suggested, matched or ignored; `parts` say what it is made of. `confidence` in percent and `reason` are those of
    the suggestion. `seen` and `seen_at`: the quantity that the platform told last (None: it does not count).
    `asked`: the newest version that stock wanted to be told; `pushed_version`, `pushed` and `pushed_at`: what was told last. An older
    version never overtakes a newer one. `off_sale`: the platform takes no zero, so its product was put off sale instead. `buffer`, `minimum`, `most`, `share` override the connection's where they are set.
    """

    __tablename__ = "channel_listings"
    connection_id: Mapped[UUID]
    product_ref: Mapped[str]
    variant_ref: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    variant_title: Mapped[str] = mapped_column(default="")
    sku: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="active")
    price_minor: Mapped[db.Minor | None]
    currency: Mapped[str] = mapped_column(default="")
    picture: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    counted: Mapped[bool] = mapped_column(default=True)
    places: Mapped[list[str]] = mapped_column(JSONB, default=list)
    members: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    match: Mapped[str] = mapped_column(default="none")
    confidence: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="")
    seen: Mapped[int | None]
    seen_at: Mapped[db.When | None]
    asked: Mapped[int] = mapped_column(default=0)
    pushed_version: Mapped[int] = mapped_column(default=0)
    pushed: Mapped[int | None]
    pushed_at: Mapped[db.When | None]
    push_error: Mapped[str] = mapped_column(default="")
    push_failures: Mapped[int] = mapped_column(default=0)
    push_after: Mapped[db.When | None]
    stock_paused: Mapped[bool] = mapped_column(default=False)
    off_sale: Mapped[bool] = mapped_column(default=False)
    buffer: Mapped[int | None]
    minimum: Mapped[int | None]
    most: Mapped[int | None]
    share: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    parts: Mapped[list["ListingPart"]] = relationship(viewonly=True, order_by="ListingPart.id")
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("channel_connections", "connection_id"),
        UniqueConstraint("workspace_id", "connection_id", "product_ref", "variant_ref"),
        Index("ix_channel_listings_match", "workspace_id", "connection_id", "match", "id"),
        Index(
            "ix_channel_listings_due",
            "workspace_id",
            "connection_id",
            "push_after",
            postgresql_where=text("asked > pushed_version"),
        ),
    )


class ListingPart(db.Tenanted, db.Base):
    """A listing is so many units of a variant of ours; a bundle has several parts."""

    __tablename__ = "channel_listing_parts"
    listing_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    quantity: Mapped[int] = mapped_column(default=1)
    variant: Mapped[Variant] = relationship(viewonly=True)
    __table_args__ = (
        owned_by("channel_listings", "listing_id"),
        owned_by("variants", "variant_id"),
        UniqueConstraint("workspace_id", "listing_id", "variant_id"),
        Index("ix_channel_listing_parts_variant", "workspace_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )


class ChannelOrder(db.Tenanted, db.Base, db.Timestamped):
    """A platform's order beside ours. `order_id` is ours once it is in the book; `raw` is what the platform said last.

    `hold` is the reason for which we hold it, so that a hold by the seller's own hand is never lifted.

    `state` is one of STATES, `status` the platform's word. `remote_at` is the platform's moment of the last change that was
    applied; older news change nothing. `error` says why it could not be applied; it is then tried again. `unmatched` counts items
    whose listing is not matched. `cancel_id` and `cancel_state` ('', asked, accepted, refused): the buyer's wish to cancel.
    `facts` is what the adapter made of it (OrderFacts), so that it can be applied once more without asking again.
    """

    __tablename__ = "channel_orders"
    connection_id: Mapped[UUID]
    remote_id: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    order_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="unknown")
    status: Mapped[str] = mapped_column(default="")
    remote_at: Mapped[db.When | None]
    read_at: Mapped[db.When | None]
    unmatched: Mapped[int] = mapped_column(default=0)
    cancel_id: Mapped[str] = mapped_column(default="")
    cancel_state: Mapped[str] = mapped_column(default="")
    cancel_reason: Mapped[str] = mapped_column(default="")
    masked: Mapped[bool] = mapped_column(default=False)
    hold: Mapped[str] = mapped_column(default="")
    facts: Mapped[db.Json]
    raw: Mapped[db.Json]
    digest: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        owned_by("channel_connections", "connection_id"),
        ForeignKeyConstraint(["workspace_id", "order_id"], ["orders.workspace_id", "orders.id"]),
        UniqueConstraint("workspace_id", "connection_id", "remote_id"),
        Index("uq_channel_orders_order", "workspace_id", "order_id", unique=True),
        Index("ix_channel_orders_errors", "workspace_id", "connection_id", postgresql_where=text("error <> ''")),
        Index("ix_channel_orders_unmatched", "workspace_id", "connection_id", postgresql_where=text("unmatched > 0")),
    )


class ChannelShipment(db.Tenanted, db.Base, db.Timestamped):
    """One telling of a platform that something was sent; written before the call, so that it is told once (TRAPS.md F44).

    `state`: intended, sent (asked; the outcome is unknown until recorded), done, failed. Without a fulfilment it is the platform's own
    label for a parcel: looking (its ways of handing over are being asked for), choosing (`ways` are there), then intended, sent,
    arranged until `document`, its storage key, is there.
    """

    __tablename__ = "channel_shipments"
    channel_order_id: Mapped[UUID]
    fulfilment_id: Mapped[UUID | None]
    package_ref: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="intended")
    handover: Mapped[db.Json]
    ways: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    carrier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    document: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[db.When | None]
    done_at: Mapped[db.When | None]
    error: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        owned_by("channel_orders", "channel_order_id"),
        Index(
            "uq_channel_shipments_fulfilment",
            "workspace_id",
            "fulfilment_id",
            unique=True,
            postgresql_where=text("fulfilment_id is not null"),
        ),
        Index(
            "uq_channel_shipments_package",
            "workspace_id",
            "channel_order_id",
            "package_ref",
            unique=True,
            postgresql_where=text("package_ref <> '' and fulfilment_id is null"),
        ),
        Index("ix_channel_shipments_open", "workspace_id", "state", "created_at"),
    )


class ChannelRun(db.Tenanted, db.Base, db.Timestamped):
    """One piece of work with a platform. `kind`: orders, listings, stock, sweep, hooks, tracking. `state`: running, done, partly, failed.

    `done`, `failed`, `total` count items (`total` None: not known yet); `ends_at` is when it will end at this pace.
    """

    __tablename__ = "channel_runs"
    connection_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="running")
    cause: Mapped[str] = mapped_column(default="")
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    moved_at: Mapped[db.When] = mapped_column(default=db.now)
    ended_at: Mapped[db.When | None]
    ends_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("channel_connections", "connection_id"),
        Index("ix_channel_runs_connection", "workspace_id", "connection_id", "id"),
        Index(
            "uq_channel_runs_running",
            "workspace_id",
            "connection_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
    )


class ChannelRunItem(db.Tenanted, db.Base, db.Timestamped):
    """Something in a run that went wrong, or was decided: an order, a listing. Fine items are only counted. `ref` is ours."""

    __tablename__ = "channel_run_items"
    run_id: Mapped[UUID]
    ref: Mapped[UUID | None]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="failed")
    words: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        owned_by("channel_runs", "run_id"),
        Index("ix_channel_run_items_run", "workspace_id", "run_id", "id"),
    )


class ChannelRequest(db.Tenanted, db.Base, db.Timestamped):
    """Something that a person wants the platform to do: written before the call, looked up after a lost answer (TRAPS.md F44).

    `kind`: cancel, answer_cancellation or answer_return, with `args` as the port takes them. `state` as ChannelShipment.
    """

    __tablename__ = "channel_requests"
    channel_order_id: Mapped[UUID]
    kind: Mapped[str]
    args: Mapped[db.Json]
    asked_by: Mapped[str]
    state: Mapped[str] = mapped_column(default="intended")
    asked_at: Mapped[db.When | None]
    done_at: Mapped[db.When | None]
    error: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        owned_by("channel_orders", "channel_order_id"),
        Index("ix_channel_requests_order", "workspace_id", "channel_order_id", "id"),
        Index(
            "uq_channel_requests_open",
            "workspace_id",
            "channel_order_id",
            "kind",
            unique=True,
            postgresql_where=text("state in ('intended', 'sent')"),
        ),
    )


class ChannelReturn(db.Tenanted, db.Base, db.Timestamped):
    """A return at a platform, as it tells it. `state` is one of RETURN_STATES. `received_at`: unpacked here, and restocked or not."""

    __tablename__ = "channel_returns"
    connection_id: Mapped[UUID]
    channel_order_id: Mapped[UUID | None]
    remote_id: Mapped[str]
    state: Mapped[str] = mapped_column(default="unknown")
    status: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    remote_at: Mapped[db.When | None]
    received_at: Mapped[db.When | None]
    facts: Mapped[db.Json]
    raw: Mapped[db.Json]
    __table_args__ = (
        owned_by("channel_connections", "connection_id"),
        owned_by("channel_orders", "channel_order_id"),
        UniqueConstraint("workspace_id", "connection_id", "remote_id"),
        Index("ix_channel_returns_order", "workspace_id", "channel_order_id"),
    )
