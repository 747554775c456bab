"""Stock out: our ledger is the master, and every change of it reaches every listing that it touches (TRAPS.md A1-A7).

A change only raises a listing's wanted version. One job per connection tells what is newest, computed in the moment of asking, so
changes that come together are told once, and an older number never follows a newer one: only one job speaks for a connection.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update

from app.channels import channel
from app.channels.actions import listings, reading, runs, speaking
from app.channels.channel_facts import Outcome, Ref, StockChange
from app.channels.events import ListingsChanged
from app.channels.models import ChannelConnection, ChannelListing, ListingPart
from app.channels.stock import Offer, offer, rules_of
from app.core import db
from app.core.outbox import emit, later
from app.inventory import queries as inventory

TELLABLE = ("active", "inactive", "pending")
LEASE = timedelta(seconds=45)
TURN = timedelta(seconds=15)
"""So long one job tells batches, before others get their turn."""
LOOKED = timedelta(seconds=1)
"""So old may the last look for orders be when stock is told; orders that we do not know yet would be given back (A5)."""
WAITS = (5, 30, 120, 600, 3600, 21600)


def want(variant_ids: Iterable[UUID]) -> None:
    """In the workspace's scope: these SKUs changed, so every listing made of them is told anew."""
    touched = select(ListingPart.listing_id).where(ListingPart.variant_id.in_(list(variant_ids)))
    _want(ChannelListing.id.in_(touched))


def want_all(connection_id: UUID) -> None:
    """Everything that a connection lists: its rules changed, or it is new."""
    _want(ChannelListing.connection_id == connection_id)


def want_one(listing_id: UUID) -> None:
    _want(ChannelListing.id == listing_id)


def call(connection_id: UUID) -> None:
    """Listings of this connection want to be told: have the job do it, unless it is on its way."""
    mine = select(ChannelConnection).where(ChannelConnection.id == connection_id)
    row = db.session().scalars(mine.with_for_update(key_share=True)).one()
    _call(row.id, row.push_wanted, row.state)


def remind(connection_id: UUID) -> None:
    """Backstop: a job that was given up, or came while the connection was paused, leaves the flag behind, and nobody calls anew."""
    due = or_(ChannelListing.push_after.is_(None), ChannelListing.push_after <= db.now())
    if db.session().scalar(select(ChannelListing.id).where(*_waiting(connection_id), due).limit(1)) is not None:
        turn = int(db.now().timestamp()) // 600
        key = f"channels.push:{connection_id}:{turn}"
        workspace_id = db.current_workspace()
        later("channels.push_stock", dedupe_key=key, workspace_id=workspace_id, connection_id=connection_id)


def _call(connection_id: UUID, wanted: bool, state: str) -> None:
    if not wanted and state == "active":
        _flag(connection_id, True)
        later("channels.push_stock", workspace_id=db.current_workspace(), connection_id=connection_id)


def _want(mine: ColumnElement[bool]) -> None:
    """Connections are locked first and in one order: whoever clears the flag waits until our versions can be seen."""
    which = select(ChannelListing.connection_id).where(mine, ChannelListing.match == "matched")
    statement = select(ChannelConnection).where(ChannelConnection.id.in_(which)).order_by(ChannelConnection.id)
    locked = db.session().execute(
        statement.with_for_update(key_share=True).with_only_columns(
            ChannelConnection.id, ChannelConnection.push_wanted, ChannelConnection.state
        )
    )
    found = locked.all()
    listings.lock(and_(mine, ChannelListing.match == "matched"))
    raised = (
        update(ChannelListing)
        .where(mine, ChannelListing.match == "matched")
        .values(asked=ChannelListing.asked + 1, push_after=None)
    )
    db.session().execute(raised.execution_options(synchronize_session=False))
    for connection_id, wanted, state in found:
        _call(connection_id, wanted, state)


def _flag(connection_id: UUID, wanted: bool) -> None:
    mine = update(ChannelConnection).where(ChannelConnection.id == connection_id)
    db.session().execute(mine.values(push_wanted=wanted))


@dataclass(frozen=True)
class _Due:
    """A listing to be told: its version and number as they were in one moment."""

    listing_id: UUID
    version: int
    ref: Ref
    units: int
    places: Sequence[str]
    off_sale: bool


def push(workspace_id: UUID, connection_id: UUID) -> None:
    """Job: tell the platform what is due, batch after batch while there is time. Waits while another job is at it."""
    lease = _begin(workspace_id, connection_id)
    if lease is None:
        return
    try:
        _know_orders(workspace_id, connection_id)
        with db.workspace(workspace_id):
            _flag(connection_id, False)
        while _batch(workspace_id, connection_id) and db.now() < lease - LEASE + TURN:
            pass
    finally:
        with db.workspace(workspace_id):
            _end(connection_id, lease)
    with db.workspace(workspace_id):
        _go_on(connection_id)


def _batch(workspace_id: UUID, connection_id: UUID) -> bool:
    """Tell as many listings as go into one call. False when nothing was due."""
    with db.workspace(workspace_id):
        row = db.get(ChannelConnection, connection_id)
        looked, due = _due(row)
        places = dict(row.warehouses)
    if due:
        changes = [StockChange(one.ref, _spread(one, places), one.off_sale and one.units > 0) for one in due]
        outcomes = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.set_stock(changes))
        with db.workspace(workspace_id):
            _told(connection_id, due, outcomes)
    return looked > 0


def _begin(workspace_id: UUID, connection_id: UUID) -> datetime | None:
    """The right to speak, until the returned moment; None while somebody else has it, who is followed shortly."""
    with db.workspace(workspace_id) as session:
        until = db.now() + LEASE
        free = or_(ChannelConnection.pushing_until.is_(None), ChannelConnection.pushing_until < db.now())
        mine = update(ChannelConnection).where(
            ChannelConnection.id == connection_id, ChannelConnection.state == "active"
        )
        taken = session.execute(mine.where(free).values(pushing_until=until).returning(ChannelConnection.id))
        if taken.one_or_none() is None:
            row = db.get(ChannelConnection, connection_id)
            if row.state == "active" and not row.stock_paused:
                later("channels.push_stock", delay=timedelta(seconds=1), **_ids(row))
            return None
    return until


def _ids(row: ChannelConnection) -> dict[str, Any]:
    return {"workspace_id": row.workspace_id, "connection_id": row.id}


def _end(connection_id: UUID, lease: datetime) -> None:
    mine = (ChannelConnection.id == connection_id, ChannelConnection.pushing_until == lease)
    db.session().execute(update(ChannelConnection).where(*mine).values(pushing_until=None))


def _go_on(connection_id: UUID) -> None:
    """More is due than one batch held, or some failed and come again later: ask for the next turn."""
    row = db.get(ChannelConnection, connection_id)
    waiting = select(func.min(func.coalesce(ChannelListing.push_after, func.now()))).where(*_waiting(connection_id))
    first = db.session().scalar(waiting)
    if first is not None and not row.stock_paused:
        delay = max(first - db.now(), timedelta(0))
        if delay < timedelta(minutes=2):
            _flag(connection_id, True)
            later("channels.push_stock", delay=delay or None, **_ids(row))


def _know_orders(workspace_id: UUID, connection_id: UUID) -> None:
    """Orders that were placed there and are not here yet would be given back by an absolute number: read them first."""
    with db.workspace(workspace_id):
        row = db.get(ChannelConnection, connection_id)
        fresh = row.looked_at is not None and row.looked_at > db.now() - LOOKED
    if not fresh:
        reading.look(workspace_id, connection_id, anyway=True)


def _waiting(connection_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        ChannelListing.connection_id == connection_id,
        ChannelListing.match == "matched",
        ChannelListing.state.in_(TELLABLE),
        ChannelListing.asked > ChannelListing.pushed_version,
        ChannelListing.stock_paused.is_(False),
    )


def _due(row: ChannelConnection) -> tuple[int, list[_Due]]:
    """How many listings want to be told, and those that have to be: where the platform had our number from the start, that is noted.

    Once told, a number is told again though it is the same: sales there lower what the platform shows without a word to us.
    """
    if row.stock_paused:
        return 0, []
    ready = or_(ChannelListing.push_after.is_(None), ChannelListing.push_after <= db.now())
    wanted = select(ChannelListing).where(*_waiting(row.id), ready)
    most = channel.profiles()[row.kind].stock_batch
    found = db.session().scalars(wanted.order_by(ChannelListing.push_after, ChannelListing.id).limit(most))
    rows = list(found.all())
    offers = offers_of(row, rows)
    due, shown = [], []
    for one in rows:
        units = offers[one.id].units
        if units is None:
            _mark(one.id, one.asked, {})
        elif one.pushed is None and units == one.seen:
            shown.append((one.id, one.asked, units))
        else:
            due.append(_Due(one.id, one.asked, Ref(one.product_ref, one.variant_ref), units, one.places, one.off_sale))
    _noted(shown)
    return len(rows), due


def _noted(shown: Sequence[tuple[UUID, int, int]]) -> None:
    """The platform shows these numbers already (listing, version, units): written at once, but where something changed meanwhile."""
    mine = tuple_(ChannelListing.id, ChannelListing.asked, ChannelListing.seen).in_(shown)
    told = {"pushed_version": ChannelListing.asked, "pushed": ChannelListing.seen}
    if shown:
        listings.lock(mine)
        statement = update(ChannelListing).where(mine, ChannelListing.asked > ChannelListing.pushed_version)
        db.session().execute(statement.values(told).execution_options(synchronize_session=False))


def offers_of(row: ChannelConnection, rows: Sequence[ChannelListing]) -> dict[UUID, Offer]:
    """What each listing may sell at this moment, and why."""
    parts: dict[UUID, dict[UUID, int]] = {one.id: {} for one in rows}
    wanted = select(ListingPart).where(ListingPart.listing_id.in_(parts))
    for part in db.session().scalars(wanted):
        parts[part.listing_id][part.variant_id] = part.quantity
    free = inventory.available({variant for some in parts.values() for variant in some})
    return {one.id: offer(parts[one.id], free, rules_of(row, one)) for one in rows}


def _spread(one: _Due, places: Mapping[str, str]) -> dict[str, int]:
    """Every place must be named where there are several; all units lie at the first chosen one (TRAPS.md A11)."""
    chosen = next((place for place in places.values() if place in one.places), "")
    if not one.places:
        return {"": one.units}
    home = chosen or one.places[0]
    return {place: one.units if place == home else 0 for place in one.places}


def _log(connection_id: UUID, due: Sequence[_Due], outcomes: Sequence[Outcome]) -> None:
    """A telling that went wrong for some is a run of its own, so that it can be looked at; fine ones are only counted."""
    wrong = [(one, outcome) for one, outcome in zip(due, outcomes, strict=True) if not outcome.ok]
    run = runs.begin(connection_id, "stock", "stock changed") if wrong else None
    if run is not None:
        for one, outcome in wrong:
            runs.failed_item(run, f"{one.ref.product} {one.ref.variant}".strip(), outcome.error, one.listing_id)
        runs.finish(runs.moved(run, done=len(due) - len(wrong), failed=len(wrong)))


def _told(connection_id: UUID, due: Sequence[_Due], outcomes: Sequence[Outcome]) -> None:
    _log(connection_id, due, outcomes)
    for one, outcome in zip(due, outcomes, strict=True):
        if outcome.ok:
            done = {"pushed": one.units, "pushed_at": db.now(), "seen": one.units, "seen_at": db.now()}
            done["off_sale"] = outcome.paused
            _mark(one.listing_id, one.version, {**done, "push_error": "", "push_failures": 0, "push_after": None})
        elif outcome.gone:
            _mark(one.listing_id, one.version, {"state": "gone", "push_error": outcome.error[:500]})
        else:
            _later(one.listing_id, outcome)
    emit(ListingsChanged(workspace_id=db.current_workspace(), connection_id=connection_id))


def _mark(listing_id: UUID, version: int, values: Mapping[str, object]) -> None:
    """`version` was told; a newer one that was told meanwhile stays."""
    mine = (ChannelListing.id == listing_id, ChannelListing.pushed_version < version)
    db.session().execute(
        update(ChannelListing)
        .where(*mine)
        .values(pushed_version=version, **values)
        .execution_options(synchronize_session=False)
    )


def _later(listing_id: UUID, outcome: Outcome) -> None:
    """This one alone waits, longer each time; what never helps by itself waits longest (A6, A7)."""
    row = db.get(ChannelListing, listing_id)
    turn = len(WAITS) - 1 if outcome.permanent else min(row.push_failures, len(WAITS) - 1)
    db.session().execute(
        update(ChannelListing)
        .where(ChannelListing.id == listing_id)
        .values(
            push_error=outcome.error[:500],
            push_failures=ChannelListing.push_failures + 1,
            push_after=db.now() + timedelta(seconds=WAITS[turn]),
        )
        .execution_options(synchronize_session=False)
    )
