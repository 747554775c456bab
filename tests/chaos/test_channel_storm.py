"""Pushes of platforms by the hundred: five copies of each, shuffled, end as the serial telling does; lost ones are found by looking."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from app.channels.actions import reading
from app.channels.models import ChannelConnection
from app.core import db
from app.orders.models import OrderLine
from app.payments import ledger
from tests.channels.fair import Booth, Fair, registered
from tests.channels.stage import Stage, staged, stages
from tests.letters import Letters

pytestmark = pytest.mark.chaos
EVENTS, STOCK = 200, 500
every = staged()


@pytest.fixture
def fair(world: Any, run_jobs: Any, client: Any, running: str, letters: Letters) -> Iterator[Fair]:
    one = Fair(world, run_jobs, client, running, letters, stock=STOCK)
    with registered(stages(), running, letters.url):
        yield one


def trade(fair: Fair, booth: Booth, chance: Random) -> None:
    """Orders placed, paid, cancelled and moved on until at least EVENTS letters are out."""
    open_orders: list[dict[str, Any]] = []
    first = len(fair.letters.found)
    while len(fair.letters.found) - first < EVENTS:
        act = chance.choice(("place", "place", "place", "cancel", "address"))
        if act == "place" or not open_orders:
            open_orders.append(booth.scene.place(chance.randint(1, 3)))
        elif act == "cancel":
            booth.scene.act(open_orders.pop(chance.randrange(len(open_orders))), "cancel", by="buyer")
        else:
            moved = {"line1": f"{chance.randint(1, 99)} Quay Street"}
            booth.scene.act(chance.choice(open_orders), "change_address", **moved)
        fair.quiet()


def state(fair: Fair, booth: Booth) -> dict[str, Any]:
    """Everything that these news are about: orders by when they were placed there, stock on both sides, the books."""
    rows = sorted(fair.there(booth), key=lambda row: row.remote_id)
    orders = {one.id: one for one in fair.orders()}
    with db.workspace(fair.workspace.id) as session:
        lines = session.scalars(select(OrderLine)).all()
        books = {account: [one.minor for one in sums] for account, sums in ledger.balances().items()}
    return {
        "orders": {
            row.remote_id: (
                row.state,
                orders[row.order_id].state,
                orders[row.order_id].payment_state,
                orders[row.order_id].total_minor,
                orders[row.order_id].ship_to.get("line1"),
                sorted((one.quantity, one.refunded_quantity) for one in lines if one.order_id == row.order_id),
            )
            for row in rows
            if row.order_id
        },
        "available": fair.available(),
        "there": booth.stock(),
        "books": books,
    }


@every
def test_five_shuffled_copies_end_as_the_serial_telling_does(fair: Fair, stage: Stage, seed: int) -> None:
    chance, booth = Random(seed), fair.join(stage, listed=STOCK)
    trade(fair, booth, chance)
    letters_of_this = fair.letters.found[fair.carried :]
    carried = fair.carried
    assert fair.carry(chance, copies=5) >= 5 * EVENTS
    fair.work()
    shuffled = state(fair, booth)
    fair.carried = carried
    fair.letters.found[carried:] = letters_of_this
    fair.carry()
    fair.work()
    assert state(fair, booth) == shuffled
    the_platform_agrees(fair, booth)
    print(f"{stage.kind}: {len(letters_of_this)} pushes × 5, {len(shuffled['orders'])} orders")


@every
def test_one_in_ten_lost_is_found_by_looking(fair: Fair, stage: Stage, seed: int) -> None:
    chance, booth = Random(seed), fair.join(stage, listed=STOCK)
    trade(fair, booth, chance)
    fair.carry(chance, copies=2, lost=0.1)
    fair.work()
    with db.workspace(fair.workspace.id) as session:
        session.execute(update(ChannelConnection).values(orders_until=db.now() - timedelta(hours=6)))
    reading.look(fair.workspace.id, booth.connection_id)
    fair.work()
    the_platform_agrees(fair, booth)


def the_platform_agrees(fair: Fair, booth: Booth) -> None:
    """Every order there is here once, cancelled or not as there, and what is left is what is offered."""
    there = {one["id"]: one for one in booth.scene.look(f"{booth.scene.base}/orders", limit=1000)}
    here = {row.remote_id: row for row in fair.there(booth)}
    assert set(here) == set(there)
    wrong = [
        (key, there[key]["state"], row.state)
        for key, row in here.items()
        if (there[key]["state"] == "cancelled") != (row.state == "cancelled")
    ]
    assert wrong == []
    sold = sum(
        line["quantity"] - line["cancelled"]
        for one in there.values()
        if one["state"] != "cancelled"
        for line in one["lines"]
    )
    assert fair.available() == STOCK - sold == booth.stock()
