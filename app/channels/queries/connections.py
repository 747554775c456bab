"""Connections with what a seller wants to know of each: how it stands, how much is matched, what runs, what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select

from app.catalogue.models import Shop
from app.channels.models import (
    LIVE,
    ChannelConnection,
    ChannelConsent,
    ChannelGrant,
    ChannelListing,
    ChannelOrder,
    ChannelRun,
)
from app.channels.queries import listings
from app.channels.stock import Offer, Rules, offer
from app.core import db
from app.core.errors import NotFound
from app.workspaces.models import Workspace

SAMPLE = 10
"""Units of which the page shows how many are offered."""


_Three = Select[ChannelConnection, ChannelGrant, Shop]


@dataclass(frozen=True)
class Counts:
    """Listings of one connection that still are listed there, and what is wrong with its orders."""

    listed: int = 0
    matched: int = 0
    ignored: int = 0
    push_errors: int = 0
    order_errors: int = 0
    unmatched_orders: int = 0

    @property
    def to_match(self) -> int:
        return self.listed - self.matched - self.ignored

    @property
    def problems(self) -> int:
        return self.push_errors + self.order_errors + self.unmatched_orders


@dataclass(frozen=True)
class Seen:
    """A connection as its card and its page show it."""

    row: ChannelConnection
    grant: ChannelGrant
    shop: Shop
    counts: Counts
    running: Sequence[ChannelRun]


def connections() -> list[Seen]:
    """Every connection, those that need somebody first; four statements however many there are."""
    return _seen(select(ChannelConnection, ChannelGrant, Shop))


def connection(connection_id: UUID) -> Seen:
    """Raises NotFound."""
    found = _seen(select(ChannelConnection, ChannelGrant, Shop).where(ChannelConnection.id == connection_id))
    if not found:
        raise NotFound
    return found[0]


def _seen(wanted: _Three) -> list[Seen]:
    joined = (
        wanted.join(
            ChannelGrant,
            (ChannelGrant.workspace_id == ChannelConnection.workspace_id)
            & (ChannelGrant.id == ChannelConnection.grant_id),
        )
        .join(Shop, (Shop.workspace_id == ChannelConnection.workspace_id) & (Shop.id == ChannelConnection.shop_id))
        .order_by(ChannelConnection.id)
        .execution_options(populate_existing=True)
    )
    rows = db.session().execute(joined).all()
    counts, running = _counts(), _running()
    found = [Seen(row, grant, shop, counts.get(row.id, Counts()), running.get(row.id, [])) for row, grant, shop in rows]
    return sorted(found, key=lambda one: _RANK.index(one.row.state))


_RANK = ("needs_reauth", "active", "paused", "disconnected")


def _counts() -> dict[UUID, Counts]:
    one = ChannelListing
    listed = (
        select(
            one.connection_id,
            func.count().label("listed"),
            func.count().filter(one.match == "matched").label("matched"),
            func.count().filter(one.match == "ignored").label("ignored"),
            func.count().filter(listings.PUSH_FAILED).label("push_errors"),
        )
        .where(one.state != "gone")
        .group_by(one.connection_id)
    )
    told = (
        select(
            ChannelOrder.connection_id,
            func.count().filter(ChannelOrder.error != "").label("order_errors"),
            func.count().filter(ChannelOrder.unmatched > 0).label("unmatched_orders"),
        )
        .where((ChannelOrder.error != "") | (ChannelOrder.unmatched > 0))
        .group_by(ChannelOrder.connection_id)
    )
    found: dict[UUID, dict[str, int]] = {}
    for statement in (listed, told):
        for row in db.session().execute(statement).mappings():
            numbers = {name: int(value) for name, value in row.items() if name != "connection_id"}
            found.setdefault(row["connection_id"], {}).update(numbers)
    return {connection_id: Counts(**numbers) for connection_id, numbers in found.items()}


def _running() -> dict[UUID, list[ChannelRun]]:
    found: dict[UUID, list[ChannelRun]] = {}
    wanted = select(ChannelRun).where(ChannelRun.state == "running").order_by(ChannelRun.id)
    for run in db.session().scalars(wanted.execution_options(populate_existing=True)):
        found.setdefault(run.connection_id, []).append(run)
    return found


def names() -> list[ChannelConnection]:
    """Connections that live, for filters."""
    wanted = select(ChannelConnection).where(ChannelConnection.state.in_(LIVE))
    return list(db.session().scalars(wanted.order_by(ChannelConnection.name, ChannelConnection.id)))


def example(rules: Rules) -> Offer:
    """What the rules offer of SAMPLE units, and why."""
    one = UUID(int=0)
    return offer({one: 1}, {one: SAMPLE}, rules)


@dataclass(frozen=True)
class Asked:
    """A consent and the address of the workspace that asked for it."""

    row: ChannelConsent
    slug: str


def consent(nonce: str) -> Asked:
    """In system scope: which workspace asked for this consent. Raises NotFound."""
    wanted = (
        select(ChannelConsent, Workspace.slug)
        .join(Workspace, Workspace.id == ChannelConsent.workspace_id)
        .where(ChannelConsent.nonce == nonce)
    )
    found = db.session().execute(wanted).one_or_none()
    if found is None:
        raise NotFound
    return Asked(*found)
