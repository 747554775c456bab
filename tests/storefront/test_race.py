"""Many buyers at once, with real commits (RELIABILITY.md R7, R8, R26, R27)."""

import os
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from werkzeug.serving import WSGIRequestHandler, make_server

from app.catalogue.models import DeliveryRate
from app.core import db
from app.core.idempotency import KeyReused
from app.inventory import stock
from app.inventory.models import Reservation, StockLevel
from app.orders import actions as orders
from app.orders.models import Order, OrderGroup
from app.storefront import actions
from app.storefront.models import Checkout
from app.storefront.queries import checkout as queries
from tests.storefront.conftest import Shopper

AT_ONCE = 12
ADDRESS = {"country": "DE", "name": "Kim", "line1": "Hauptstr. 1", "city": "Berlin", "checked": "yes"}


def buy(owner: UUID, total: int) -> str:
    """One buyer's whole way: «placed», or the words of the refusal. Told to try again in a moment, they do."""
    for _ in range(5):
        try:
            return _buy(owner, total)
        except OperationalError as error:
            if not isinstance(error.orig, (LockNotAvailable, QueryCanceled)):
                raise
    raise AssertionError("busy five times in a row")


def _buy(owner: UUID, total: int) -> str:
    """In three requests, as the pages make them."""
    try:
        with db.buyer(owner):
            checkout_id = actions.begin(owner, "USD").id
        with db.buyer(owner):
            checkout = queries.find(owner, checkout_id)
            actions.set_contact(checkout, {"email": f"{owner}@example.com", "name": "Kim"})
            actions.set_address(checkout, ADDRESS, {})
        with db.buyer(owner):
            actions.place(owner, checkout_id, total)
    except actions.CannotHold as refused:
        return refused.message
    return "placed"


def hold(owner: UUID) -> str:
    """The door that takes the stock, alone."""
    try:
        with db.buyer(owner):
            actions.begin(owner, "USD")
    except actions.CannotHold as refused:
        return refused.message
    return "held"


def free_print(world: Any) -> Any:
    """Ten units that cost nothing, delivery included: sold the moment they are placed, no provider involved."""
    shop = world.shop(world.north)
    with db.workspace(shop.workspace_id) as session:
        session.scalars(select(DeliveryRate)).one().price_minor = 0
    return world.product(shop, "Last print", price=0, stock=10)


def together(work: Callable[[Any], Any], things: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, things))


def level(product: Any) -> tuple[int, int]:
    """(on hand, reserved)"""
    with db.workspace(product.workspace_id) as session:
        row = session.execute(
            select(func.sum(StockLevel.on_hand), func.sum(StockLevel.reserved))
            .join(db.Base.metadata.tables["variants"], StockLevel.variant_id == _variants().c.id)
            .where(_variants().c.product_id == product.id)
        ).one()
        return int(row[0]), int(row[1])


def _variants() -> Any:
    return db.Base.metadata.tables["variants"]


def mark_all_paid(workspace_id: UUID) -> None:
    with db.workspace(workspace_id) as session:
        for order in session.scalars(select(Order)).all():
            orders.mark_paid(order)


def test_200_buyers_race_for_the_last_10_units(committed: None, world: Any, filled: Any) -> None:
    """R7: exactly 10 are sold, 190 are told in words, and no sampled instant shows more reserved than there is."""
    print_ = free_print(world)
    buyers = [filled((print_, 1)) for _ in range(200)]
    samples: list[tuple[int, int]] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            samples.append(level(print_))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        answers = together(lambda owner: buy(owner, 0), buyers)
    finally:
        stop.set()
        watcher.join()
    assert Counter(answer == "placed" for answer in answers) == {True: 10, False: 190}
    told = {answer for answer in answers if answer != "placed"}
    assert told == {"Last print is sold out. Nothing was bought and nothing was charged."}
    assert level(print_) == (10, 10)
    assert samples and all(reserved <= on_hand for on_hand, reserved in samples)
    mark_all_paid(world.north.id)
    assert level(print_) == (0, 0)
    with db.workspace(world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Order).where(Order.paid_at.is_not(None))) == 10


@pytest.fixture
def guard_off(committed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look first, then take: the reserve statement without its condition, and without the CHECK that backs it."""

    def take(row: StockLevel, quantity: int) -> bool:
        if row.on_hand - row.reserved < quantity:
            return False
        change = update(StockLevel).where(StockLevel.id == row.id).values(reserved=StockLevel.reserved + quantity)
        db.session().execute(change.execution_options(synchronize_session=False))
        return True

    monkeypatch.setattr(stock, "take", take)
    check = "ck_stock_levels_never_oversold"
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        admin.execute(f"alter table stock_levels drop constraint {check}")
        yield
        admin.execute("truncate stock_levels cascade")
        admin.execute(f"alter table stock_levels add constraint {check} check (reserved <= on_hand)")


def test_without_the_guard_the_same_race_oversells(guard_off: None, world: Any, filled: Any) -> None:
    """The control run: what the test above would miss if the reserve statement did not check."""
    print_ = free_print(world)
    buyers = [filled((print_, 1)) for _ in range(200)]
    answers = together(hold, buyers)
    assert answers.count("held") > 10
    on_hand, reserved = level(print_)
    assert reserved > on_hand


def test_crossed_carts_never_deadlock_and_get_all_or_nothing(committed: None, world: Any, filled: Any) -> None:
    """R8: 100 × 2 carts that want the same two things in opposite order, from two sellers."""
    cup = world.product(world.shop(world.north), "Cup", price=2000, stock=60)
    vase = world.product(world.shop(world.other), "Vase", price=3000, stock=60)
    pairs = [((cup, 1), (vase, 1)), ((vase, 1), (cup, 1))] * 100
    answers = together(lambda owner: buy(owner, 6000), [filled(*pair) for pair in pairs])
    assert answers.count("placed") == 60
    assert all("sold out" in answer for answer in answers if answer != "placed")
    assert level(cup) == (60, 60) and level(vase) == (60, 60)
    assert _held_by_holder(cup) == _held_by_holder(vase), "nobody holds one without the other"


def test_a_buyer_who_waits_too_long_for_others_is_told_to_try_again(committed: None, client: Any, world: Any) -> None:
    shopper, shop = Shopper(client), world.shop(world.north)
    cup = world.product(shop, "Cup", price=2000)
    shopper.add(shop, cup, world.variant(cup))
    with db.workspace(world.north.id) as slow:
        slow.scalars(select(StockLevel).with_for_update()).all()
        answers = list(ThreadPoolExecutor(1).map(lambda _: shopper.begin(), [1]))
    assert answers[0].status_code == 503 and int(answers[0].headers["Retry-After"]) > 0
    assert "Nothing was charged" in answers[0].text and level(cup)[1] == 0
    assert shopper.begin().status_code == 303 and level(cup)[1] == 1


def _held_by_holder(product: Any) -> dict[UUID, int]:
    with db.workspace(product.workspace_id) as session:
        return dict(
            session.execute(
                select(Reservation.holder_id, Reservation.quantity).where(Reservation.state == "held")
            ).all()
        )


def test_twenty_presses_at_once_place_one_order(committed: None, world: Any, filled: Any) -> None:
    """R27: the same answer for all; another total with the same checkout is a conflict."""
    owner = filled((world.product(world.shop(world.north), "Cup", price=2000), 1))
    with db.buyer(owner):
        checkout = actions.begin(owner, "USD")
        actions.set_contact(checkout, {"email": "kim@example.com", "name": "Kim"})
        actions.set_address(checkout, ADDRESS, {})

    def press(_: int) -> UUID:
        with db.buyer(owner):
            return actions.place(owner, checkout.id, 2500)

    assert set(together(press, list(range(20)))) == {checkout.id}
    with db.system("test world") as session:
        assert session.scalar(select(func.count()).select_from(OrderGroup)) == 1
        assert session.scalar(select(func.count()).select_from(Order)) == 1
    with pytest.raises(KeyReused), db.buyer(owner):
        actions.place(owner, checkout.id, 2501)


def test_two_tabs_that_start_at_once_hold_once(committed: None, world: Any, filled: Any) -> None:
    cup = world.product(world.shop(world.north), "Cup", stock=5)
    owner = filled((cup, 2))

    def start(_: int) -> UUID:
        with db.buyer(owner):
            return actions.begin(owner, "USD").id

    assert len(set(together(start, list(range(8))))) == 1
    assert level(cup) == (5, 2)


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """Broken pipes are this test's subject, not news."""


@pytest.fixture
def server(app: Any, committed: None) -> Iterator[int]:
    """The application behind a real socket; yields the port."""
    served = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield served.server_port
    served.shutdown()
    thread.join()


@pytest.mark.parametrize("delay_ms", [0, 2, 5, 10, 15, 25, 40, 60, 90, 150])
def test_a_buyer_who_hangs_up_leaves_a_whole_order_or_none(server: int, app: Any, world: Any, delay_ms: int) -> None:
    """R26: the connection closes some time after the click."""
    shopper = Shopper(app.test_client())
    shops = [world.shop(world.north), world.shop(world.other)]
    for shop in shops:
        product = world.product(shop, price=1000)
        shopper.add(shop, product, world.variant(product))
    checkout = shopper.ready()
    _hang_up(server, shopper, checkout, delay_ms / 1000)
    assert _settled(lambda: db.engine().pool.checkedout() == 0), "a connection was not given back"  # type: ignore[attr-defined]
    with db.system("test world") as session:
        placed = session.scalars(select(OrderGroup)).all()
        written = session.scalars(select(Order)).all()
        state = session.get(Checkout, UUID(checkout)).state
        held = session.scalar(select(func.sum(StockLevel.reserved)))
    assert (len(placed), len(written), state) in ((1, 2, "placed"), (0, 0, "open"))
    assert held == 2


def _hang_up(port: int, shopper: Shopper, checkout: str, delay: float) -> None:
    body = urlencode({"checkout": checkout, "total": shopper.hidden("total"), "csrf_token": shopper.token()})
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in shopper.client._cookies.values())
    request = (
        f"POST /checkout/orders HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    assert re.search(r"visitor=", cookies)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request.encode())
        time.sleep(delay)


def _settled(done: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether `done()` comes true, and stays so for a moment, within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.25)
        if done():
            return True
    return False
