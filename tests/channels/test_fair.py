"""The whole way with live platforms: connect, list, sell, tell stock and tracking; whatever happens to pushes (issue 4)."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import update

from app.channels.actions import hearing, keeping_up, reading
from app.channels.models import ChannelConnection
from app.core import db
from app.core.actor import Actor
from app.inventory import actions as inventory
from app.orders import actions as orders
from tests.channels.fair import Fair
from tests.channels.stage import Stage, staged, stages

every = staged()
ALICE = Actor("person", "Alice")


@every
def test_a_shop_is_connected_listed_matched_and_told_our_stock(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage, listed=3)
    connection, listing = fair.connection(booth), fair.listing(booth)
    assert (connection.state, connection.error) == ("active", "")
    assert connection.hooks["healthy"] is True
    assert (listing.match, listing.confidence, listing.reason) == ("matched", 100, "Same SKU: TEN-A4")
    assert booth.stock() == 10 and (listing.pushed, listing.seen) == (10, 10)


@every
def test_an_order_arrives_by_its_push_and_every_platform_hears(fair: Fair, stage: Stage) -> None:
    booths = [fair.join(one) for one in stages()]
    mine = next(one for one in booths if one.scene.stage is stage)
    placed = mine.scene.place(3)
    fair.carry()
    fair.work()
    (order,) = fair.orders(stage.kind)
    assert order.payment_state == "paid" and order.ship_to["country"] and fair.available() == 7
    assert [booth.stock() for booth in booths] == [7] * len(booths)
    (row,) = fair.there(mine)
    assert row.remote_id == placed["id"] and row.unmatched == 0 and row.raw


@every
def test_orders_whose_pushes_were_lost_are_found_by_looking(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    for _ in range(4):
        booth.scene.place(1)
    with db.workspace(fair.workspace.id) as session:
        session.execute(update(ChannelConnection).values(orders_until=db.now() - timedelta(hours=2)))
    reading.look(fair.workspace.id, booth.connection_id)
    fair.work()
    assert len(fair.orders(stage.kind)) == 4 and fair.available() == 6 and booth.stock() == 6


@every
def test_a_cancelled_order_gives_its_units_back_everywhere(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    placed = booth.scene.place(4)
    fair.carry()
    fair.work()
    booth.scene.act(placed, "cancel", reason="out_of_stock", by="buyer")
    fair.carry()
    fair.work()
    (order,) = fair.orders(stage.kind)
    assert order.state == "cancelled" and fair.available() == 10 and booth.stock() == 10


@every
def test_what_is_sent_here_is_told_there_once(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    placed = booth.scene.place(2, platform_ships=False)
    fair.carry()
    fair.work()
    (order,) = fair.orders(stage.kind)
    with db.workspace(fair.workspace.id):
        mine = db.get(type(order), order.id)
        orders.fulfil(ALICE, mine, {line.id: line.quantity for line in mine.lines}, "Royal Mail", "RM123456789GB")
    fair.work()
    fair.work()
    assert len(booth.scene.effects("ship")) == 1
    there = booth.scene.order(placed)
    assert any(one["tracking"] == "RM123456789GB" for one in there["packages"])


@every
def test_a_cart_of_ours_lowers_the_platforms_and_gives_back_when_it_ends(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    holder, wants = fair.world.fay.id, [inventory.Want(fair.workspace.id, fair.variant.id, 4)]
    with db.buyer(holder):
        inventory.reserve(holder, wants, db.now() + timedelta(minutes=10))
    fair.work()
    assert booth.stock() == 6
    with db.buyer(holder):
        inventory.release(holder, [fair.workspace.id])
    fair.work()
    assert booth.stock() == 10


@every
def test_access_that_was_taken_back_is_said_once_and_nothing_is_asked_any_more(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    booth.scene.door(f"market/shops/{stage.kind}/{booth.scene.doc['id']}/end-access")
    fair.carry()
    keeping_up.look_after()
    fair.work()
    assert fair.connection(booth).state == "needs_reauth"
    told = fair.connection(booth).told_at
    keeping_up.look_after()
    fair.work()
    assert fair.connection(booth).told_at == told


@staged(lambda one: one.adapter.profile.keeps_missed)
def test_pushes_that_the_platform_gave_up_are_asked_for(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    fair.carry()
    booth.scene.door("faults", event="*", kind="drop_event", times=50)
    for _ in range(2):
        booth.scene.place(1)
    assert fair.carry() == 0 and fair.orders(stage.kind) == []
    booth.scene.sandbox_at_peace()
    assert hearing.catch_up(stage.kind) >= 2
    fair.work()
    assert len(fair.orders(stage.kind)) == 2 and fair.available() == 8
    assert hearing.catch_up(stage.kind) == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_sixty_buyers_everywhere_at_once_buy_what_there_is(fair: Fair, seed: int) -> None:
    """Pushes late, repeated, shuffled, one in ten lost. What was sold is the stock, and what was oversold is flagged."""
    chance, booths = Random(seed), [fair.join(one) for one in stages()]
    sold = 0
    for _ in range(60):
        where = chance.randrange(len(booths) + 1)
        if where == len(booths):
            sold += _buy_here(fair)
        elif booths[where].stock() > 0:
            booths[where].scene.place(1)
            sold += 1
        if chance.random() < 0.3:
            fair.carry(chance, copies=chance.randint(1, 3), lost=0.1)
        if chance.random() < 0.3:
            fair.work()
    for booth in booths:
        with db.workspace(fair.workspace.id) as session:
            session.execute(update(ChannelConnection).values(orders_until=db.now() - timedelta(hours=2)))
        reading.look(fair.workspace.id, booth.connection_id)
    fair.carry(chance, copies=2)
    fair.work()
    assert sold == 10 + fair.short() and fair.available() == 0
    assert [booth.stock() for booth in booths] == [0] * len(booths)
    flagged = [one for one in fair.orders() if one.hold_reason.startswith("Oversold")]
    assert bool(flagged) == bool(fair.short())


def _buy_here(fair: Fair) -> int:
    """One unit in our own checkout, paid."""
    from uuid import uuid4

    holder = uuid4()
    wants = [inventory.Want(fair.workspace.id, fair.variant.id, 1)]
    try:
        with db.buyer(holder):
            inventory.reserve(holder, wants, db.now() + timedelta(minutes=10))
    except inventory.SoldOut:
        return 0
    with db.workspace(fair.workspace.id):
        inventory.commit(ALICE, holder, holder)
    return 1
