"""A room of buyers opens for what is shipped, the moment its payment clears, and closes with the money."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.actor import Actor
from app.core.money import Money
from app.core.outbox import OutboxEvent
from app.forum import actions as forum
from app.forum.models import ForumCategory, Thread
from app.live import presence, stream, telling
from app.live.topics import allowed
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from tests.forum.conftest import Town, actor, found_town

from .conftest import Cart, Market, Seller
from .test_with_orders import order_of, place, real

__all__ = ["real"]
ALICE = Actor("person", "Alice")
PROMISE = "It opens the moment your payment clears"


@dataclass
class Room:
    """Of those who own the mug, with a thread in it, and Fay's browser before its door."""

    market: Market
    seller: Seller
    town: Town
    mug: Any
    category: ForumCategory
    thread: Thread
    fay: Any

    @property
    def topics(self) -> list[str]:
        return [f"thread:{self.thread.id}", f"forum:{self.town.community.workspace_id}:{self.category.id}"]

    def is_open(self) -> bool:
        """Every door says the same: the list, the thread, and the stream."""
        shown = self.fay.get(f"{self.town.path}/{self.category.slug}").text
        assert (PROMISE in shown) is (self.thread.title not in shown)
        found = {
            self.thread.title in shown,
            self.fay.get(f"/threads/{self.thread.id}").status_code == 200,
            allowed(self.topics, self.town.world.fay.id, None),
        }
        assert len(found) == 1
        return found.pop()

    def sold(self) -> Cart:
        """Fay pays on Stripe's page; only Stripe's webhook opens the room."""
        cart = place(self.market, self.mug)
        self.market.pay(cart)
        assert not self.is_open()
        self.market.deliver_new()
        assert self.is_open()
        return cart

    def refund(self, cart: Cart, amount: int, units: int = 0) -> None:
        with db.workspace(self.town.world.north.id) as session:
            order = db.get(Order, order_of(self.market, cart).id)
            line = session.scalars(select(OrderLine.id).where(OrderLine.order_id == order.id)).one()
            what = {line: orders.RefundLine(units, Money(amount, "USD"))}
            none, why = Money.zero("USD"), "requested_by_customer"
            orders.refund(ALICE, order, what, none, why, "", False, f"{amount}")
        self.market.deliver_new()

    def listening(self) -> Iterator[str]:
        fay = self.town.world.fay.id
        frames = stream.events(self.topics, None, fay, partial(allowed, self.topics, fay, None))
        assert next(frames).startswith("retry:")
        return frames

    def tell(self) -> None:
        """The newest fact about the thread reaches all streams, as the relay brings it."""
        with db.system("test world") as session:
            wanted = select(OutboxEvent).where(OutboxEvent.topics.contains(self.topics[:1]))
            row = session.scalars(wanted.order_by(OutboxEvent.id.desc()).limit(1)).one()
            for topic in self.topics:
                stream.hub.deliver(topic, {"id": str(row.id), "event": row.name, "data": row.payload})


@pytest.fixture
def room(real: Market, app: Any, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(presence, "watch", lambda: None)
    telling.draw_with(app)
    seller, world, town = real.seller(), real.world, found_town(real.world)
    mug = world.product(world.shop(world.north, "Kiln"), "Mug", price=2000)
    with db.workspace(world.north.id, world.alice.id):
        category = forum.add_category(actor(world.alice), name="Mug owners", audience="buyers", products=[mug.id])
    thread = town.start(world.alice, "Seconds go here first", category=category)
    return Room(real, seller, town, mug, category, thread, world.sign_in(app.test_client(), world.fay))


def test_a_mugs_room_opens_with_its_payment_and_closes_with_its_refund(room: Room, app: Any) -> None:
    world, town = room.town.world, room.town
    assert not room.is_open()
    cart = room.sold()
    town.reply(world.fay, room.thread, "Is number one still there?")
    assert "Verified buyer" in world.sign_in(app.test_client(), world.alice).get(f"/threads/{room.thread.id}").text
    room.refund(cart, 700, units=1)
    assert room.is_open(), "some of the money stays paid, so the mug is still hers"
    frames = room.listening()
    room.refund(cart, 1300)
    assert not room.is_open()
    town.reply(world.alice, room.thread, "Secret of the trade")
    room.tell()
    assert list(frames) == [stream.GONE]
    assert "Verified buyer" not in world.sign_in(app.test_client(), world.alice).get(f"/threads/{room.thread.id}").text
    last = room.market.refunds(room.seller)[-1]
    room.market.sandbox.post(f"refunds/{last.stripe_refund_id}", status="failed")
    room.market.deliver_new()
    assert room.is_open(), "her bank sent the refund back, so she has paid"


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_closes_the_room_until_it_is_won(room: Room, outcome: str) -> None:
    cart = room.sold()
    dispute = room.market.sandbox.post("disputes", charge=room.market.charge_id(cart))["id"]
    room.market.deliver_new()
    assert not room.is_open()
    room.market.sandbox.post(f"disputes/{dispute}", outcome=outcome)
    room.market.deliver_new()
    assert room.is_open() is (outcome == "won")


def test_a_cancelled_order_closes_the_room(room: Room) -> None:
    cart = room.sold()
    with db.workspace(room.town.world.north.id):
        orders.cancel(ALICE, db.get(Order, order_of(room.market, cart).id), "The kiln broke")
    room.market.deliver_new()
    assert not room.is_open()
