"""Seats and keys when many ask in the same moment, with real commits."""

from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.licences import actions
from app.licences.models import Licence, LicenceActivation, LicenceOffer, LicenceSigner, LicenceStock
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from app.payments.actions import refunds
from app.payments.actions.checkout import mark_paid
from app.payments.models import Refund
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


def test_past_buyers_get_their_keys_once_while_others_buy_and_are_refunded(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    """Eight copies of the job over twelve past purchases and ten listed keys, while three are refunded whole, one by a unit,
    and four people buy: no key twice, none for money that went back, and nobody without a licence."""
    counter = opened(world, app, run_jobs)
    past = [counter.buy(2 if number == 0 else 1, email=f"past{number}@reader.test") for number in range(12)]
    counter.terms(source="listed")
    counter.stock(*(f"LISTED-{n:02}" for n in range(10)))
    groups = [place(world, world.fay.id, (counter.product, 1)) for _ in range(4)]
    with db.system("test world"):
        for group in groups:
            mark_paid(payment(group), None)
    fresh = [order_of(group, counter.shop) for group in groups]
    assert counter.give_past() == 12
    with db.workspace(world.north.id) as session:
        offer_id = session.scalars(select(LicenceOffer.id)).one()

    def act(number: int) -> None:
        if number < 8:
            with db.workspace(world.north.id):
                actions.give_some(offer_id)
        elif number < 12:
            _give_back(world, past[number - 8])
        else:
            with db.workspace(world.north.id):
                orders.mark_paid(db.get(Order, fresh[number - 12].id))

    assert at_once(act, 16) == {"done": 16}
    run_jobs()
    kept = [one for order in (*past, *fresh) for one in counter.licences(order) if one.state != "revoked"]
    keys = [one.key for one in kept if one.key]
    assert len(keys) == len(set(keys)) and len(kept) == 13 - 4 + 4, "a unit that was kept has a licence, no other has"
    with db.system("test world") as session:
        unsold = session.scalar(select(func.count()).select_from(LicenceStock)) or 0
        sold = session.scalar(select(func.count()).select_from(Licence).where(Licence.digest.is_not(None))) or 0
    assert unsold + sold == 10 and (unsold == 0 or len(keys) == len(kept))


def test_a_refund_that_is_being_written_is_waited_for(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    """The job has chosen a purchase of two units; one of them is refunded before it comes to give: one key."""
    counter = opened(world, app, run_jobs)
    order = counter.buy(2)
    counter.terms()
    counter.give_past()
    promised, go_on = Event(), Event()

    def refund() -> None:
        with db.workspace(world.north.id):
            _promise(order)
            promised.set()
            assert go_on.wait(10)

    def give() -> None:
        with db.workspace(world.north.id) as session:
            actions.give_some(session.scalars(select(LicenceOffer.id)).one())

    with ThreadPoolExecutor(2) as pool:
        refunding = pool.submit(refund)
        assert promised.wait(10)
        giving = pool.submit(give)
        wait([giving], timeout=0.5)
        assert not giving.done(), "it waits for the order's lock"
        go_on.set()
        refunding.result(), giving.result()
    assert counter.states(order) == ["active", "revoked"] and counter.licences(order)[1].key == ""


def test_many_admins_start_one_key_while_programs_ask(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    """One of them starts it, and every file that is handed out meanwhile is signed by a key that is published."""
    counter = opened(world, app, run_jobs)
    counter.terms()
    key = counter.key(counter.buy())
    counter.ask("activate", key, fingerprint="laptop")
    at_once(lambda _: _next(world), 12)
    with db.workspace(world.north.id) as session:
        coming = session.scalars(select(LicenceSigner).where(LicenceSigner.started_at.is_(None))).one()
    signed: list[str] = []

    def act(number: int) -> None:
        if number % 2:
            signed.append(counter.ask("validate", key, fingerprint="laptop").get_json()["file"]["key_id"])
        else:
            with db.workspace(world.north.id):
                actions.start(ALICE, coming.id)

    assert at_once(act, 24) == {"done": 13, "StartedBefore": 11}
    with db.workspace(world.north.id) as session:
        rows = {str(row.id): row.state for row in session.scalars(select(LicenceSigner))}
    assert sorted(rows.values()) == ["retired", "signing"] and set(signed) <= set(rows)


def _next(world: World) -> None:
    with db.workspace(world.north.id):
        actions.make_next(ALICE)


def _give_back(world: World, order: Order) -> None:
    """One unit of it is refunded, and the bank has confirmed."""
    with db.workspace(world.north.id):
        row_id = _promise(order)
    with db.workspace(world.north.id):
        refunds._move(row_id, "succeeded", f"re_{row_id}", None)
    with db.workspace(world.north.id):
        orders.refund_moved(db.get(Order, order.id), row_id, "succeeded", "pending")


def _promise(order: Order) -> UUID:
    """In the seller's scope: the money of one unit is to go back."""
    line = db.session().scalars(select(OrderLine.id).where(OrderLine.order_id == order.id)).one()
    wanted = {line: orders.RefundLine(1, Money(2000, "USD"))}
    fresh, nothing = db.get(Order, order.id), Money(0, "USD")
    orders.refund(ALICE, fresh, wanted, nothing, "requested_by_customer", "", False, str(new_id()))
    return db.session().scalars(select(Refund.id).where(Refund.order_id == order.id)).one()
