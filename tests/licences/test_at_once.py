"""Seats and keys when many ask in the same moment, with real commits."""

from collections import Counter as Tally
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core import db
from app.licences import actions
from app.licences.models import LicenceActivation, LicenceStock
from app.orders import actions as orders
from app.orders.models import Order
from app.payments.actions.checkout import mark_paid
from tests.licences.conftest import ALICE, opened
from tests.orders.selling import order_of, payment, place
from tests.orders.test_at_once import MANY, at_once
from tests.world import World


def test_fifty_programs_share_three_seats(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    """Never one more; and a device that asks many times at once has one."""
    counter = opened(world, app, run_jobs)
    counter.terms(activation_limit=3)
    key = counter.key(counter.buy())
    seen: list[int] = []
    at_once(lambda n: seen.append(counter.ask("activate", key, fingerprint=f"device-{n}").status_code))
    assert Tally(seen) == {201: 3, 409: MANY - 3}
    assert _live() == 3
    held = counter.all()[0]
    with db.workspace(world.north.id) as session:
        first = session.scalars(select(LicenceActivation).order_by(LicenceActivation.id)).first()
        assert first is not None
        actions.free(ALICE, held.id, first.id, "seller")
    seen.clear()
    at_once(lambda n: seen.append(counter.ask("activate", key, fingerprint="the-same").status_code))
    assert Tally(seen) == {201: 1, 200: MANY - 1} and _live() == 3


def _live() -> int:
    with db.system("test world") as session:
        wanted = select(func.count()).select_from(LicenceActivation).where(LicenceActivation.freed_at.is_(None))
        return session.scalar(wanted) or 0


def test_a_list_is_sold_once_and_whoever_comes_late_is_owed(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    """Twelve orders are paid at once over nine keys: nine keys, no two alike, three owed, and none left."""
    counter = opened(world, app, run_jobs)
    counter.terms(source="listed")
    counter.stock(*(f"LISTED-{n}" for n in range(9)))
    groups = [place(world, world.fay.id, (counter.product, 1)) for _ in range(12)]
    with db.system("test world"):
        for group in groups:
            mark_paid(payment(group), None)
    placed = [order_of(group, counter.shop) for group in groups]

    def pay(number: int) -> None:
        with db.workspace(world.north.id):
            orders.mark_paid(db.get(Order, placed[number % 12].id))

    assert at_once(pay, 24) == {"done": 24}, "each of them twice"
    counter.jobs()
    found = [one for order in placed for one in counter.licences(order)]
    keys = [one.key for one in found if one.key]
    assert (len(found), len(keys), len(set(keys)), sum(one.owed for one in found)) == (12, 9, 9, 3)
    with db.system("test world") as session:
        assert session.scalar(select(func.count()).select_from(LicenceStock)) == 0
    counter.stock("LATE-1", "LATE-2", "LATE-3")
    assert {one.key for order in placed for one in counter.licences(order)} >= {"LATE-1", "LATE-2", "LATE-3"}


def test_a_seat_is_freed_once_by_whoever_presses_first(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    """Buyer, seller and program at once: one of them frees it, nobody meets an error that is none, the limit holds."""
    counter = opened(world, app, run_jobs)
    counter.terms(activation_limit=1)
    key = counter.key(counter.buy())
    seat = counter.ask("activate", key, fingerprint="old").get_json()["activation"]["id"]
    licence = counter.all()[0].id

    def press(number: int) -> None:
        if number % 2:
            counter.ask("deactivate", key, activation_id=seat)
        else:
            with db.workspace(world.north.id):
                actions.free(ALICE, licence, UUID(seat), "seller")

    assert at_once(press, 20) == {"done": 20}
    with db.system("test world") as session:
        rows = session.scalars(select(LicenceActivation)).all()
    assert len(rows) == 1 and rows[0].freed_by in ("program", "seller")
    assert counter.ask("activate", key, fingerprint="new").status_code == 201
