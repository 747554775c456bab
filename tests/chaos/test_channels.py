"""Three platforms and our own checkout sell the same goods at once, while everybody who carries the news is killed (issue 4)."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
import requests
from sqlalchemy import select

from app.core import db
from app.inventory import invariants as shelves
from app.inventory.models import Shortage
from app.payments import invariants as books
from tests.channels.fair import registered
from tests.channels.stage import stages
from tests.chaos.crew import Crew, Mischief
from tests.chaos.despatch import open_jobs
from tests.chaos.markets import KEEP, PLENTY, SCARCE, STOCK, Market, Markets, Packing, Regrets, hurry
from tests.chaos.served import Browser, web
from tests.cli.test_run import soon

pytestmark = pytest.mark.chaos
BUYERS, OTHERS, PRESENTS, REGRETS, PUSHES = 60, 24, 9, 20, 160
SPREAD = 40.0
"""Seconds within which everybody comes; the seed says how many of them come at once."""
PATIENCE = 600.0
NEWS = ("channels.", "webhooks.", "orders.", "inventory.")
DECK = (
    "sandbox", "sandbox", "sync-1", "sync-2", "sync-1 alone", "sync-2 alone", "default", "payments", "relay",
    "cache", "cache forgets",
)  # fmt: skip
ASKED_AGAIN = ("channels.look_for_orders", "channels.look_for_returns", "channels.check_hooks")
"""Questions that are asked anew every few minutes: one that was given up is no loss."""


@pytest.fixture
def crew(committed: None, tmp_path: Path) -> Iterator[Crew]:
    one = Crew(tmp_path)
    one.hire("sync-1", "sync-2", "bulk", "default", "payments")
    yield one
    one.close()


@pytest.fixture
def markets(crew: Crew, world: Any, tmp_path: Path) -> Iterator[Markets]:
    """Everybody is there, three shops are connected and show what we have; nothing is killed yet."""
    one = Markets(world, crew)
    crew.valkey.start()
    with (
        registered(stages(), crew.sandbox, crew.url),
        web(tmp_path / "web.log", crew.web_port, **crew.settings) as served,
    ):
        crew.tend()
        assert soon(lambda: _calm(crew), 60)
        one.join(Browser(served, world, world.alice))
        assert soon(one.ready, 180), open_jobs(*NEWS)
        yield one


def until(true: Callable[[], bool], crew: Crew, *doing: Callable[[], object]) -> None:
    """Do these things in turn, and bring back who is down, until something holds. Raises AssertionError with what is left."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, open_jobs(*NEWS)
        for one in doing:
            one()
        crew.tend()
        time.sleep(0.2)


def crowd(markets: Markets, chance: Random) -> list[Thread]:
    """Sixty who want one of the ten, others who want several things, and some whose orders are sent while all this goes on."""
    places: list[Market | None] = [*markets.markets, None]
    visits: list[Callable[[Random], None]] = []
    rush = chance.random()
    for _ in range(BUYERS):
        haste = SPREAD / 20 if chance.random() < rush else SPREAD
        visits.append(_visit(markets, chance.choice(places), [(SCARCE, 1)], haste))
    for _ in range(OTHERS):
        wanted = [(sku, chance.randint(1, 2)) for sku in chance.sample(PLENTY, chance.randint(1, 2))]
        visits.append(_visit(markets, chance.choice(places), wanted, SPREAD))
    for number in range(PRESENTS):
        place = markets.markets[number % len(markets.markets)]
        visits.append(_visit(markets, place, [(PLENTY[number % len(PLENTY)], 1 + number % 2)], SPREAD, KEEP))
    return [Thread(target=one, args=(Random(chance.random()),), daemon=True) for one in visits]


def _visit(
    markets: Markets, place: Market | None, items: list[tuple[str, int]], within: float, note: str = ""
) -> Callable[[Random], None]:
    def visit(chance: Random) -> None:
        time.sleep(chance.uniform(0, within))
        if place is None:
            markets.buy_here(chance, items[0][0])
        else:
            markets.buy_there(place, chance, items, note)

    return visit


def test_what_was_sold_everywhere_is_what_there_was_whoever_is_killed(markets: Markets, crew: Crew, seed: int) -> None:
    chance, began = Random(seed), time.monotonic()
    for market in markets.markets:
        market.trouble(chance, PUSHES)
    buyers, killing = crowd(markets, chance), Mischief(crew, Random(seed + 1), 2, DECK)
    regrets, packing = Regrets(markets, chance, REGRETS), Packing(markets)
    rounds = 2 * len(DECK)
    for one in buyers:
        one.start()
    until(
        lambda: len(killing.done) == rounds and not any(one.is_alive() for one in buyers),
        crew,
        killing.tick,
        regrets.tick,
        packing.tick,
    )
    until(lambda: len(packing.sent) >= PRESENTS, crew, packing.tick, lambda: hurry(*NEWS))
    until(lambda: _calm(crew), crew)
    until(lambda: not markets.under_way() and not open_jobs(*NEWS), crew, lambda: hurry(*NEWS))
    markets.look()
    until(lambda: not open_jobs(*NEWS), crew, lambda: hurry(*NEWS))
    over = time.monotonic() - began
    placed = {one.kind: len(one.orders()) for one in markets.markets}
    print(f"killed {dict(Counter(killing.done))}; orders {placed}, here {dict(markets.sold)}; {dict(regrets.done)}")
    print(f"available {markets.available()}, oversold {markets.short()}; {len(packing.sent)} sent; {over:.0f} s")
    everything_is_here_once(markets, packing)
    the_shelves_agree(markets)
    every_oversale_is_flagged(markets)
    each_parcel_was_told_once(markets, packing)
    nothing_was_given_up()


def _calm(crew: Crew) -> bool:
    """The sandbox is there, without faults any more."""
    try:
        return requests.delete(f"{crew.sandbox}/_sandbox/faults", timeout=10).ok
    except requests.RequestException:
        return False


# --- what must be true at the end
def everything_is_here_once(markets: Markets, packing: Packing) -> None:
    """Every order of every platform, in its state there, to the address that it has there now."""
    book = markets.book()
    assert len(book) == sum(len(one.orders()) for one in markets.markets)
    for market in markets.markets:
        there, rows = {one["id"]: one for one in market.orders()}, markets.rows(market)
        assert sorted(row.remote_id for row in rows) == sorted(there)
        assert [row.remote_id for row in rows if row.error or row.unmatched or not row.order_id] == []
        state = market.scene.stage.state
        wrong = [(row.remote_id, state(there[row.remote_id]["state"]), row.state) for row in rows]
        assert [one for one in wrong if one[1] != one[2]] == []
        for row in rows:
            order, doc = book[row.order_id], there[row.remote_id]  # type: ignore[index]
            assert (order.state == "cancelled") == (doc["state"] == "cancelled"), row.remote_id
            if not doc["masked"] and doc["state"] != "cancelled":
                assert order.ship_to["line1"] == doc["recipient"]["line1"], row.remote_id


def the_shelves_agree(markets: Markets) -> None:
    """Per SKU: sold is what there was, less what is left, plus what is short; every platform shows what we offer."""
    sold = Counter(markets.sold)
    for market in markets.markets:
        for order in market.orders():
            if order["state"] != "cancelled":
                for line in order["lines"]:
                    sold[line["sku"]] += line["quantity"] - line["cancelled"]
    free, short = markets.available(), markets.short()
    assert {sku: sold[sku] for sku in STOCK} == {sku: STOCK[sku] - free[sku] + short[sku] for sku in STOCK}
    assert [sku for sku in STOCK if free[sku] and short[sku]] == [], "units that came go to who waits for them"
    assert {market.kind: market.shown() for market in markets.markets} == {one.kind: free for one in markets.markets}
    assert shelves.violations() == {} and books.violations() == []


def every_oversale_is_flagged(markets: Markets) -> None:
    """Who waits for units has an order that says so, and nobody else's does."""
    with db.workspace(markets.workspace.id) as session:
        waiting = set(session.scalars(select(Shortage.holder_id)))
    flagged = {one.group_id for one in markets.book().values() if one.hold_reason.startswith("Oversold")}
    assert flagged == waiting


def each_parcel_was_told_once(markets: Markets, packing: Packing) -> None:
    told = Counter(one["order"] for market in markets.markets for one in market.scene.effects("ship"))
    assert told == dict.fromkeys(packing.sent, 1)
    for market in markets.markets:
        for order in market.orders():
            if order["id"] in packing.sent:
                assert packing.sent[order["id"]] in [one["tracking"] for one in order["packages"]]


def nothing_was_given_up() -> None:
    parked = open_jobs(*NEWS, parked=True)
    assert [one for one in parked if not one.startswith(ASKED_AGAIN)] == []
