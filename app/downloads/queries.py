"""Reads of purchases and their files."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.access import queries as access
from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.core.errors import NotFound
from app.downloads.models import Download
from app.orders.models import Order


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
    """In a buyer's scope. Raises NotFound for somebody else's, and for guests who proved nothing yet."""
    grant = access.grant_by_id(grant_id)
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
    statement = select(Download).where(Download.grant_id == grant.id).order_by(Download.id.desc()).limit(limit)
    return list(db.session().scalars(statement))


def of_order(order_id: UUID) -> list[tuple[Grant, list[Item], list[Download]]]:
    """For the seller: grants of an order with their files and log."""
    return [(grant, files_of(grant), log_of(grant, 5)) for grant in access.grants_for_order(order_id)]


def order_address(order_id: UUID, slug: str) -> str:
    """Where the seller sees this order. Raises NotFound."""
    return f"/w/{slug}/orders/{db.get(Order, order_id).number}"
