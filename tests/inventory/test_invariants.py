"""R31: each rule of stock fires for its own corruption, and for no other."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.cli import attention
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.inventory import actions, invariants
from app.inventory.actions import Want
from tests.world import World

ALICE = Actor("person", "Alice")
CORRUPTIONS = {
    "reserved_is_held": "update reservations set state = 'released' where state = 'held'",
    "levels_are_their_movements": "insert into stock_movements (workspace_id, id, variant_id, location_id, on_hand_delta,"
    " reserved_delta, reason, note, actor_name, created_at) select workspace_id, gen_random_uuid(), variant_id,"
    " location_id, 1, 0, 'counted', '', 'Test', now() from stock_levels limit 1",
}


@pytest.fixture
def traded(world: World) -> Any:
    """A variant that was received, sold, counted, held and given back."""
    variant = world.variant(world.product(world.shop(world.north), stock=9))
    until = db.now() + timedelta(minutes=10)
    holders = [new_id() for _ in range(3)]
    for holder in holders:
        with db.buyer(world.fay.id):
            actions.reserve(holder, [Want(world.north.id, variant.id, 2)], until)
    with db.workspace(world.north.id):
        actions.commit(ALICE, holders[0], new_id())
        actions.release(holders[1], [world.north.id])
        actions.receive(ALICE, variant, world.location(world.north.id), 5)
        actions.count(ALICE, variant, world.location(world.north.id), 11)
        actions.restock(ALICE, variant.id, 1, new_id())
    return variant


@pytest.mark.parametrize("rule", invariants.RULES)
def test_r31_each_rule_fires_for_its_own_corruption(traded: Any, rule: str) -> None:
    assert invariants.check() == {}
    with db.system("test world") as session:
        nested = session.begin_nested()
        session.execute(text(CORRUPTIONS[rule]))
        found = invariants.check()
        assert list(found) == [rule] and str(traded.id) in found[rule][0]
        assert invariants.BROKEN.labels(rule)._value.get() == 1
        assert any("stock" in sentence for sentence in attention.waiting())
        nested.rollback()
    assert invariants.check() == {}
    assert invariants.BROKEN.labels(rule)._value.get() == 0
