"""The page of one purchase: what changed over time, and what of the same order travels by post."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.downloads.models import Download, Update
from app.downloads.queries.library import Shelf, log_of, offered, shelf_of
from app.orders.models import Fulfilment, Order

CHANGES = 20


@dataclass(frozen=True)
class Change:
    """One entry of the change log. `files` are names with their releases."""

    at: datetime
    notes: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Purchase:
    """`parcels` are those of the same order that can be followed; `waits` is whether something is still to be sent."""

    shelf: Shelf
    order: Order
    log: list[Download]
    changes: list[Change]
    parcels: list[Fulfilment]
    waits: bool

    @property
    def group_id(self) -> UUID:
        return self.order.group_id


def purchase(grant: Grant) -> Purchase:
    """In the buyer's scope."""
    order = _order(grant)
    ships = any(line.ships for line in order.lines)
    return Purchase(
        shelf_of(grant),
        order,
        log_of(grant),
        changes_of(grant),
        [one for one in order.fulfilments if ships and one.state != "cancelled"],
        ships and order.fulfilment_state in ("unfulfilled", "part_fulfilled") and order.state == "open",
    )


def _order(grant: Grant) -> Order:
    loaded = selectinload(Order.lines), selectinload(Order.fulfilments)
    return db.session().scalars(select(Order).where(Order.id == grant.order_id).options(*loaded)).one()


def changes_of(grant: Grant) -> list[Change]:
    """What sellers wrote about releases, the newest first: in news to buyers, and beside the files."""
    files = {file.id: file for file in offered(grant)}
    told = [one for one in _updates(grant) if not one.files or any(file in files for file in one.files)]
    in_news = {file_id for one in told for file_id in one.files}
    news = [
        Change(
            one.sent_at or one.created_at,
            one.notes,
            _names(files[file_id] for file_id in one.files if file_id in files),
        )
        for one in told
    ]
    beside = [
        Change(file.created_at, file.notes, _names([file]))
        for file in files.values()
        if file.notes and file.id not in in_news
    ]
    return sorted([*news, *beside], key=lambda one: one.at, reverse=True)[:CHANGES]


def _names(files: Iterable[File]) -> tuple[str, ...]:
    return tuple(f"{file.name}, release {file.release}" for file in files)


def _updates(grant: Grant) -> Sequence[Update]:
    statement = select(Update).where(
        Update.workspace_id == grant.workspace_id, Update.product_id == grant.product_id, Update.state != "draft"
    )
    return db.session().scalars(statement.order_by(Update.id.desc()).limit(CHANGES)).all()
