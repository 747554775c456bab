"""Carrier accounts, packages, rules, parcels and their labels. Grams, millimetres, minor units, UTC."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import owned_by
from app.core import db
from app.core.money import Money
from app.orders.models import Order


class CarrierAccount(db.Tenanted, db.Base, db.Timestamped):
    """A seller's own account with a carrier. `credentials` and `webhook_secret` are sealed (core.crypto).

    `state`: checking, active, paused, refused (the keys do not work), removed. `mode`: test or live. `settings`: label format and what an
    adapter remembers. `subscription_id` is set once the provider sends us news.
    """

    __tablename__ = "carrier_accounts"
    kind: Mapped[str]
    name: Mapped[str]
    credentials: Mapped[str] = mapped_column(default="")
    webhook_secret: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="checking")
    mode: Mapped[str] = mapped_column(default="live")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    subscription_id: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[db.When | None]
    last_news_at: Mapped[db.When | None]
    error: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)


class ShippingSettings(db.Tenanted, db.Base):
    """One row per workspace: where parcels leave from, what comes back where, and the printer's format.

    `sender` and `returns` are addresses as in `carrier.Address`. `checkout_rates`: whether checkouts show carriers' prices.
    `sent_when`: label (an order counts as sent once its label is bought) or scan (once handed over or first scanned).
    `label_sheet`: labels on a page of A4 (1: a page of the label's own size, 2, 4), as last chosen. `slip_code`: packing
    slips carry a square code that leads to the buyer's tracking page.
    """

    __tablename__ = "shipping_settings"
    sender: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    returns: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    label_format: Mapped[str] = mapped_column(default="pdf")
    sent_when: Mapped[str] = mapped_column(default="scan")
    customs_signer: Mapped[str] = mapped_column(default="")
    origin_country: Mapped[str] = mapped_column(default="")
    hs_code: Mapped[str] = mapped_column(default="")
    checkout_rates: Mapped[bool] = mapped_column(default=False)
    return_days: Mapped[int] = mapped_column(default=30)
    label_sheet: Mapped[int] = mapped_column(default=1, server_default="1")
    slip_code: Mapped[bool] = mapped_column(default=False, server_default="false")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (UniqueConstraint("workspace_id"),)


class Package(db.Tenanted, db.Base, db.Timestamped):
    """A packing preset: inner size and the weight of the empty package. The smallest that fits is suggested."""

    __tablename__ = "packages"
    name: Mapped[str]
    length_mm: Mapped[int]
    width_mm: Mapped[int]
    height_mm: Mapped[int]
    tare_g: Mapped[int] = mapped_column(default=0)
    max_g: Mapped[int | None]
    is_default: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[db.When | None]
    __table_args__ = (
        UniqueConstraint("workspace_id", "name"),
        CheckConstraint("length_mm > 0 and width_mm > 0 and height_mm > 0 and tare_g >= 0", name="sizes"),
    )


class ServiceRule(db.Tenanted, db.Base, db.Timestamped):
    """«Under 500 g domestic → this service». The first rule whose every condition holds decides.

    Empty conditions hold. `destination`: any, domestic, international, or listed (`countries`). `choose`: service, cheapest
    or fastest. `cap_minor` refuses a price above it.
    """

    __tablename__ = "service_rules"
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    destination: Mapped[str] = mapped_column(default="any")
    countries: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    over_g: Mapped[int | None]
    upto_g: Mapped[int | None]
    over_minor: Mapped[db.Minor | None]
    upto_minor: Mapped[db.Minor | None]
    sku_prefix: Mapped[str] = mapped_column(default="")
    choose: Mapped[str] = mapped_column(default="cheapest")
    account_id: Mapped[UUID | None]
    carrier: Mapped[str] = mapped_column(default="")
    service: Mapped[str] = mapped_column(default="")
    package_id: Mapped[UUID | None]
    insure: Mapped[bool] = mapped_column(default=False)
    signature: Mapped[str] = mapped_column(default="none")
    cap_minor: Mapped[db.Minor | None]
    paused: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        owned_by("carrier_accounts", "account_id"),
        owned_by("packages", "package_id"),
        Index("ix_service_rules_position", "workspace_id", "position", "id"),
    )


class Parcel(db.Tenanted, db.Base, db.Timestamped):
    """What travels in one box. `contents` is a list of {line_id, quantity}; `direction` is out or back.

    `state`: draft → labelled → shipped (handed over or fulfilled) → delivered; or returned, lost, cancelled. `status` is the
    carrier's own, `status_at` the moment of the scan that set it. `fingerprint` tells whether a quote still fits.
    """

    __tablename__ = "parcels"
    order_id: Mapped[UUID]
    return_id: Mapped[UUID | None]
    fulfilment_id: Mapped[UUID | None]
    direction: Mapped[str] = mapped_column(default="out")
    state: Mapped[str] = mapped_column(default="draft")
    contents: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    sender: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    recipient: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    package_id: Mapped[UUID | None]
    weight_g: Mapped[int] = mapped_column(default=0)
    length_mm: Mapped[int] = mapped_column(default=0)
    width_mm: Mapped[int] = mapped_column(default=0)
    height_mm: Mapped[int] = mapped_column(default=0)
    insured_minor: Mapped[db.Minor] = mapped_column(default=0)
    currency: Mapped[db.Currency]
    signature: Mapped[str] = mapped_column(default="none")
    customs: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    address_check: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    carrier: Mapped[str] = mapped_column(default="")
    service_name: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    tracking_url: Mapped[str] = mapped_column(default="")
    tracking_code: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="unknown")
    status_at: Mapped[db.When | None]
    expected_at: Mapped[db.When | None]
    delivered_at: Mapped[db.When | None]
    handed_over_at: Mapped[db.When | None]
    polled_at: Mapped[db.When | None]
    verified_at: Mapped[db.When | None]
    raised: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    order: Mapped[Order] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("orders", "order_id"),
        owned_by("packages", "package_id"),
        Index("ix_parcels_order", "workspace_id", "order_id"),
        Index("ix_parcels_tracking", "workspace_id", "tracking_number"),
        Index("ix_parcels_raised", "workspace_id", "id", postgresql_where=text("raised <> ''")),
        Index("ix_parcels_state", "workspace_id", "state", "id"),
        Index("ix_parcels_moving", "workspace_id", "state", "polled_at"),
        CheckConstraint("weight_g >= 0", name="weight"),
    )

    @property
    def insured(self) -> Money:
        return Money(self.insured_minor, self.currency)


class ParcelQuote(db.Tenanted, db.Base, db.Timestamped):
    """What one account asked for one parcel, as it was at `created_at`. Older quotes of the pair are replaced.

    `reference` is ours and travels with every call about the quoted shipment, so that its label can be looked up.
    """

    __tablename__ = "parcel_quotes"
    parcel_id: Mapped[UUID]
    account_id: Mapped[UUID]
    fingerprint: Mapped[str]
    reference: Mapped[str]
    shipment_id: Mapped[str] = mapped_column(default="")
    rates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    notes: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    error: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        owned_by("parcels", "parcel_id"),
        owned_by("carrier_accounts", "account_id"),
        UniqueConstraint("workspace_id", "parcel_id", "account_id"),
    )


class CheckoutEstimate(db.Tenanted, db.Base, db.Timestamped):
    """What carriers ask for a cart's parcel to one address, for an hour, before there is an order.

    `fingerprint` names address, contents and currency; `contents` is a list of {variant_id, quantity}. `state`: asked →
    answered, or failed when no account gave a price (`error` says why). A row's `rates` never change once answered, so a
    price that a buyer chose holds; when the hour is over, a new row takes its place.
    """

    __tablename__ = "checkout_estimates"
    fingerprint: Mapped[str]
    recipient: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    contents: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    currency: Mapped[db.Currency]
    state: Mapped[str] = mapped_column(default="asked")
    rates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    error: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        UniqueConstraint("workspace_id", "fingerprint"),
        Index("ix_checkout_estimates_created_at", "created_at"),
    )


class Label(db.Tenanted, db.Base, db.Timestamped):
    """One attempt to buy a label. At most one per parcel is alive, which a unique index holds (TRAPS.md A1, A2, A12).

    `state`: intended (the key is stored, nobody was asked) → sent (asked; the outcome is unknown until it is recorded) →
    bought → void_requested → voided; or failed (certainly nothing bought). A declined void leads back to bought, or to
    kept when the parcel has another label by then: paid, of no use. `reference` is the quote's and travels with
    every call. `files` maps format → storage key.
    """

    __tablename__ = "labels"
    parcel_id: Mapped[UUID]
    account_id: Mapped[UUID]
    batch_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="intended")
    reference: Mapped[str]
    shipment_id: Mapped[str] = mapped_column(default="")
    rate_id: Mapped[str] = mapped_column(default="")
    carrier: Mapped[str] = mapped_column(default="")
    service: Mapped[str] = mapped_column(default="")
    service_name: Mapped[str] = mapped_column(default="")
    quoted_minor: Mapped[db.Minor] = mapped_column(default=0)
    total_minor: Mapped[db.Minor] = mapped_column(default=0)
    currency: Mapped[db.Currency]
    remote_id: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    tracking_url: Mapped[str] = mapped_column(default="")
    format: Mapped[str] = mapped_column(default="pdf")
    files: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    remote_files: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    test: Mapped[bool] = mapped_column(default=False)
    manifest_id: Mapped[UUID | None]
    asked_at: Mapped[db.When | None]
    bought_at: Mapped[db.When | None]
    voided_at: Mapped[db.When | None]
    printed_at: Mapped[db.When | None]
    printed_by: Mapped[str] = mapped_column(default="")
    actor_name: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    parcel: Mapped[Parcel] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("parcels", "parcel_id"),
        owned_by("carrier_accounts", "account_id"),
        owned_by("label_batches", "batch_id"),
        owned_by("manifests", "manifest_id"),
        Index(
            "uq_labels_alive",
            "workspace_id",
            "parcel_id",
            unique=True,
            postgresql_where=text("state in ('intended', 'sent', 'bought')"),
        ),
        Index("ix_labels_parcel", "workspace_id", "parcel_id", "id"),
        Index("ix_labels_open", "state", "asked_at", postgresql_where=text("state in ('sent', 'void_requested')")),
    )

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def quoted(self) -> Money:
        return Money(self.quoted_minor, self.currency)


class LabelBatch(db.Tenanted, db.Base, db.Timestamped):
    """Many labels at once, in the order the seller picked. `state`: looking (dry run), ready, running, cancelled, done.

    `documents` maps a document's name (labels, slips, picks) to its storage key once drawn.
    """

    __tablename__ = "label_batches"
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default="looking")
    actor_name: Mapped[str]
    actor_id: Mapped[UUID | None]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    documents: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    started_at: Mapped[db.When | None]
    ended_at: Mapped[db.When | None]
    __table_args__ = (UniqueConstraint("workspace_id", "number"),)


class BatchItem(db.Tenanted, db.Base):
    """One row of a batch. `state`: waiting, ready, cannot (`reason` says why), buying, bought, failed, cancelled.

    `fix` is where a person goes to put it right. `account_id`, `rate_id`: what the dry run chose.
    """

    __tablename__ = "batch_items"
    batch_id: Mapped[UUID]
    position: Mapped[int]
    order_id: Mapped[UUID]
    parcel_id: Mapped[UUID | None]
    label_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="waiting")
    account_id: Mapped[UUID | None]
    rate_id: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    fix: Mapped[str] = mapped_column(default="")
    quoted_minor: Mapped[db.Minor] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="")
    service_name: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        owned_by("label_batches", "batch_id"),
        owned_by("orders", "order_id"),
        UniqueConstraint("workspace_id", "batch_id", "position"),
        Index("ix_batch_items_label", "workspace_id", "label_id"),
    )

    @property
    def price(self) -> Money:
        """What the dry run quoted, then what was paid."""
        return Money(self.quoted_minor, self.currency)


class Manifest(db.Tenanted, db.Base, db.Timestamped):
    """A list of parcels that the carrier signs at pick-up (SCAN form). `state`: intended, sent, created, failed."""

    __tablename__ = "manifests"
    account_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="intended")
    remote_id: Mapped[str] = mapped_column(default="")
    file: Mapped[str] = mapped_column(default="")
    count: Mapped[int] = mapped_column(default=0)
    actor_name: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    __table_args__ = (owned_by("carrier_accounts", "account_id"),)


class TrackingEvent(db.Tenanted, db.Base):
    """One scan of a parcel. `key` makes a repeated one harmless; `local` is the moment as the carrier wrote it."""

    __tablename__ = "tracking_events"
    parcel_id: Mapped[UUID]
    key: Mapped[str]
    at: Mapped[db.When]
    status: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    local: Mapped[str] = mapped_column(default="")
    received_at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (
        owned_by("parcels", "parcel_id"),
        UniqueConstraint("workspace_id", "parcel_id", "key"),
        Index("ix_tracking_events_parcel", "workspace_id", "parcel_id", "at"),
    )


class Return(db.Tenanted, db.Base, db.Timestamped):
    """A buyer wants to send something back. `contents` is a list of {line_id, quantity, reason, outcome?}.

    `state`: asked → accepted or declined; accepted → label_sent → on_the_way → received → refunded; or closed, withdrawn.
    `outcome` per line once received: restock or write_off. `pays`: who pays the way back, seller or buyer.
    """

    __tablename__ = "returns"
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default="asked")
    contents: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    message: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    pays: Mapped[str] = mapped_column(default="seller")
    photos: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    parcel_id: Mapped[UUID | None]
    refund_id: Mapped[UUID | None]
    answered_at: Mapped[db.When | None]
    received_at: Mapped[db.When | None]
    version: Mapped[int] = mapped_column(default=1)
    order: Mapped[Order] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("orders", "order_id"),
        UniqueConstraint("workspace_id", "number"),
        Index("ix_returns_state", "workspace_id", "state", "id"),
        Index("ix_returns_order", "workspace_id", "order_id"),
    )
