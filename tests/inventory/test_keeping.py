"""Stock of orders that were sold elsewhere: whatever is told, however often, the holder ends with what its order says."""

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.catalogue.models import Variant
from app.core import db
from app.core.actor import Actor
from app.inventory import actions, invariants, queries
from app.inventory.models import Shortage, StockLevel

PLATFORM = Actor("provider", "TikTok Shop")


@pytest.fixture
def shelf(world: Any) -> Any:
    """A variant with 5 units, and how to keep some of it for a holder."""
    variant = world.variant(world.product(world.shop(world.north), "Print", stock=5)).id

    class Shelf:
        variant_id = variant

        def keep(self, holder: uuid.UUID, units: int, **how: Any) -> int:
            with db.workspace(world.north.id):
                return actions.keep(PLATFORM, holder, {variant: units}, **{"sold": True, **how}).get(variant, 0)

        def level(self) -> tuple[int, int]:
            with db.workspace(world.north.id) as session:
                row = session.scalars(select(StockLevel).where(StockLevel.variant_id == variant)).one()
                session.refresh(row)
                return row.on_hand, row.reserved

        def short(self) -> int:
            with db.workspace(world.north.id):
                return queries.short([variant]).get(variant, 0)

        def receive(self, units: int) -> None:
            with db.workspace(world.north.id):
                actions.receive(PLATFORM, db.get(Variant, variant), actions.default_location(), units)

    return Shelf()


def test_told_twice_it_is_sold_once(shelf: Any) -> None:
    order = uuid.uuid4()
    for _ in range(3):
        assert shelf.keep(order, 2) == 0
    assert shelf.level() == (3, 0)


def test_an_unpaid_order_holds_and_a_paid_one_sells(shelf: Any) -> None:
    order = uuid.uuid4()
    shelf.keep(order, 2, sold=False)
    assert shelf.level() == (5, 2)
    shelf.keep(order, 2)
    assert shelf.level() == (3, 0)


def test_a_part_that_was_cancelled_comes_back_unless_it_is_gone(shelf: Any) -> None:
    order, other = uuid.uuid4(), uuid.uuid4()
    shelf.keep(order, 3)
    shelf.keep(order, 1)
    assert shelf.level() == (4, 0)
    shelf.keep(other, 2)
    shelf.keep(other, 0, restock=False)
    assert shelf.level() == (2, 0)
    shelf.keep(order, 2)
    assert shelf.level() == (1, 0), "more of what was sold leaves the shelf at once"


def test_what_cannot_be_had_is_short_and_filled_when_it_comes(shelf: Any) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    assert shelf.keep(first, 4) == 0
    assert shelf.keep(second, 3) == 2
    assert shelf.level() == (0, 0) and shelf.short() == 2
    shelf.receive(5)
    assert shelf.keep(second, 3) == 0
    assert shelf.level() == (3, 0) and shelf.short() == 0


def test_a_shortage_ends_with_its_order(shelf: Any) -> None:
    order = uuid.uuid4()
    assert shelf.keep(order, 7) == 2
    assert shelf.keep(order, 0) == 0
    assert shelf.level() == (5, 0) and shelf.short() == 0


TOLD = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4), st.booleans()), min_size=1, max_size=25)


@given(TOLD)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_made_and_nothing_is_lost(shelf: Any, told: Any) -> None:
    """Three orders told at random: units on the shelf, held, sold and short always add up, and a replay changes nothing."""
    orders, wanted, paid = [uuid.uuid4() for _ in range(3)], [0, 0, 0], [False] * 3
    for which, units, pays in told:
        paid[which] = paid[which] or pays
        wanted[which] = units
        shelf.keep(orders[which], units, sold=paid[which])
        before = (shelf.level(), shelf.short())
        shelf.keep(orders[which], units, sold=paid[which])
        assert (shelf.level(), shelf.short()) == before
        on_hand, reserved = shelf.level()
        assert 0 <= reserved <= on_hand and on_hand - reserved == 5 - (sum(wanted) - shelf.short())
    assert reserved <= sum(units for units, is_paid in zip(wanted, paid, strict=True) if not is_paid)
    assert invariants.violations() == {}
    for order in orders:
        shelf.keep(order, 0)
    assert (shelf.level(), shelf.short()) == ((5, 0), 0), "everything given up lies on the shelf again"


def test_a_thing_that_never_runs_out_is_not_counted(world: Any) -> None:
    pack = world.variant(world.product(world.shop(world.north), "Pack", ships=False, downloads=True))
    with db.workspace(world.north.id) as session:
        assert actions.keep(PLATFORM, uuid.uuid4(), {pack.id: 9}, sold=True) == {}
        assert session.scalars(select(Shortage)).all() == []
