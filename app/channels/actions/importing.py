"""Listings in: a page at a time, so that a shop of any size goes on where it stopped and says when it will end.

The same reading is the sweep that repairs drift: what the platform shows is compared with what was told last, by value and never
by time, so that the echo of our own push changes nothing (TRAPS.md A3).
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.channels.actions import listings, runs, speaking, stocking
from app.channels.channel import Channel
from app.channels.channel_facts import ListingFacts, Page, Ref
from app.channels.events import ListingsChanged
from app.channels.models import ChannelConnection, ChannelListing, ChannelRun
from app.core import db
from app.core.errors import ProviderError
from app.core.outbox import emit, later

TURN = timedelta(seconds=5)
"""So long one job reads pages, before other shops get their turn."""
AT_ONCE = 50


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
            if db.now() >= end:
                later("channels.go_on_importing", workspace_id=workspace_id, run_id=run_id)
                return
            connection_id, cursor = run.connection_id, run.cursor
        _read_page(workspace_id, run_id, connection_id, cursor)


def _read_page(workspace_id: UUID, run_id: UUID, connection_id: UUID, cursor: str) -> None:
    """One page, and where the next one begins; the last one ends the run."""
    try:
        page = speaking.ask(workspace_id, connection_id, partial(_page, cursor), background=True)
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
    """What a whole run did not show may be gone, or have moved between pages while they were read: each product is asked for."""
    unseen = select(ChannelListing.product_ref).where(
        ChannelListing.connection_id == connection_id,
        ChannelListing.state != "gone",
        (ChannelListing.seen_at < began) | (ChannelListing.seen_at.is_(None) & (ChannelListing.created_at < began)),
    )
    refs = sorted(set(db.session().scalars(unseen)))
    ids: dict[str, Any] = {"workspace_id": db.current_workspace(), "connection_id": connection_id}
    for start in range(0, len(refs), AT_ONCE):
        later("channels.check_products", **ids, product_ids=refs[start : start + AT_ONCE])


def read_products(
    workspace_id: UUID, connection_id: UUID, product_ids: Sequence[str], *, background: bool = False
) -> None:
    """Job: a push named these products, or a run did not show them; what they do not list any more is gone."""
    for product_id in dict.fromkeys(product_ids):
        asked = partial(_product, product_id)
        found = speaking.ask(workspace_id, connection_id, asked, background=background)
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
