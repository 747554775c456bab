"""The log of transfers, what buyers and sellers set for one purchase, signs of sharing, and news of new releases."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Product, owned_by
from app.core import db


class Download(db.Tenanted, db.Base, db.Timestamped):
    """One request for a file, or (`way` play or read) one sitting with it.

    `completed_at` is set when its last byte was really sent; only the one that `counted` uses up the limit.
    `way` is download, zip, play or read; the last two never count.
    """

    __tablename__ = "downloads"
    grant_id: Mapped[UUID]
    file_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(index=True)
    first_byte: Mapped[int] = mapped_column(BigInteger, default=0)
    last_byte: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes_sent: Mapped[int] = mapped_column(BigInteger, default=0)
    completed_at: Mapped[db.When | None]
    counted: Mapped[bool] = mapped_column(default=False)
    ip: Mapped[str]
    user_agent: Mapped[str]
    way: Mapped[str] = mapped_column(default="download", server_default="download")
    __table_args__ = (
        owned_by("grants", "grant_id"),
        owned_by("files", "file_id"),
        Index("ix_downloads_grant", "workspace_id", "grant_id", "file_id", "id"),
        CheckConstraint("way in ('download', 'zip', 'play', 'read')", name="way"),
    )


class Position(db.Tenanted, db.Base):
    """How far a buyer is in a file, per device. `spot` is seconds of a recording, the page of a PDF, the chapter of a book from 0;
    `part` thousandths of that page or chapter. `size` is the reader's letters, 1 to 5. `device` is a session's or visitor's id."""

    __tablename__ = "positions"
    grant_id: Mapped[UUID]
    file_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(index=True)
    device: Mapped[UUID]
    spot: Mapped[int] = mapped_column(default=0)
    part: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=3)
    moved_at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (
        owned_by("grants", "grant_id"),
        owned_by("files", "file_id"),
        UniqueConstraint("workspace_id", "grant_id", "file_id", "device"),
        CheckConstraint(
            "spot between 0 and 1000000 and part between 0 and 1000 and size between 1 and 5", name="within"
        ),
    )


class LibraryMark(db.Tenanted, db.Base):
    """What a buyer did with a purchase in their library: put it away, and when they last looked at it."""

    __tablename__ = "library_marks"
    grant_id: Mapped[UUID]
    archived_at: Mapped[db.When | None]
    seen_at: Mapped[db.When | None]
    __table_args__ = (owned_by("grants", "grant_id"), UniqueConstraint("workspace_id", "grant_id"))


class DownloadAllowance(db.Tenanted, db.Base, db.Timestamped):
    """One buyer's own limit, in place of that of each file: `downloads` of every file, or None for no limit."""

    __tablename__ = "download_allowances"
    grant_id: Mapped[UUID]
    downloads: Mapped[int | None]
    __table_args__ = (
        owned_by("grants", "grant_id"),
        UniqueConstraint("workspace_id", "grant_id"),
        CheckConstraint("downloads > 0", name="downloads"),
    )


class Sighting(db.Tenanted, db.Base):
    """A purchase was fetched by this device from this network. `device_id` is of its cookie, `family` the kind of browser;
    `network` is the first 24 bits of an IPv4 address or the first 48 of an IPv6 one."""

    __tablename__ = "sightings"
    grant_id: Mapped[UUID]
    device_id: Mapped[UUID]
    family: Mapped[str]
    network: Mapped[str]
    first_at: Mapped[db.When] = mapped_column(default=db.now)
    last_at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (
        owned_by("grants", "grant_id"),
        UniqueConstraint("workspace_id", "grant_id", "device_id", "family", "network", name="uq_sightings_pair"),
        Index("ix_sightings_grant", "workspace_id", "grant_id", "last_at"),
    )


class SharingLock(db.Tenanted, db.Base, db.Timestamped):
    """A purchase that looked shared: closed until its buyer proves the address, or the seller lifts it (`lifted_by`).

    `places` fetched it that had no device and no network in common. `evidence`: the newest of {device, network, at}.
    """

    __tablename__ = "sharing_locks"
    grant_id: Mapped[UUID]
    places: Mapped[int]
    devices: Mapped[int]
    networks: Mapped[int]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    lifted_at: Mapped[db.When | None]
    lifted_by: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        owned_by("grants", "grant_id"),
        Index(
            "uq_sharing_locks_open", "workspace_id", "grant_id", unique=True, postgresql_where=text("lifted_at is null")
        ),
    )


class Update(db.Tenanted, db.Base, db.Timestamped):
    """News to those who bought a product: what changed in `files`, and who hears of it. `state` is draft, sending or sent.

    `audience`: all, older (have fetched an earlier release and none of these files) or never (have fetched nothing).
    `variant_id` and `bought_after` narrow it. `told` counts those who were told. `thread_path` is where it was posted.
    """

    __tablename__ = "updates"
    product_id: Mapped[UUID]
    author_id: Mapped[UUID]
    author_name: Mapped[str]
    notes: Mapped[str]
    files: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    audience: Mapped[str] = mapped_column(default="all")
    variant_id: Mapped[UUID | None]
    bought_after: Mapped[date | None]
    forum: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="draft")
    told: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[db.When | None]
    thread_path: Mapped[str] = mapped_column(default="")
    product: Mapped[Product] = relationship(viewonly=True)
    __table_args__ = (
        owned_by("products", "product_id"),
        owned_by("variants", "variant_id"),
        Index("ix_updates_product", "workspace_id", "product_id", "id"),
        CheckConstraint("audience in ('all', 'older', 'never')", name="audience"),
        CheckConstraint("state in ('draft', 'sending', 'sent')", name="state"),
    )


class UpdateRecipient(db.Tenanted, db.Base):
    """Somebody who is to hear of an update, once whatever they bought how often. `outcome`: told, left out, or empty until then."""

    __tablename__ = "update_recipients"
    update_id: Mapped[UUID]
    grant_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    email: Mapped[str]
    name: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("updates", "update_id"),
        owned_by("grants", "grant_id"),
        UniqueConstraint("workspace_id", "update_id", "email"),
        Index("ix_update_recipients_left", "workspace_id", "update_id", "id", postgresql_where=text("outcome = ''")),
    )


class UpdateOptOut(db.Tenanted, db.Base, db.Timestamped):
    """An address that wants no mail about updates of a shop. In lower case."""

    __tablename__ = "update_optouts"
    shop_id: Mapped[UUID]
    email: Mapped[str]
    __table_args__ = (owned_by("shops", "shop_id"), UniqueConstraint("workspace_id", "shop_id", "email"))


class Copy(db.Tenanted, db.Base, db.Timestamped):
    """One buyer's own copy of a file. `settings` is the fingerprint of how it was stamped, `mark` the code inside (`marks.py`).

    `state`: waiting (its job is asked for), ready, failed (`error` says why, `final` that trying again is no use) or cleared (its
    bytes were given up; the same mark is used when it is made again). `size` in bytes, `sha256` in hex, `crc32` for zips. `look` is the
    fingerprint of a picture. `mail_at`: when the buyer was told by mail, because it took long.
    """

    __tablename__ = "copies"
    grant_id: Mapped[UUID]
    file_id: Mapped[UUID]
    settings: Mapped[str]
    mark: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    error: Mapped[str] = mapped_column(default="")
    final: Mapped[bool] = mapped_column(default=False)
    storage_key: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(default="")
    crc32: Mapped[int | None] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(default="")
    look: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[db.When] = mapped_column(default=db.now)
    ready_at: Mapped[db.When | None]
    used_at: Mapped[db.When | None]
    mail_at: Mapped[db.When | None]
    __table_args__ = (
        owned_by("grants", "grant_id"),
        owned_by("files", "file_id"),
        UniqueConstraint("workspace_id", "grant_id", "file_id", "settings"),
        UniqueConstraint("mark"),
        Index("ix_copies_file", "workspace_id", "file_id"),
        Index("ix_copies_ready_at", "ready_at", postgresql_where=text("state = 'ready'")),
        CheckConstraint("state in ('waiting', 'ready', 'failed', 'cleared')", name="state"),
    )


class Trace(db.Tenanted, db.Base, db.Timestamped):
    """Somebody asked whose copy a leaked file is. `sha256` in hex and `size` in bytes are the leak's.

    `state`: looking, found, none or failed. `result` is a list of {workspace_id, order_id, copy_id, chance, marks: [{kind, where}]},
    the surest first. The platform's own workspace looks among everybody's copies.
    """

    __tablename__ = "traces"
    actor_id: Mapped[UUID]
    actor_name: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="looking")
    error: Mapped[str] = mapped_column(default="")
    result: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    ended_at: Mapped[db.When | None]
    __table_args__ = (
        Index("ix_traces_newest", "workspace_id", "id"),
        CheckConstraint("state in ('looking', 'found', 'none', 'failed')", name="state"),
    )

    @property
    def orders(self) -> int:
        """How many orders the copies belong to. Older answers do not say; theirs count as one each."""
        return len({one.get("order_id", one["copy_id"]) for one in self.result})
