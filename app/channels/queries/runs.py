"""Runs and what went wrong in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.channels.models import ChannelConnection, ChannelListing, ChannelOrder, ChannelRun, ChannelRunItem
from app.channels.queries.listings import PUSH_FAILED
from app.core import db
from app.core.errors import NotFound

MOST_RETRIES = 200
"""Failed things that one press tries again."""


@dataclass(frozen=True)
class Filters:
    """All of them narrow; empty ones do not. Looks for orders that found nothing are left out, except with `every`."""

    connection_id: UUID | None = None
    kind: str = ""
    state: str = ""
    every: bool = False


_VAIN = (ChannelRun.kind == "orders") & (ChannelRun.state == "done") & (ChannelRun.done == 0)


def page(filters: Filters, after: UUID | None = None, limit: int = 50) -> list[ChannelRun]:
    """Newest first; keyset by id."""
    wanted = select(ChannelRun).order_by(ChannelRun.id.desc()).limit(limit)
    for column, value in (
        (ChannelRun.connection_id, filters.connection_id),
        (ChannelRun.kind, filters.kind),
        (ChannelRun.state, filters.state),
    ):
        if value:
            wanted = wanted.where(column == value)
    if not filters.every:
        wanted = wanted.where(~_VAIN)
    if after:
        wanted = wanted.where(ChannelRun.id < after)
    return list(db.session().scalars(wanted.execution_options(populate_existing=True)))


def shops_of(rows: Sequence[ChannelRun]) -> dict[UUID, ChannelConnection]:
    wanted = select(ChannelConnection).where(ChannelConnection.id.in_({row.connection_id for row in rows}))
    return {one.id: one for one in db.session().scalars(wanted)}


def run(run_id: UUID) -> ChannelRun:
    """Raises NotFound."""
    wanted = select(ChannelRun).where(ChannelRun.id == run_id).execution_options(populate_existing=True)
    found = db.session().scalars(wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def items(run_id: UUID, after: UUID | None = None, limit: int = 50) -> list[ChannelRunItem]:
    """What is worth reading in a run, in the order in which it happened; keyset by id."""
    wanted = select(ChannelRunItem).where(ChannelRunItem.run_id == run_id).order_by(ChannelRunItem.id).limit(limit)
    if after:
        wanted = wanted.where(ChannelRunItem.id > after)
    return list(db.session().scalars(wanted))


def failed_orders(connection_id: UUID, limit: int = MOST_RETRIES) -> list[ChannelOrder]:
    """Orders that could not be brought in, those that wait longest first."""
    wanted = select(ChannelOrder).where(ChannelOrder.connection_id == connection_id, ChannelOrder.error != "")
    return list(db.session().scalars(wanted.order_by(ChannelOrder.id).limit(limit)))


def failed_listings(connection_id: UUID, limit: int = MOST_RETRIES) -> list[ChannelListing]:
    """Listings whose newest number the platform did not take."""
    wanted = select(ChannelListing).where(ChannelListing.connection_id == connection_id, PUSH_FAILED)
    return list(db.session().scalars(wanted.order_by(ChannelListing.id).limit(limit)))


def waiting_orders(connection_id: UUID, limit: int = 5) -> list[ChannelOrder]:
    """Orders with an item that is not matched yet."""
    wanted = select(ChannelOrder).where(
        ChannelOrder.connection_id == connection_id, ChannelOrder.unmatched > 0, ChannelOrder.order_id.is_not(None)
    )
    return list(db.session().scalars(wanted.order_by(ChannelOrder.id).limit(limit)))
