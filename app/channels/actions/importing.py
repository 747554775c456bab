"""Listings in: a page at a time, so that a shop of any size goes on where it stopped and says when it will end.

The same reading is the sweep that repairs drift: what the platform shows is compared with what was told last, by value and never
by time, so that the echo of our own push changes nothing (TRAPS.md A3).
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, select, true, update

from app.channels.actions import listings, runs, speaking, stocking
from app.channels.channel import Channel
from app.channels.channel_facts import ListingFacts, Page, Ref
from app.channels.events import ListingsChanged
from app.channels.models import ChannelConnection, ChannelListing, ChannelRun
from app.core import db
from app.core.errors import ProviderError
from app.core.outbox import emit, later

TURN = timedelta(seconds=1)
"""So long one job reads pages, before others get their turn: orders that came wait behind it."""
GIVES_WAY = timedelta(seconds=5)
"""So long the next page stands back for stock that wants to be told; then it is read all the same."""
SHORTLY = timedelta(milliseconds=300)


def import_listings(workspace_id: UUID, connection_id: UUID, kind: str = "listings") -> None:
    """Job: begin a run over everything that is listed; while one is on its way nothing happens."""
    with db.workspace(workspace_id):
        run = runs.begin(connection_id, kind)
        if run is not None:
            later("channels.go_on_importing", workspace_id=workspace_id, run_id=run.id)


def go_on(workspace_id: UUID, run_id: UUID) -> None:
    """Job: page after page while its turn lasts, then the next job goes on from there."""
    end = db.now() + TURN
    while True:
        with db.workspace(workspace_id):
            run = db.get(ChannelRun, run_id)
            if run.state != "running":
                return
            stands_back = _stock_first(run)
            if stands_back or db.now() >= end:
                delay = SHORTLY if stands_back else None
                later("channels.go_on_importing", delay=delay, workspace_id=workspace_id, run_id=run_id)
                return
            connection_id, cursor = run.connection_id, run.cursor
        _read_page(workspace_id, run_id, connection_id, cursor)


def _read_page(workspace_id: UUID, run_id: UUID, connection_id: UUID, cursor: str) -> None:
    """One page, and where the next one begins; the last one ends the run."""
    try:
        page = speaking.ask(workspace_id, connection_id, partial(_page, cursor))
    except ProviderError as error:
        if error.permanent:
            with db.workspace(workspace_id):
                runs.finish(db.get(ChannelRun, run_id), str(error))
        raise
    with db.workspace(workspace_id):
        row, run = db.get(ChannelConnection, connection_id), db.get(ChannelRun, run_id)
        _keep(row, page.items)
        runs.moved(run, done=len(page.items), cursor=page.cursor, left=_left(run, page))
        if not page.cursor:
            _vanished(connection_id, run.created_at)
            mine = update(ChannelConnection).where(ChannelConnection.id == connection_id)
            db.session().execute(mine.values(listings_at=db.now()))
            runs.finish(run)


def _stock_first(run: ChannelRun) -> bool:
    """Whether a change of stock waits for the same workers: buyers are quicker than drift. Never for long, so that runs end.

    A first import is not held up by what it matches itself.
    """
    if run.moved_at < db.now() - GIVES_WAY:
        return False
    wants = ChannelConnection.push_wanted & ChannelConnection.stock_paused.is_(False)
    other = ChannelConnection.id != run.connection_id if run.kind == "listings" else true()
    waits = select(ChannelConnection.id).where(wants, other, ChannelConnection.state == "active")
    return db.session().scalars(waits.limit(1)).first() is not None


def _left(run: ChannelRun, page: Page[ListingFacts]) -> int | None:
    """How many are still to come: what the platform says, or what is known from before. Some count products, and some nothing."""
    if not page.cursor:
        return 0
    mine = (ChannelListing.connection_id == run.connection_id, ChannelListing.state != "gone")
    known = db.session().scalars(select(func.count()).select_from(ChannelListing).where(*mine)).one()
    return max(known - run.done - len(page.items), page.left or 0) or None


def _page(cursor: str, adapter: Channel) -> Page[ListingFacts]:
    return adapter.listings(cursor)


def _keep(row: ChannelConnection, found: Sequence[ListingFacts]) -> None:
    listings.keep(row, found)
    _repair(row, [one.ref for one in found])
    emit(ListingsChanged(workspace_id=row.workspace_id, connection_id=row.id))


def _repair(row: ChannelConnection, refs: Sequence[Ref]) -> None:
    """Ask for a push where the platform shows another number than was told last and than we offer now."""
    rows = [
        one
        for one in listings.found(row.id, refs).values()
        if one.match == "matched" and one.counted and one.asked <= one.pushed_version and one.seen != one.pushed
    ]
    offers = stocking.offers_of(row, rows)
    for one in rows:
        if offers[one.id].units != one.seen:
            stocking.want_one(one.id)


def _vanished(connection_id: UUID, began: object) -> None:
    """What a whole run did not show is not listed any more; its match is kept (TRAPS.md B14)."""
    unseen = (
        ChannelListing.connection_id == connection_id,
        ChannelListing.state != "gone",
        (ChannelListing.seen_at < began) | (ChannelListing.seen_at.is_(None) & (ChannelListing.created_at < began)),
    )
    statement = update(ChannelListing).where(*unseen).values(state="gone")
    db.session().execute(statement.execution_options(synchronize_session=False))


def read_products(workspace_id: UUID, connection_id: UUID, product_ids: Sequence[str]) -> None:
    """Job: a push named these products; what they do not list any more is gone."""
    for product_id in dict.fromkeys(product_ids):
        found = speaking.ask(workspace_id, connection_id, partial(_product, product_id))
        with db.workspace(workspace_id):
            row = db.get(ChannelConnection, connection_id)
            _keep(row, found)
            listings.gone(connection_id, product_id, {one.ref for one in found})


def _product(product_id: str, adapter: Channel) -> Sequence[ListingFacts]:
    return adapter.listing(product_id)


def sweep_all() -> None:
    """Periodic: every active connection is read through, so that drift is found though every push was lost."""
    with db.system("sweep channels") as session:
        active = select(ChannelConnection.workspace_id, ChannelConnection.id).where(ChannelConnection.state == "active")
        rows = session.execute(active).all()
    for workspace_id, connection_id in rows:
        with db.workspace(workspace_id):
            run = runs.begin(connection_id, "sweep")
            if run is not None:
                later("channels.go_on_importing", workspace_id=workspace_id, run_id=run.id)
