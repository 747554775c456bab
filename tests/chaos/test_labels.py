"""Two hundred orders from paid to delivered, while workers, Valkey and the carriers are killed: no label twice, none lost."""

import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import func, select

from app.core import db
from app.orders.models import Fulfilment, Order
from app.payments import invariants, ledger
from app.payments.models import LedgerEntry, LedgerTransaction
from app.shipping.batches import Row
from app.shipping.models import TrackingEvent
from tests.chaos.crew import Crew, Mischief
from tests.chaos.despatch import KEYS, STEPS, Despatch, open_jobs
from tests.chaos.served import Browser, Served, web
from tests.cli.test_run import soon

pytestmark = pytest.mark.chaos
ORDERS, LOOKED_AT = 200, 20
PATIENCE = 900.0
"""Seconds for each half of the way; on two idle cores it takes about three minutes."""


@pytest.fixture
def crew(committed: None, tmp_path: Path) -> Iterator[Crew]:
    one = Crew(tmp_path)
    one.hire()
    yield one
    one.close()


@pytest.fixture
def despatch(crew: Crew, world: Any, run_jobs: Any) -> Despatch:
    """Orders that are paid before anybody works on them."""
    one = Despatch(world, crew.sandbox, run_jobs)
    one.sell(ORDERS)
    return one


@pytest.fixture
def served(despatch: Despatch, crew: Crew, tmp_path: Path) -> Iterator[Served]:
    """Everybody is there, and the carriers know where to tell news; nothing is killed yet."""
    crew.valkey.start()
    with web(tmp_path / "web.log", crew.web_port, **crew.settings) as one:
        crew.tend()
        despatch.connect(*KEYS)
        assert soon(despatch.connected, 120), open_jobs("shipping.")
        yield one


def until(true: Callable[[], bool], crew: Crew, *doing: Callable[[], object]) -> None:
    """Do these things in turn, and bring back who is down, until something holds. Raises AssertionError with what is left."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, open_jobs("shipping.", "webhooks.", "orders.")
        for one in doing:
            one()
        crew.tend()
        time.sleep(0.2)


def test_two_hundred_orders_arrive_once_whoever_is_killed(
    despatch: Despatch, crew: Crew, served: Served, seed: int, world: Any
) -> None:
    chance, began = Random(seed), time.monotonic()
    batch_id, failed = despatch.prepare(chance), Counter[str]()
    looking, buying, moving = (Mischief(crew, Random(seed + turn), rounds) for turn, rounds in enumerate((1, 2, 2), 1))
    until(lambda: despatch.batch(batch_id).state == "ready", crew, looking.tick)
    until(
        lambda: despatch.bought(batch_id) and despatch.drawn(batch_id),
        crew,
        buying.tick,
        lambda: failed.update(despatch.press(batch_id)),
    )
    drawn_in, rows = time.monotonic() - began, despatch.rows(batch_id)
    until(despatch.delivered, crew, moving.tick, Carriers(despatch, rows, chance).tick)
    until(lambda: not open_jobs("shipping.", "webhooks.", "orders."), crew, moving.tick)
    print(f"on paper in {drawn_in:.0f} s, delivered in {time.monotonic() - began:.0f} s")
    print(f"killed {dict(Counter(looking.done + buying.done + moving.done))}; rows tried again {dict(failed)}")
    given_up = open_jobs("shipping.", "webhooks.", "orders.", parked=True)
    assert all(one.startswith("shipping.poll") for one in given_up), "only a question that news answered too"
    the_carriers_sold_each_label_once(despatch)
    the_file_has_a_page_per_order_in_the_picked_order(Browser(served, world, world.alice), despatch, rows, chance)
    the_books_agree(despatch)
    orders_and_pages_agree(Browser(served, world, world.fay), despatch)


class Carriers:
    """Scans, some at a time, each parcel's own in turn; whoever is not there scans later."""

    def __init__(self, despatch: Despatch, rows: list[Row], chance: Random) -> None:
        self._despatch, self._chance = despatch, chance
        self._left = {row.label.tracking_number: list(STEPS) for row in rows if row.label}

    def tick(self) -> None:
        for number in self._chance.sample(sorted(self._left), min(8, len(self._left))):
            if not self._despatch.scan(number, self._left[number][0]):
                return
            del self._left[number][0]
            if not self._left[number]:
                del self._left[number]


# --- what must be true at the end
def the_carriers_sold_each_label_once(despatch: Despatch) -> None:
    """By the sandbox's own ledger: one label a parcel, and each is one of ours at the price we know."""
    sold = despatch.effects("label")
    assert Counter(one["provider"] for one in sold).keys() == KEYS.keys()
    ours = {label.tracking_number: label.total_minor for label in despatch.labels() if label.state == "bought"}
    assert len(sold) == ORDERS and {one["tracking_number"]: one["amount"] for one in sold} == ours
    assert despatch.effects("void") == [] and despatch.effects("return_label") == []
    states = Counter(label.state for label in despatch.labels())
    assert states.keys() <= {"bought", "failed"} and states["bought"] == ORDERS, states
    parcels = despatch.parcels()
    assert len(parcels) == ORDERS and {parcel.tracking_number for parcel in parcels} == ours.keys()


def the_file_has_a_page_per_order_in_the_picked_order(
    seller: Browser, despatch: Despatch, rows: list[Row], chance: Random
) -> None:
    """Every page by its words, some by what a scanner reads at the resolution of a label printer."""
    answer = seller.get(f"/w/{despatch.shipping.workspace.slug}/shipping/batches/1/labels.pdf")
    assert answer.status_code == 200
    pages = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    assert len(pages) == ORDERS
    for row, page in zip(rows, pages, strict=True):
        assert row.label
        words = page.get_textpage().get_text_bounded()
        assert row.label.tracking_number in words and row.order.ship_to["name"].upper() in words.upper()
    for place in chance.sample(range(ORDERS), LOOKED_AT):
        read = [found.text for found in zxingcpp.read_barcodes(pages[place].render(scale=203 / 72).to_pil())]
        assert (label := rows[place].label) and label.tracking_number in read


def the_books_agree(despatch: Despatch) -> None:
    """Everything sums to zero, and each label's cost is booked once, at what the carrier took."""
    assert invariants.violations() == []
    taken = sum(one["amount"] for one in despatch.effects("label"))
    with db.workspace(despatch.workspace_id) as session:
        keys = session.scalars(select(LedgerTransaction.key).where(LedgerTransaction.kind == "label")).all()
        assert sorted(keys) == sorted(f"label:{row.id}" for row in despatch.labels() if row.state == "bought")
        assert [cost.minor for cost in ledger.balances()["label_costs"]] == [taken]
        assert session.scalar(select(func.sum(LedgerEntry.amount_minor))) == 0


def orders_and_pages_agree(buyer: Browser, despatch: Despatch) -> None:
    """What the seller's rows say is what the buyer reads, order by order."""
    with db.workspace(despatch.workspace_id) as session:
        wanted = select(Order).execution_options(populate_existing=True)
        orders = {order.id: order for order in session.scalars(wanted)}
        sent = {row.order_id: row for row in session.scalars(select(Fulfilment))}
        assert session.scalar(select(func.count()).select_from(Fulfilment)) == ORDERS
        assert session.scalar(select(func.count()).select_from(TrackingEvent)) >= ORDERS * len(STEPS)
    assert {order.fulfilment_state for order in orders.values()} == {"fulfilled"}
    for parcel in despatch.parcels():
        assert (parcel.state, parcel.status) == ("delivered", "delivered") and parcel.delivered_at
        fulfilment = sent[parcel.order_id]
        assert (fulfilment.state, fulfilment.tracking_number) == ("delivered", parcel.tracking_number)
        way = buyer.get(f"/t/{parcel.tracking_code}").text
        assert re.search(r"<h1>\s*Delivered\s*</h1>", way) and parcel.tracking_number in way
        purchase = buyer.get(f"/purchases/{orders[parcel.order_id].group_id}").text
        assert parcel.tracking_number in purchase and "Delivered" in purchase
