"""Grants, limits and locks under any sequence: a limit is never exceeded, and no right that was paid for is lost.

A model says what must be open; the product is asked through the same actions that people and banks use.
"""

from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from app.access import actions as access
from app.access.models import Grant
from app.catalogue.models import File, Product
from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.downloads import actions, queries
from tests.orders.selling import pay, place
from tests.world import World

SELLER = Actor("person", "Alice")
REASONS = st.sampled_from(["refund", "dispute"])
LIMIT, PLACES = 3, 3
HERE = actions.Seen(uuid4(), "Firefox on Linux", "10.0.0.0/24")


class Rights(RuleBasedStateMachine):
    """The model: what stops it, what was counted out of which limit, and whether it is paused."""

    world: World
    run_jobs: Any
    grant_id: UUID
    file_id: UUID

    @initialize()
    def buy(self) -> None:
        product = self.world.product(self.world.shop(self.world.north), "Pack", ships=False, downloads=True)
        with db.workspace(self.world.north.id) as session:
            db.get(Product, product.id).sharing_places = PLACES
            file = session.scalars(select(File).where(File.product_id == product.id)).one()
            file.download_limit, self.file_id = LIMIT, file.id
        pay(place(self.world, self.world.fay.id, (product, 1)), self.run_jobs)
        with db.workspace(self.world.north.id) as session:
            self.grant_id = session.scalars(select(Grant.id).where(Grant.product_id == product.id)).one()
        self.stops: set[str] = set()
        self.limit: int | None = LIMIT
        self.counted, self.locked = 0, False

    def grant(self) -> Grant:
        with db.system("test world"):
            return queries.own_grant(self.grant_id)

    @rule(reason=REASONS)
    def bank_takes(self, reason: str) -> None:
        with db.workspace(self.world.north.id):
            access.revoke([self.grant().source_id], reason)
        self.stops.add(reason)

    @rule(reason=REASONS)
    def bank_gives_back(self, reason: str) -> None:
        with db.workspace(self.world.north.id):
            access.restore([self.grant().source_id], reason)
        self.stops.discard(reason)

    @rule()
    def seller_closes(self) -> None:
        with db.workspace(self.world.north.id):
            access.revoke([self.grant().source_id], "seller", "why")
        self.stops.add("seller")

    @rule()
    def seller_opens(self) -> None:
        with db.workspace(self.world.north.id):
            actions.reopen(SELLER, self.grant())
        self.stops.discard("seller")

    @rule()
    def seller_resets(self) -> None:
        with db.workspace(self.world.north.id):
            actions.reset(SELLER, self.grant())
        self.counted = 0

    @rule(limit=st.sampled_from([None, 1, 5]))
    def seller_limits(self, limit: int | None) -> None:
        with db.workspace(self.world.north.id):
            actions.allow(SELLER, self.grant(), limit)
        self.limit = limit

    @rule()
    def limits_of_the_files(self) -> None:
        with db.workspace(self.world.north.id):
            actions.allow_as_all(SELLER, self.grant())
        self.limit = LIMIT

    @rule(whole=st.booleans())
    def download(self, whole: bool) -> None:
        expected = self.open_now()
        ticket = self.fetched()
        if ticket is None:
            assert self.locked or not expected, "a right was lost"
            return
        assert expected, "something closed was handed out"
        row = actions.begin(ticket, 0, ticket.size - 1, "10.0.0.7", "Firefox")
        actions.note_sent(ticket, row, ticket.size if whole else ticket.size // 2)
        self.counted += whole

    def fetched(self) -> actions.Ticket | None:
        """What was refused, and noted as under way, stays: the edge commits it."""
        with db.system("test world"):
            try:
                with db.buyer(self.world.fay.id):
                    return actions.redeem(actions.link(self.grant(), self.file_id, HERE), HERE)
            except actions.LooksShared:
                self.locked = True
            except Refused:
                assert not self.locked or self.stops or self.limit is not None
        return None

    @precondition(lambda self: not self.locked)
    @rule(number=st.integers(1, 5))
    def a_stranger_comes(self, number: int) -> None:
        seen = actions.Seen(UUID(int=number), "Chrome on Android", f"10.1.{number}.0/24")
        with db.system("test world"):
            try:
                actions.note_sighting(self.grant(), seen)
            except actions.LooksShared:
                self.locked = True

    @rule()
    def seller_unlocks(self) -> None:
        with db.workspace(self.world.north.id):
            assert actions.lift(SELLER, self.grant()) == self.locked
        self.locked = False

    def open_now(self) -> bool:
        return not self.stops and not self.locked and (self.limit is None or self.counted < self.limit)

    @invariant()
    def what_is_shown_is_what_holds(self) -> None:
        with db.buyer(self.world.fay.id):
            shelf = queries.shelf_of(queries.own_grant(self.grant_id))
        assert set(shelf.grant.stops) == self.stops and (shelf.grant.revoked_at is None) == (not self.stops)
        assert (shelf.lock is not None) == self.locked
        [item] = shelf.items
        assert item.used == self.counted and item.limit == self.limit


def test_no_limit_is_exceeded_and_no_right_is_lost(world: World, run_jobs: Any) -> None:
    class Here(Rights):
        pass

    Here.world, Here.run_jobs = world, staticmethod(run_jobs)
    quickly = settings(
        max_examples=8, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(Here, settings=quickly)
