"""Reads of purchases and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.access import queries as access
from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.core.errors import NotFound
from app.downloads.models import Download
from app.orders.models import Order, OrderEvent


@dataclass(frozen=True)
class Item:
    """A file of a grant; `used` completed downloads out of `limit` (None: no limit)."""

    file: File
    used: int

    @property
    def limit(self) -> int | None:
        return self.file.download_limit

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(self.limit - self.used, 0)


def own_grant(grant_id: UUID) -> Grant:
    """In a buyer's scope. Raises NotFound for somebody else's, for guests who proved nothing yet, and for what has no files."""
    grant = access.download_by_id(grant_id)
    if grant is None:
        raise NotFound
    return grant


def offered(grant: Grant) -> list[File]:
    """The files that this purchase includes: for its variant, and those that were there when it was made."""
    return sorted(
        (
            file
            for file in grant.product.files
            if file.variant_id in (None, grant.variant_id)
            and (file.removed_at is None or file.removed_at > grant.created_at)
        ),
        key=lambda file: (file.position, str(file.id)),
    )


def files_of(grant: Grant) -> list[Item]:
    rows = db.session().execute(
        select(Download.file_id, func.count())
        .where(Download.grant_id == grant.id, Download.counted)
        .group_by(Download.file_id)
    )
    used = {file_id: int(count) for file_id, count in rows}
    return [Item(file, used.get(file.id, 0)) for file in offered(grant)]


def running(grant_id: UUID, file_id: UUID) -> int:
    """Whole transfers that began within the hour and have not ended; a crashed one stops counting after that."""
    begun = (Download.first_byte == 0, Download.bytes_sent == 0, Download.created_at > db.now() - timedelta(hours=1))
    statement = select(func.count()).where(Download.grant_id == grant_id, Download.file_id == file_id, *begun)
    return db.session().scalar(statement) or 0


def log_of(grant: Grant, limit: int = 20) -> list[Download]:
    """The newest requests that sent anything."""
    statement = select(Download).where(Download.grant_id == grant.id, Download.bytes_sent > 0)
    return list(db.session().scalars(statement.order_by(Download.id.desc()).limit(limit)))


@dataclass(frozen=True)
class Shelf:
    """A grant with its files. `state`: open, refunded, disputed, ended, expired, gone (no files are left), used_up."""

    grant: Grant
    items: list[Item]

    @property
    def state(self) -> str:
        if self.grant.revoked_at is not None:
            return {"refund": "refunded", "dispute": "disputed"}.get(self.grant.revoked_for or "", "ended")
        if self.grant.ends_at is not None and self.grant.ends_at <= db.now():
            return "expired"
        if not self.items:
            return "gone"
        return "used_up" if all(item.left == 0 for item in self.items) else "open"


def shelf() -> list[Shelf]:
    """In a buyer's scope: everything they bought with files, newest first, with what is left of each file."""
    return _shelved(access.downloads_of())


def shelf_of(grant: Grant) -> Shelf:
    return Shelf(grant, files_of(grant))


def _shelved(grants: Sequence[Grant]) -> list[Shelf]:
    """One question for the counts of all grants."""
    rows = db.session().execute(
        select(Download.grant_id, Download.file_id, func.count())
        .where(Download.grant_id.in_([grant.id for grant in grants]), Download.counted)
        .group_by(Download.grant_id, Download.file_id)
    )
    used = {(grant_id, file_id): int(count) for grant_id, file_id, count in rows}
    return [Shelf(grant, [Item(file, used.get((grant.id, file.id), 0)) for file in offered(grant)]) for grant in grants]


@dataclass(frozen=True)
class Delivery:
    """For the seller: a grant of an order, its files, who fetched them, and when the buyer asked for more."""

    shelf: Shelf
    log: list[Download]
    asked_at: datetime | None

    @property
    def names(self) -> dict[UUID, str]:
        return {file.id: file.name for file in self.shelf.grant.product.files}


def of_order(order_id: UUID) -> list[Delivery]:
    """In the seller's scope."""
    shelves = _shelved(access.downloads_for_orders([order_id]))
    asked = _asked([order_id])
    return [Delivery(one, log_of(one.grant, 50), asked.get(str(one.grant.id))) for one in shelves]


def of_orders(order_ids: Sequence[UUID]) -> list[Delivery]:
    """In the seller's scope: all purchases with files in these orders, each with its newest request alone. Five statements."""
    shelves = _shelved(access.downloads_for_orders(order_ids))
    asked, newest = _asked(order_ids), _newest([one.grant.id for one in shelves])
    return [Delivery(one, newest.get(one.grant.id, []), asked.get(str(one.grant.id))) for one in shelves]


def _newest(grants: Sequence[UUID]) -> dict[UUID, list[Download]]:
    sent = select(Download).where(Download.grant_id.in_(grants), Download.bytes_sent > 0)
    newest = sent.order_by(Download.grant_id, Download.id.desc()).ext(distinct_on(Download.grant_id))
    return {row.grant_id: [row] for row in db.session().scalars(newest)}


def _asked(order_ids: Sequence[UUID]) -> dict[str, datetime]:
    """When the buyer asked for more downloads, by grant, unless they were given since."""
    rows = db.session().scalars(
        select(OrderEvent)
        .where(OrderEvent.order_id.in_(order_ids), OrderEvent.kind == "access")
        .order_by(OrderEvent.id)
    )
    found: dict[str, datetime] = {}
    for row in rows:
        if row.data.get("asked"):
            found[row.data["asked"]] = row.created_at
        if row.data.get("reset"):
            found.pop(row.data["reset"], None)
    return found


def asked_at(grant: Grant) -> datetime | None:
    """In the seller's scope: when the buyer last asked for more, unless they were given since."""
    return _asked([grant.order_id]).get(str(grant.id))


def shortened(ip: str) -> str:
    """Enough of an address to tell places apart, too little to find a person: a.b.c.x, or the first three groups of IPv6."""
    if ":" in ip:
        return ":".join(ip.split(":")[:3]) + "::…"
    return ".".join([*ip.split(".")[:3], "x"]) if ip.count(".") == 3 else ip


def group_of(grant: Grant) -> UUID:
    """In the buyer's scope: the purchase that a grant came with."""
    return db.get(Order, grant.order_id).group_id


def order_address(order_id: UUID, slug: str) -> str:
    """Where the seller sees this order. Raises NotFound."""
    return f"/w/{slug}/orders/{db.get(Order, order_id).number}"
