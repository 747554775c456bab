"""Stock never oversells, whatever order things happen in."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.inventory import actions, queries
from app.inventory.actions import SoldOut, Want
from app.inventory.models import StockLevel, StockMovement
from tests.world import World

ALICE = Actor("person", "Alice")


def soon() -> Any:
    return db.now() + timedelta(minutes=10)


def level(world: World, variant: Any) -> tuple[int, int]:
    with db.workspace(variant.workspace_id) as session:
        row = session.scalars(
            select(StockLevel).where(StockLevel.variant_id == variant.id).execution_options(populate_existing=True)
        ).one()
        return row.on_hand, row.reserved


def test_all_or_nothing_and_every_shortage_is_named(world: World) -> None:
    shop = world.shop(world.north)
    plenty, few = (world.variant(world.product(shop, stock=count)) for count in (10, 1))
    wants = [Want(world.north.id, plenty.id, 3), Want(world.north.id, few.id, 2)]
    with pytest.raises(SoldOut) as refused, db.buyer(world.fay.id):
        actions.reserve(new_id(), wants, soon())
    assert refused.value.items == [(few.id, 1)]
    assert (level(world, plenty), level(world, few)) == ((10, 0), (1, 0))


def test_holding_twice_holds_once_and_selling_twice_sells_once(world: World) -> None:
    variant = world.variant(world.product(world.shop(world.north), stock=5))
    holder, wants = new_id(), [Want(world.north.id, variant.id, 2)]
    for _ in range(2):
        with db.buyer(world.fay.id):
            actions.reserve(holder, wants, soon())
    assert level(world, variant) == (5, 2)
    for _ in range(2):
        with db.workspace(world.north.id):
            actions.commit(ALICE, holder, new_id())
    assert level(world, variant) == (3, 0)
    with db.workspace(world.north.id):
        assert queries.available([variant.id]) == {variant.id: 3}


def test_what_expired_can_be_bought_again(world: World) -> None:
    variant = world.variant(world.product(world.shop(world.north), stock=1))
    with db.buyer(world.fay.id):
        actions.reserve(new_id(), [Want(world.north.id, variant.id, 1)], db.now() - timedelta(seconds=1))
    assert [actions.expire(), actions.expire()] == [1, 0]
    assert level(world, variant) == (1, 0)


def test_a_count_below_what_buyers_hold_is_refused(world: World) -> None:
    variant = world.variant(world.product(world.shop(world.north), stock=5))
    with db.buyer(world.fay.id):
        actions.reserve(new_id(), [Want(world.north.id, variant.id, 4)], soon())
    with pytest.raises(actions.BadQuantity), db.workspace(world.north.id):
        actions.count(ALICE, variant, world.location(world.north.id), 3)
    assert level(world, variant) == (5, 4)


STEPS = st.lists(
    st.tuples(st.sampled_from(["hold", "sell", "release", "receive", "count"]), st.integers(0, 3), st.integers(0, 6)),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_levels_stay_true_through_any_sequence(app: Any, steps: list[tuple[str, int, int]]) -> None:
    """Against a model: reserved never passes on hand, and the movements add up to the level."""
    world = World()
    variant = world.variant(world.product(world.shop(world.north), stock=6))
    holders, held, on_hand = [new_id() for _ in range(4)], dict.fromkeys(range(4), 0), 6
    for kind, who, count in steps:
        holder = holders[who]
        if kind == "hold" and count:
            free = on_hand - sum(held.values())
            missing = count - held[who]
            try:
                with db.buyer(world.fay.id):
                    actions.reserve(holder, [Want(world.north.id, variant.id, count)], soon())
                assert missing <= free
                held[who] = max(held[who], count)
            except SoldOut:
                assert missing > free
        with db.workspace(world.north.id):
            if kind == "sell":
                actions.commit(ALICE, holder, new_id())
                on_hand, held[who] = on_hand - held[who], 0
                holders[who] = new_id()
            elif kind == "release":
                actions.release(holder, [world.north.id])
                held[who] = 0
            elif kind == "receive" and count:
                actions.receive(ALICE, variant, world.location(world.north.id), count)
                on_hand += count
        assert level(world, variant) == (on_hand, sum(held.values()))
    with db.workspace(world.north.id) as session:
        sums = session.execute(
            select(func.sum(StockMovement.on_hand_delta), func.sum(StockMovement.reserved_delta)).where(
                StockMovement.variant_id == variant.id
            )
        ).one()
    assert tuple(sums) == (on_hand, sum(held.values()))


def test_forty_buyers_in_threads_never_get_more_than_there_is(committed: None, app: Any) -> None:
    """Real commits: seven units, forty buyers of one."""
    world = World()
    variant = world.variant(world.product(world.shop(world.north), stock=7))
    got: list[UUID] = []
    told: list[UUID] = []

    def buy() -> None:
        holder = new_id()
        try:
            with db.buyer(holder):
                actions.reserve(holder, [Want(world.north.id, variant.id, 1)], soon())
            got.append(holder)
        except SoldOut:
            told.append(holder)

    threads = [threading.Thread(target=buy) for _ in range(40)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(got), len(told)) == (7, 33)
    assert level(world, variant) == (7, 7)
