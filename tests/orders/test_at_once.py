"""What there is one of is given once, however many ask at the same moment, with real commits (RELIABILITY.md R9)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.access.models import Grant
from app.catalogue import actions as catalogue
from app.catalogue.models import Discount, DiscountUse
from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.money import Money
from app.downloads import actions as downloads
from app.downloads.models import Download
from app.inventory import actions as inventory
from app.inventory import queries as stock
from app.inventory.models import StockLevel
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from app.payments.actions import checkout, refunds
from app.payments.gateway import RefundFacts
from app.payments.models import LedgerTransaction, PaymentPart, Refund
from tests.orders.selling import order_of, pay, payment, place
from tests.world import World

ALICE = Actor("person", "Alice")
MANY = 50
SEEN = downloads.Seen(new_id(), "Firefox on Linux", "203.0.113.0/24")


def at_once(work: Callable[[int], object], count: int = MANY) -> Counter[str]:
    """Do it `count` times, twelve at a time. Returns how often it was «done», and which refusals were met."""

    def one(number: int) -> str:
        try:
            work(number)
        except Refused as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(12) as pool:
        return Counter(pool.map(one, range(count)))


@pytest.mark.parametrize(("terms", "most"), [({"max_uses": 1}, 1), ({"max_uses": 7}, 7), ({"once_per_buyer": True}, 1)])
def test_a_code_is_not_used_more_often_than_it_says(committed: None, world: World, terms: Any, most: int) -> None:
    """R9: fifty orders of one buyer take it at the same moment."""
    shop = world.shop(world.north)
    with db.workspace(world.north.id):
        code = db.add(Discount(shop_id=shop.id, code="LAST", kind="percent", value=1000, **terms))

    def use(_: int) -> None:
        with db.workspace(world.north.id):
            catalogue.use_discount(db.get(Discount, code.id), new_id(), "fay@guildhall.test")

    assert at_once(use) == {"done": most, "DiscountUsedUp": MANY - most}
    with db.workspace(world.north.id) as session:
        assert session.scalar(select(Discount.used_count)) == most
        assert session.scalar(select(func.count()).select_from(DiscountUse)) == most


def test_a_download_limit_holds_for_transfers_that_start_together(
    committed: None, world: World, run_jobs: Callable[..., list[str]]
) -> None:
    """R9: three downloads are left, fifty begin; what is refused used nothing up."""
    product = world.product(world.shop(world.north), "Pack", ships=False, price=1300)
    file = world.file(product, b"the very bytes", download_limit=3)
    with db.workspace(world.north.id):
        db.lock(db.get(type(product), product.id)).downloads = True
    pay(place(world, world.fay.id, (product, 1)), run_jobs)
    with db.buyer(world.fay.id) as session:
        tickets = [
            downloads.redeem(downloads.link(session.scalars(select(Grant)).one(), file.id, SEEN), SEEN)
            for _ in range(MANY)
        ]
    started: list[tuple[Any, UUID]] = []

    def begin(number: int) -> None:
        ticket = tickets[number]
        started.append((ticket, downloads.begin(ticket, 0, ticket.size - 1, "203.0.113.7", "test")))

    assert at_once(begin) == {"done": 3, "LimitReached": MANY - 3}
    for ticket, row_id in started:
        assert b"".join(downloads.send(ticket, row_id, 0, ticket.size - 1)) == b"the very bytes"
    with db.workspace(world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Download).where(Download.counted)) == 3
    assert at_once(begin, 5) == {"LimitReached": 5}


@pytest.fixture
def sold(committed: None, world: World, run_jobs: Callable[..., list[str]]) -> tuple[Any, Any, UUID]:
    """(shop, paid order, id of its only line) of two prints for 40.00."""
    shop = world.shop(world.north)
    group = place(world, world.fay.id, (world.product(shop, stock=5), 2))
    pay(group, run_jobs)
    order = order_of(group, shop)
    with db.workspace(world.north.id) as session:
        return shop, order, session.scalars(select(OrderLine.id)).one()


def test_one_line_is_refunded_once_by_many_people(world: World, sold: tuple[Any, Any, UUID]) -> None:
    """R9, T27: everybody presses with a key of their own; the line gives what it cost and not a cent more."""
    _, order, line_id = sold
    whole = {line_id: orders.RefundLine(2, Money(4000, "USD"))}

    def press(number: int) -> None:
        with db.workspace(world.north.id):
            orders.refund(ALICE, order, whole, Money.zero("USD"), "requested_by_customer", "", True, f"key-{number}")

    assert at_once(press, 20) == {"done": 1, "TooMuch": 19}
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Refund.amount_minor)).all() == [4000]
        assert session.scalar(select(PaymentPart.refunded_minor)) == 4000


def test_one_press_sent_twenty_times_is_one_refund_with_one_answer(world: World, sold: tuple[Any, Any, UUID]) -> None:
    """R27: the same key is the same press; with another amount it is a conflict and moves nothing."""
    _, order, line_id = sold
    made: set[UUID] = set()

    def press(number: int) -> None:
        amount = {line_id: orders.RefundLine(0, Money(500 if number else 501, "USD"))}
        with db.workspace(world.north.id):
            made.add(orders.refund(ALICE, order, amount, Money.zero("USD"), "requested_by_customer", "", False, "key"))

    assert at_once(lambda _: press(1), 20) == {"done": 20} and len(made) == 1
    assert at_once(lambda _: press(0), 3) == {"KeyReused": 3}
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Refund.amount_minor)).all() == [500]


def test_the_answer_to_a_refund_and_its_messages_at_once_book_it_once(
    world: World, sold: tuple[Any, Any, UUID], run_jobs: Callable[..., list[str]]
) -> None:
    """T26: the button's answer and two kinds of messages, three times each, all at the same moment: one debit, one mail's worth."""
    _, order, line_id = sold
    half = {line_id: orders.RefundLine(1, Money(2000, "USD"))}
    with db.workspace(world.north.id):
        made = orders.refund(ALICE, order, half, Money.zero("USD"), "requested_by_customer", "", True, "key")

    def answer(_: int) -> None:
        facts = RefundFacts("re_1", "ch_1", 2000, "USD", "succeeded", "", None, str(made), str(order.id))
        with db.workspace(world.north.id):
            refunds.record(made, facts)

    assert at_once(answer, 9) == {"done": 9}
    run_jobs(only="orders.")
    with db.workspace(world.north.id) as session:
        booked = select(func.count()).select_from(LedgerTransaction).where(LedgerTransaction.kind == "refund")
        assert session.scalar(booked) == 1
        assert session.scalars(select(Refund.state)).all() == ["succeeded"]
        assert session.scalars(select(OrderLine.refunded_minor)).one() == 2000


def test_money_and_the_end_of_a_hold_in_the_same_moment_sell_each_unit_once(committed: None, world: World) -> None:
    """T13: twelve overdue holds are swept by four while their twelve payments arrive."""
    shop = world.shop(world.north)
    product = world.product(shop, stock=12)
    with db.at(db.now() - timedelta(hours=2)):
        groups = [place(world, world.fay.id, (product, 1)) for _ in range(12)]
        with db.system("test world"):
            for group in groups:
                checkout.mark_paid(payment(group), None)

    def step(number: int) -> None:
        if number % 4 == 0:
            inventory.expire()
            return
        with db.workspace(world.north.id):
            orders.mark_paid(db.get(Order, waiting.pop()))

    waiting = [order_of(group, shop).id for group in groups]
    assert at_once(step, 16) == {"done": 16}
    assert [order_of(group, shop).state for group in groups] == ["open"] * 12
    with db.workspace(world.north.id) as session:
        assert session.execute(select(StockLevel.on_hand, StockLevel.reserved)).one() == (0, 0)
    assert stock.violations() == {}
