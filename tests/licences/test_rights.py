"""Whatever order things happen in: seats never go over their limit, no right that was paid for is lost, none outlives its money.

A model of three units of one purchase, walked at random: programs take and give back seats, people free them, limits are edited,
keys disabled and enabled, units refunded, refunds fail, the bank disputes and decides.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
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
from app.core import db
from app.core.errors import Refused
from app.licences import actions, queries
from app.licences.models import Licence
from tests.licences.conftest import ALICE, Counter, opened
from tests.world import World

UNITS, DEVICES = 3, ("a", "b", "c", "d")
UNIT, DEVICE = st.integers(0, UNITS - 1), st.sampled_from(DEVICES)


class Rights(RuleBasedStateMachine):
    """`back` counts refunded units; `whole` and `dispute` stop the grant; the rest is by unit."""

    counter: Counter

    @initialize(limit=st.sampled_from([None, 1, 2, 3]))
    def bought(self, limit: int | None) -> None:
        self.counter.terms(activation_limit=limit)
        order = self.counter.buy(UNITS)
        self.rows = [one.licence.id for one in self.counter.licences(order)]
        with db.workspace(self.here) as session:
            grant = session.scalars(select(Grant).where(Grant.order_id == order.id)).one()
            self.source, self.grant = grant.source_id, grant.id
        self.limits: list[int | None] = [limit] * UNITS
        self.seats: list[set[str]] = [set() for _ in range(UNITS)]
        self.off = [False] * UNITS
        self.back, self.stops = 0, set[str]()

    @property
    def here(self) -> UUID:
        return UUID(str(self.counter.world.north.id))

    def held(self, unit: int) -> queries.Held:
        return queries.one(self.rows[unit])

    @rule(unit=UNIT, device=DEVICE)
    def activate(self, unit: int, device: str) -> None:
        with db.workspace(self.here):
            good, limit = self.held(unit).state == "active", self.limits[unit]
            room = device in self.seats[unit] or limit is None or len(self.seats[unit]) < limit
            try:
                actions.activate(self.rows[unit], device, device)
            except Refused:
                assert not (good and room), "a seat that was paid for and free was refused"
                return
            assert good and room, "a seat was given that nobody paid for"
            self.seats[unit].add(device)

    @rule(unit=UNIT, device=DEVICE)
    def deactivate(self, unit: int, device: str) -> None:
        with db.workspace(self.here):
            try:
                actions.deactivate(self.rows[unit], None, device)
            except Refused:
                assert device not in self.seats[unit]
            self.seats[unit].discard(device)

    @rule(unit=UNIT, device=DEVICE)
    def free(self, unit: int, device: str) -> None:
        with db.workspace(self.here):
            for seat in self.held(unit).seats:
                if seat.fingerprint == device:
                    actions.free(ALICE, self.rows[unit], seat.id, "buyer")
            self.seats[unit].discard(device)

    @rule(unit=UNIT, limit=st.sampled_from([None, 1, 2, 4]))
    def edit(self, unit: int, limit: int | None) -> None:
        with db.workspace(self.here):
            actions.set_limits(ALICE, db.get(Licence, self.rows[unit]), limit, None)
            self.limits[unit] = limit

    @rule(unit=UNIT)
    def switch(self, unit: int) -> None:
        with db.workspace(self.here):
            row = db.get(Licence, self.rows[unit])
            if self.off[unit]:
                actions.enable(ALICE, row)
            else:
                actions.disable(ALICE, row, "shared")
            self.off[unit] = not self.off[unit]

    @rule(units=st.integers(0, UNITS))
    def refund(self, units: int) -> None:
        """So many units are refunded in all; fewer than before means that a refund failed."""
        with db.workspace(self.here):
            before = self.closed()
            actions.follow_refund(self.source, units)
            after = self.closed()
            assert before <= after or after <= before, "closing and opening again touch no other key"
            self.back = units

    @rule(reason=st.sampled_from(["refund", "dispute", "seller"]))
    def stop(self, reason: str) -> None:
        with db.workspace(self.here):
            access.revoke([self.source], reason)
            self.stops.add(reason)

    @precondition(lambda self: self.stops)
    @rule(reason=st.sampled_from(["refund", "dispute", "seller"]))
    def undo(self, reason: str) -> None:
        with db.workspace(self.here):
            access.restore([self.source], reason)
            self.stops.discard(reason)

    def closed(self) -> set[UUID]:
        return {one.id for one in queries.of_grant(self.grant) if one.closed_at is not None}

    @invariant()
    def nothing_is_lost_and_nothing_is_given_away(self) -> None:
        if not hasattr(self, "rows"):
            return
        with db.workspace(self.here):
            every = queries.held(self.grant)
            closed = [one for one in every if one.licence.closed_at is not None]
            assert len(closed) == self.back, "as many keys are closed as units went back"
            for unit, held in enumerate(every):
                assert {one.fingerprint for one in held.seats} == self.seats[unit]
                paid = not self.stops and held.licence.closed_at is None
                assert (held.state == "active") == (paid and not self.off[unit]), held.state
                assert held.key, "a key that was given is always there to read"


@pytest.mark.filterwarnings("ignore")
def test_rights_and_seats_never_differ_from_their_model(
    world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    class Here(Rights):
        def __init__(self) -> None:
            super().__init__()
            self.counter = opened(world, app, run_jobs)

    limits = settings(
        max_examples=10,
        stateful_step_count=16,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(Here, settings=limits)  # type: ignore[no-untyped-call]
