"""Channels at size: listings in, a change of stock out, a sweep of everything, orders in; through real workers and a live sandbox.

`python -m tests.bench.channels` measures this part alone.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.catalogue.models import Variant
from app.channels import channel
from app.channels.actions import speaking
from app.channels.models import ChannelConnection, ChannelGrant, ChannelListing, ChannelOrder, ChannelRun
from app.core import db
from app.core.actor import Actor
from app.core.outbox import later
from app.inventory import actions as inventory
from app.inventory import queries as stock
from tests.bench.market import PATIENCE, SKUS, Market, counting, hire, sku, until
from tests.channels.fair import registered
from tests.channels.stage import stages
from tests.chaos.crew import Crew
from tests.chaos.despatch import open_jobs

ROUNDS, ORDERS = 20, 100
ALICE = Actor("person", "Alice")
STALE = timedelta(minutes=1)


def report(world: Any, admin_url: str) -> None:
    with _opened(world, admin_url) as market:
        print(
            f"listings in: {_imported(market):.0f} a second, {SKUS:,} SKUs on each of {len(market.scenes)} channels",
            flush=True,
        )
        print(f"a change of stock, nothing else to do: {_changes(market, range(1, ROUNDS + 1))}", flush=True)
        for line in chain(_swept(market), _orders(market)):
            print(line, flush=True)


@contextmanager
def _opened(world: Any, admin_url: str) -> Iterator[Market]:
    with tempfile.TemporaryDirectory(prefix="guildhall-bench-") as folder:
        crew = Crew(Path(folder))
        try:
            hire(crew)
            with registered(stages(), crew.sandbox, crew.url):
                market = Market(world, crew, admin_url)
                market.open()
                yield market
        finally:
            crew.close()


def _quiet() -> None:
    until(lambda: not open_jobs("channels.", "inventory.", "webhooks."))


# --- listings in
def _imported(market: Market) -> float:
    """Listings a second, from the first page to the end of the last, all of them matched."""
    until(lambda: all(one.ended_at for one in _runs(market, "listings")) and len(_runs(market, "listings")) == 3)
    runs = _runs(market, "listings")
    with db.workspace(market.workspace_id) as session:
        matched = select(func.count()).where(ChannelListing.match == "matched")
        assert session.scalar(matched) == SKUS * len(market.scenes)
    _quiet()
    spent = max(one.ended_at for one in runs) - min(one.created_at for one in runs)  # type: ignore[type-var, operator]
    return SKUS * len(runs) / spent.total_seconds()


def _runs(market: Market, kind: str, since: datetime | None = None) -> list[ChannelRun]:
    with db.workspace(market.workspace_id) as session:
        wanted = select(ChannelRun).where(ChannelRun.kind == kind).execution_options(populate_existing=True)
        found = session.scalars(wanted.where(ChannelRun.created_at >= since) if since else wanted)
        return list(found)


# --- stock out
@dataclass
class Changes:
    """Seconds from the commit here until the platform's yes, per channel and round."""

    seconds: list[dict[str, float]] = field(default_factory=list)

    def __str__(self) -> str:
        slowest = sorted(max(one.values()) for one in self.seconds)
        kinds = ", ".join(
            f"{kind} {statistics.median(one[kind] for one in self.seconds):.2f}" for kind in self.seconds[0]
        )
        p95 = slowest[max(round(len(slowest) * 0.95) - 1, 0)]
        return (
            f"all three know it after p50 {statistics.median(slowest):.2f} s, p95 {p95:.2f} s"
            f" over {len(slowest)} rounds (medians: {kinds})"
        )


def _changes(market: Market, numbers: range) -> Changes:
    found = Changes()
    for number in numbers:
        found.seconds.append(_change(market, number))
    return found


def _change(market: Market, number: int) -> dict[str, float]:
    """One SKU gets one unit less. The last look for orders was long ago, so each channel looks first."""
    with db.workspace(market.workspace_id) as session:
        session.execute(update(ChannelConnection).values(looked_at=db.now() - STALE))
        variant = session.scalars(select(Variant).where(Variant.sku == sku(number))).one()
        wanted = (stock.available([variant.id])[variant.id] or 0) - 1
        inventory.adjust_default(ALICE, variant, -1, "counted")
    began = time.time()
    until(lambda: len(_told(market, number, wanted)) == len(market.scenes), 60)
    for scene in market.scenes:
        assert market.stock(scene, number) == wanted
    return {kind: at.timestamp() - began for kind, at in _told(market, number, wanted).items()}


def _told(market: Market, number: int, units: int) -> dict[str, datetime]:
    names = {connection_id: kind for kind, connection_id in market.connections.items()}
    with db.workspace(market.workspace_id) as session:
        wanted = select(ChannelListing.connection_id, ChannelListing.pushed_at)
        rows = session.execute(wanted.where(ChannelListing.sku == sku(number), ChannelListing.pushed == units))
        return {names[row.connection_id]: row.pushed_at for row in rows if row.pushed_at is not None}


# --- a sweep of everything
def _swept(market: Market) -> Iterator[str]:
    """Everything is read while stock goes on changing; what it said of its end at a tenth, and what the platforms saw."""
    with counting(market.crew, list(market.connections)) as counted:
        began = db.now()
        with db.system("bench"):
            later("channels.sweep")
        announced, changes, number = Announced(), Changes(), ROUNDS
        while not announced.note(_runs(market, "sweep", began)) and number < 2 * ROUNDS:
            number += 1
            changes.seconds.append(_change(market, number))
        until(lambda: announced.note(_runs(market, "sweep", began)), 2 * PATIENCE)
    with db.workspace(market.workspace_id) as session:
        gone = select(func.count()).select_from(ChannelListing).where(ChannelListing.state == "gone")
        assert session.scalar(gone) == 0, "what moved while it was read was taken for gone"
    yield f"a change of stock while everything is swept: {changes}"
    names = {connection_id: kind for kind, connection_id in market.connections.items()}
    for run in _runs(market, "sweep", began):
        kind = names[run.connection_id]
        assert run.state == "done" and run.ended_at is not None, (run.state, run.error, run.done)
        profile, most = channel.profiles()[kind], counted.most(kind)
        limit = profile.per_second + profile.burst
        assert most <= limit, f"{kind}: {most} requests in a second, more than {limit}"
        yield (
            f"a sweep of {SKUS:,} SKUs at {kind}: {(run.ended_at - run.created_at).total_seconds():.0f} s,"
            f" {announced.of(run)}; {counted.total(kind)} requests, at most {most} in a second and"
            f" {counted.most(kind, 10) / 10:.1f} a second over ten (ours: {profile.per_second:.0f}, {profile.burst} at once)"
        )


@dataclass
class Announced:
    """The end that each run had announced when a tenth of it was done."""

    ends: dict[UUID, datetime] = field(default_factory=dict)

    def note(self, runs: Sequence[ChannelRun]) -> bool:
        """Look at the runs; True when there are some and all are over."""
        for run in runs:
            if run.ends_at and run.done >= SKUS / 10:
                self.ends.setdefault(run.id, run.ends_at)
        return bool(runs) and all(run.ended_at for run in runs)

    def of(self, run: ChannelRun) -> str:
        if run.id not in self.ends or run.ended_at is None:
            return "no end announced"
        said = (self.ends[run.id] - run.created_at).total_seconds()
        return f"announced after a tenth: {said:.0f} s"


# --- orders in
def _orders(market: Market) -> Iterator[str]:
    """Orders whose pushes are lost, read by one look each; then the bare adapter reads the same."""
    for scene in market.scenes:
        scene.door("market/trouble", platform=scene.stage.kind, kind="drop_event", times=100_000)
        wanted = [{"sku": sku(2 * ROUNDS + number), "quantity": 1} for number in range(1, ORDERS + 1)]
        scene.door(f"{scene.base}/orders", orders=wanted)
    began = db.now()
    for connection_id in market.connections.values():
        with db.workspace(market.workspace_id):
            later("channels.look_for_orders", workspace_id=market.workspace_id, connection_id=connection_id)
    until(lambda: _in_the_book(market) == ORDERS * len(market.scenes))
    ours = (db.now() - began).total_seconds()
    ids = {kind: _remote_ids(market, kind) for kind in market.connections}
    floor = time.perf_counter()
    for kind in market.connections:
        _bare(market, kind, ids[kind], began - STALE)
    bare = time.perf_counter() - floor
    count = ORDERS * len(market.scenes)
    yield (
        f"orders in: {count / ours:.1f} a second, {count} from {len(market.scenes)} channels at once,"
        f" the bare adapters {count / bare:.1f}, ratio {ours / bare:.1f}"
    )
    began = db.now()
    _quiet()
    yield f"what they sold was told everywhere {(db.now() - began).total_seconds():.0f} s later"


def _in_the_book(market: Market) -> int:
    with db.workspace(market.workspace_id) as session:
        there = (ChannelOrder.order_id.is_not(None), ChannelOrder.error == "", ChannelOrder.unmatched == 0)
        return session.scalar(select(func.count()).select_from(ChannelOrder).where(*there)) or 0


def _remote_ids(market: Market, kind: str) -> list[str]:
    with db.workspace(market.workspace_id) as session:
        mine = ChannelOrder.connection_id == market.connections[kind]
        return list(session.scalars(select(ChannelOrder.remote_id).where(mine)))


def _bare(market: Market, kind: str, ids: Sequence[str], since: datetime) -> None:
    """List and read, under our own limit, and do nothing with it."""
    with db.workspace(market.workspace_id):
        row = db.get(ChannelConnection, market.connections[kind])
        adapter = speaking.speaker(row, db.get(ChannelGrant, row.grant_id))
    cursor, seen, most, until_now = "", set(), channel.profiles()[kind].orders_batch, db.now()
    while not seen or cursor:
        page = adapter.orders(since, until_now, cursor)
        seen |= {one.id for one in page.items}
        cursor = page.cursor
    assert set(ids) <= seen
    for start in range(0, len(ids), most):
        assert adapter.read_orders(ids[start : start + most])


def main() -> None:
    from tests import conftest

    conftest._prepare_worker("bench")
    import wsgi  # noqa: F401  connects the database and registers jobs
    from tests.world import World

    report(World(), os.environ["DATABASE_ADMIN_URL"])


if __name__ == "__main__":
    main()
