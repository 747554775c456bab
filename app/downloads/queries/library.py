"""One purchase: its files and releases, what is left of them, and what is new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from app.access.models import Grant
from app.catalogue.models import File, Product
from app.core import db
from app.core.errors import NotFound
from app.downloads.models import Download, DownloadAllowance, LibraryMark, SharingLock
from app.licences.models import Licence
from app.orders.models import Order
from app.orders.queries import NotOpenHere

ENDED = {"refund": "refunded", "dispute": "disputed", "seller": "revoked"}


@dataclass(frozen=True)
class Item:
    """A file of a grant; `used` completed downloads out of `limit` (None: no limit). `fetched`: it arrived whole at least once."""

    file: File
    used: int
    limit: int | None = None
    fetched: bool = False

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(self.limit - self.used, 0)


@dataclass(frozen=True)
class Shelf:
    """A grant with its files. `state`: open, refunded, disputed, revoked, ended, expired, gone (no files are left), locked, used_up.

    `items` are the newest releases, `older` those that were replaced, the newest first; `new` are ids of releases that came after
    the buyer last looked. `lock` is there while the purchase looks shared. `licensed`: it has keys, whether or not it has files.
    `own` is there where this buyer has a limit of their own.
    """

    grant: Grant
    items: list[Item]
    older: list[Item] = field(default_factory=list)
    mark: LibraryMark | None = None
    lock: SharingLock | None = None
    licensed: bool = False
    own: DownloadAllowance | None = None

    @property
    def state(self) -> str:
        if self.grant.revoked_at is not None:
            return ENDED.get(self.grant.revoked_for or "", "ended")
        if self.grant.ends_at is not None and self.grant.ends_at <= db.now():
            return "expired"
        if not self.items:
            return "gone" if self.grant.downloads and not self.licensed else "open"
        if self.lock is not None:
            return "locked"
        return "used_up" if all(item.left == 0 for item in self.items) else "open"

    @property
    def new(self) -> set[UUID]:
        seen = self.mark.seen_at if self.mark else None
        since = max(self.grant.created_at, seen or self.grant.created_at)
        return {one.file.id for one in self.items if one.file.created_at > since and not one.fetched}

    @property
    def archived(self) -> bool:
        return self.mark is not None and self.mark.archived_at is not None

    @property
    def release(self) -> int:
        """The highest release among the newest files; 0 without any."""
        return max((one.file.release for one in self.items), default=0)


def in_library() -> ColumnElement[bool]:
    """Condition on Grant: there is something to hand over, a file or a key."""
    keys = exists().where(Licence.workspace_id == Grant.workspace_id, Licence.grant_id == Grant.id)
    return or_(Grant.downloads, keys)


def loaded() -> list[ORMOption]:
    """Load products with their pictures, files and shops, in as many statements whatever their number."""
    product = joinedload(Grant.product)
    return [
        product.selectinload(Product.pictures),
        product.selectinload(Product.files),
        product.joinedload(Product.shop),
    ]


def own_grant(grant_id: UUID) -> Grant:
    """In a buyer's scope. Raises NotOpenHere for somebody else's, for guests who proved nothing yet, and for what has nothing to
    hand over."""
    grant = _grant(grant_id)
    if grant is None:
        raise NotOpenHere
    return grant


def sold_grant(grant_id: UUID) -> Grant:
    """In the seller's scope. Raises NotFound, also for what has nothing to hand over."""
    grant = _grant(grant_id)
    if grant is None:
        raise NotFound
    return grant


def _grant(grant_id: UUID) -> Grant | None:
    statement = select(Grant).where(Grant.id == grant_id, in_library()).options(*loaded())
    return db.session().scalars(statement).unique().one_or_none()


def offered(grant: Grant) -> list[File]:
    """The files that this purchase includes, older releases too: for its variant, and those that were there when it was made."""
    replaced = {file.replaces_id for file in grant.product.files}
    return sorted(
        (file for file in grant.product.files if _includes(grant, file, file.id in replaced)),
        key=lambda file: (file.position, -file.release, str(file.id)),
    )


def _includes(grant: Grant, file: File, replaced: bool) -> bool:
    if not _for_variant(grant, file):
        return False
    kept = file.removed_at is None or file.removed_at > grant.created_at
    return kept or (replaced and grant.product.older_for_all)


def _for_variant(grant: Grant, file: File) -> bool:
    """Or it was when the purchase was made, or after: what somebody had is not taken away by choosing another variant for it."""
    past = (one["variant"] for one in file.variant_past if datetime.fromisoformat(one["until"]) > grant.created_at)
    return file.variant_id in (None, grant.variant_id) or any(one in (None, str(grant.variant_id)) for one in past)


def files_of(grant: Grant) -> list[Item]:
    """All releases that this purchase includes, with what was used of each."""
    shelf = shelf_of(grant)
    return [*shelf.items, *shelf.older]


def running(grant_id: UUID, file_id: UUID) -> int:
    """Whole transfers that began within the hour and have not ended; a crashed one stops counting after that."""
    begun = (Download.first_byte == 0, Download.bytes_sent == 0, Download.created_at > db.now() - timedelta(hours=1))
    statement = select(func.count()).where(*_transfers(grant_id, file_id), *begun)
    return db.session().scalar(statement) or 0


def begun(grant_id: UUID, file_id: UUID, within: timedelta) -> bool:
    """Whether a transfer of this file was begun in that time."""
    return _any_transfer(grant_id, file_id, Download.created_at > db.now() - within)


def just_sent(grant_id: UUID, file_id: UUID, ip: str) -> bool:
    """Whether its last byte went to this address within ten minutes: it may have been lost on the way, so it may be fetched again."""
    return _any_transfer(grant_id, file_id, Download.completed_at > db.now() - timedelta(minutes=10), Download.ip == ip)


def _any_transfer(grant_id: UUID, file_id: UUID, *conditions: ColumnElement[bool]) -> bool:
    found = select(Download.id).where(*_transfers(grant_id, file_id), *conditions).limit(1)
    return db.session().scalars(found).first() is not None


def _transfers(grant_id: UUID, file_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Download.grant_id == grant_id, Download.file_id == file_id, Download.way.in_(("download", "zip"))


def log_of(grant: Grant, limit: int = 20) -> list[Download]:
    """The newest requests that sent anything."""
    statement = select(Download).where(Download.grant_id == grant.id, Download.bytes_sent > 0)
    return list(db.session().scalars(statement.order_by(Download.id.desc()).limit(limit)))


def shelf_of(grant: Grant) -> Shelf:
    return shelved([grant])[0]


def shelved(grants: Sequence[Grant]) -> list[Shelf]:
    """Five questions for all grants: counts, limits of their own, marks, locks and keys."""
    ids, session = [grant.id for grant in grants], db.session()
    used = _used(ids)
    allowances = session.scalars(select(DownloadAllowance).where(DownloadAllowance.grant_id.in_(ids)))
    own = {row.grant_id: row for row in allowances}
    marks = {row.grant_id: row for row in session.scalars(select(LibraryMark).where(LibraryMark.grant_id.in_(ids)))}
    open_locks = select(SharingLock).where(SharingLock.grant_id.in_(ids), SharingLock.lifted_at.is_(None))
    locks = {row.grant_id: row for row in session.scalars(open_locks)}
    keyed = set(session.scalars(select(Licence.grant_id).where(Licence.grant_id.in_(ids))))
    return [
        replace(
            _shelf(grant, _items(grant, used, own.get(grant.id)), marks.get(grant.id), locks.get(grant.id)),
            licensed=grant.id in keyed,
            own=own.get(grant.id),
        )
        for grant in grants
    ]


def _used(grants: Sequence[UUID]) -> dict[tuple[UUID, UUID], tuple[int, int]]:
    """By grant and file: how often it counted, and how often it arrived."""
    rows = db.session().execute(
        select(
            Download.grant_id,
            Download.file_id,
            func.count().filter(Download.counted),
            func.count(Download.completed_at),
        )
        .where(Download.grant_id.in_(grants), or_(Download.counted, Download.completed_at.is_not(None)))
        .group_by(Download.grant_id, Download.file_id)
    )
    return {(grant_id, file_id): (counted, arrived) for grant_id, file_id, counted, arrived in rows}


def _items(
    grant: Grant, used: dict[tuple[UUID, UUID], tuple[int, int]], own: DownloadAllowance | None
) -> Iterable[Item]:
    for file in offered(grant):
        counted, arrived = used.get((grant.id, file.id), (0, 0))
        yield Item(file, counted, own.downloads if own else file.download_limit, bool(arrived))


def _shelf(grant: Grant, items: Iterable[Item], mark: LibraryMark | None, lock: SharingLock | None) -> Shelf:
    replaced = {file.replaces_id for file in grant.product.files if _for_variant(grant, file)}
    every = list(items)
    newest = [one for one in every if one.file.id not in replaced]
    older = sorted((one for one in every if one.file.id in replaced), key=lambda one: one.file.created_at, reverse=True)
    return Shelf(grant, newest, older, mark, lock)


def group_of(grant: Grant) -> UUID:
    """In the buyer's scope: the purchase that a grant came with."""
    return db.get(Order, grant.order_id).group_id


def email_of(grant: Grant) -> str:
    """In the buyer's or the seller's scope: the address that a grant was bought with."""
    return db.get(Order, grant.order_id).buyer_email
