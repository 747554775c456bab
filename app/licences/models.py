"""What a product gives with each unit, the seller's list of keys, the keys that were sold, their seats and their history.

Keys are stored twice: `digest` (an HMAC under the workspace's own key, see core/crypto) finds a key that somebody types, `sealed`
is the key itself, encrypted, for those who may read it.
"""

import base64
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access.models import Grant
from app.catalogue.models import Product, Variant, owned_by
from app.core import db


class LicenceOffer(db.Tenanted, db.Base, db.Timestamped):
    """What a product gives with each unit. `source`: generated or listed (the seller's own keys).

    `activation_limit` and `valid_days` are empty for «no limit» and «for ever». `lease_days`: how long a signed file is good
    without asking again. `warn_below`: the seller hears when fewer listed keys are left. `empty_since`: keys are owed, or would
    be with the next sale. Since `giving_since` a job gives keys to those who bought before, `giving_count` buyers in all; it was
    done at `given_at`.
    """

    __tablename__ = "licence_offers"
    product_id: Mapped[UUID]
    enabled: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(default="generated")
    prefix: Mapped[str] = mapped_column(default="")
    activation_limit: Mapped[int | None]
    valid_days: Mapped[int | None]
    lease_days: Mapped[int] = mapped_column(default=30)
    warn_below: Mapped[int] = mapped_column(default=10)
    warned_at: Mapped[db.When | None]
    empty_since: Mapped[db.When | None]
    giving_since: Mapped[db.When | None]
    giving_count: Mapped[int] = mapped_column(default=0, server_default="0")
    given_at: Mapped[db.When | None]
    version: Mapped[int] = mapped_column(default=1)
    product: Mapped[Product] = relationship(viewonly=True)
    terms: Mapped[list["LicenceTerms"]] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("products", "product_id"),
        UniqueConstraint("workspace_id", "product_id"),
        CheckConstraint("source in ('generated', 'listed')", name="source"),
        CheckConstraint("activation_limit > 0 and valid_days > 0 and lease_days > 0", name="limits"),
    )

    @property
    def giving(self) -> bool:
        """Whether keys are on their way to those who bought before."""
        return self.giving_since is not None and self.given_at is None


class LicenceTerms(db.Tenanted, db.Base):
    """Where a variant differs from its product: other limits, or no licence at all (`enabled` off)."""

    __tablename__ = "licence_terms"
    offer_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    enabled: Mapped[bool] = mapped_column(default=True)
    activation_limit: Mapped[int | None]
    valid_days: Mapped[int | None]
    variant: Mapped[Variant] = relationship(viewonly=True)
    __table_args__ = (
        owned_by("licence_offers", "offer_id"),
        owned_by("variants", "variant_id"),
        UniqueConstraint("workspace_id", "offer_id", "variant_id"),
        CheckConstraint("activation_limit > 0 and valid_days > 0", name="limits"),
    )


class LicenceStock(db.Tenanted, db.Base, db.Timestamped):
    """A key of the seller's list that is not sold yet; sold ones are licences. `position` is its place in the list."""

    __tablename__ = "licence_stock"
    offer_id: Mapped[UUID]
    position: Mapped[int]
    digest: Mapped[str]
    sealed: Mapped[str]
    __table_args__ = (
        owned_by("licence_offers", "offer_id"),
        UniqueConstraint("workspace_id", "digest"),
        Index("ix_licence_stock_next", "workspace_id", "offer_id", "position", "id"),
    )


class Licence(db.Tenanted, db.Base, db.Timestamped):
    """One key of one unit that was bought; unit 1 is the first of its grant.

    `issued_at` empty: the key is owed, because the seller's list was empty. `valid_days` counts from then. `closed_at`: this unit
    was refunded while others of its purchase were not. `hint` is the end of the key. The buyer's name and address are those of
    the order, for the seller's search.
    """

    __tablename__ = "licences"
    offer_id: Mapped[UUID]
    grant_id: Mapped[UUID]
    unit: Mapped[int]
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    order_id: Mapped[UUID]
    order_number: Mapped[int]
    buyer_name: Mapped[str]
    buyer_email: Mapped[str]
    digest: Mapped[str | None]
    sealed: Mapped[str] = mapped_column(default="")
    hint: Mapped[str] = mapped_column(default="")
    activation_limit: Mapped[int | None]
    valid_days: Mapped[int | None]
    expires_at: Mapped[db.When | None]
    issued_at: Mapped[db.When | None]
    disabled_at: Mapped[db.When | None]
    disabled_for: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[db.When | None]
    version: Mapped[int] = mapped_column(default=1)
    grant: Mapped[Grant] = relationship(viewonly=True)
    offer: Mapped[LicenceOffer] = relationship(viewonly=True)
    product: Mapped[Product] = relationship(viewonly=True)
    variant: Mapped[Variant | None] = relationship(viewonly=True)
    seats: Mapped[list["LicenceActivation"]] = relationship(
        viewonly=True,
        order_by="LicenceActivation.id",
        primaryjoin="and_(LicenceActivation.workspace_id == Licence.workspace_id,"
        " LicenceActivation.licence_id == Licence.id, LicenceActivation.freed_at.is_(None))",
    )
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        owned_by("licence_offers", "offer_id"),
        owned_by("grants", "grant_id"),
        owned_by("products", "product_id"),
        owned_by("variants", "variant_id"),
        UniqueConstraint("workspace_id", "grant_id", "unit"),
        UniqueConstraint("workspace_id", "digest"),
        Index("ix_licences_product", "workspace_id", "product_id", "id"),
        Index("ix_licences_order", "workspace_id", "order_id"),
        Index("ix_licences_email", "workspace_id", text("lower(buyer_email)")),
        Index("ix_licences_owed", "workspace_id", "offer_id", "id", postgresql_where=text("issued_at is null")),
        CheckConstraint("activation_limit > 0", name="limit"),
        CheckConstraint("(issued_at is null) = (digest is null)", name="issued"),
    )


class LicenceActivation(db.Tenanted, db.Base, db.Timestamped):
    """A seat: one installation of the program, known by its own `fingerprint`. `freed_by` is program, buyer or seller."""

    __tablename__ = "licence_activations"
    licence_id: Mapped[UUID]
    fingerprint: Mapped[str]
    name: Mapped[str]
    last_seen_at: Mapped[db.When] = mapped_column(default=db.now)
    freed_at: Mapped[db.When | None]
    freed_by: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        owned_by("licences", "licence_id"),
        Index(
            "uq_licence_activations_live",
            "workspace_id",
            "licence_id",
            "fingerprint",
            unique=True,
            postgresql_where=text("freed_at is null"),
        ),
    )


class LicenceEvent(db.Tenanted, db.Base, db.Timestamped):
    """What happened to a licence, in words, and who did it."""

    __tablename__ = "licence_events"
    licence_id: Mapped[UUID]
    kind: Mapped[str]
    actor_kind: Mapped[str]
    actor_name: Mapped[str]
    summary: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    __table_args__ = (
        owned_by("licences", "licence_id"),
        Index("ix_licence_events_licence", "workspace_id", "licence_id", "id"),
    )


class LicenceSigner(db.Tenanted, db.Base, db.Timestamped):
    """A key pair that signs licence files: Ed25519, the private half encrypted.

    `started_at` empty: the next one, made so that programs can be told of it, and signing nothing yet. `retired_at`: signs no more, and
    its private half is gone; the public half still checks.
    """

    __tablename__ = "licence_signers"
    public: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[str]
    started_at: Mapped[db.When | None]
    retired_at: Mapped[db.When | None]

    @property
    def state(self) -> str:
        """signing, next or retired."""
        return "retired" if self.retired_at else "signing" if self.started_at else "next"

    @property
    def written(self) -> str:
        """The public half as programs are given it: 32 bytes in base64."""
        return base64.b64encode(self.public).decode()

    __table_args__ = (
        Index(
            "uq_licence_signers_present",
            "workspace_id",
            unique=True,
            postgresql_where=text("started_at is not null and retired_at is null"),
        ),
        Index("uq_licence_signers_next", "workspace_id", unique=True, postgresql_where=text("started_at is null")),
        CheckConstraint("retired_at is null or started_at is not null", name="retired"),
    )
