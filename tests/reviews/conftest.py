"""Northlight sells a pack of files and a mug; Fay bought them, and says what she thinks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import Product, Shop
from app.core import db
from app.core.actor import Actor
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from app.reviews import actions
from app.reviews.models import Review, ReviewTally
from tests.orders.selling import order_of, pay, place, settle_refund
from tests.world import World

ALICE = Actor("person", "Alice")


def person(row: Any) -> Actor:
    return Actor("person", row.name, row.id)


@dataclass
class Counter:
    """A shop, what it sells, and everything that happens to it. Jobs of reviews run with `jobs`."""

    world: World
    run_jobs: Callable[..., list[str]]
    app: Any
    shop: Shop
    pack: Product
    mug: Product

    def jobs(self) -> None:
        self.run_jobs(only="reviews.")

    def buy(
        self,
        product: Product,
        buyer: UUID,
        email: str = "fay@guildhall.test",
        at: datetime | None = None,
        count: int = 1,
    ) -> Grant:
        """Paid, and by then (an hour ago) in the buyer's hands when it downloads."""
        with db.at(at or db.now() - timedelta(hours=1)):
            group = place(self.world, buyer, (product, count), email=email)
            pay(group, self.run_jobs)
        order = order_of(group, self.shop)
        with db.workspace(product.workspace_id) as session:
            return session.scalars(select(Grant).where(Grant.order_id == order.id)).one()

    def order(self, grant: Grant) -> Order:
        with db.workspace(grant.workspace_id) as session:
            return session.scalars(
                select(Order).where(Order.id == grant.order_id).execution_options(populate_existing=True)
            ).one()

    def ship(self, grant: Grant, tracking: str = "", at: datetime | None = None) -> UUID:
        """All of its order leaves in one parcel. Its fulfilment's id."""
        with db.at(at or db.now()), db.workspace(grant.workspace_id):
            order = self.order(grant)
            return orders.fulfil(
                ALICE, order, {one.id: one.quantity for one in order.lines if one.ships}, "Post", tracking, ""
            ).id

    def deliver(self, grant: Grant, fulfilment: UUID, at: datetime | None = None) -> None:
        with db.at(at or db.now()), db.workspace(grant.workspace_id):
            orders.delivered(self.order(grant), fulfilment)

    def refund(self, grant: Grant, state: str = "succeeded") -> Order:
        """All money of its line goes back."""
        with db.workspace(grant.workspace_id) as session:
            order = self.order(grant)
            line = session.get_one(OrderLine, (order.workspace_id, grant.source_id))
            what = {line.id: orders.RefundLine(line.quantity, order.money(line.total_minor))}
            orders.refund(ALICE, order, what, order.money(0), "requested_by_customer", "", True, str(grant.id))
        self.settle_refund(order, state)
        return order

    def settle_refund(self, order: Order, state: str) -> None:
        settle_refund(order, state, self.run_jobs)
        self.jobs()

    def dispute(self, grant: Grant, status: str) -> None:
        """The bank's word about the payment, as payments announce it."""
        with db.workspace(grant.workspace_id):
            orders.dispute_moved(self.order(grant), status, "")
        self.jobs()

    def say(self, grant: Grant, stars: int = 5, body: str = "", who: Actor | None = None, name: str = "") -> Review:
        actor = who or Actor("buyer", "Guest", grant.buyer_id)
        with db.buyer(grant.buyer_id) as session:
            mine = session.scalars(select(Grant).where(Grant.id == grant.id)).one()
            made = actions.write(actor, mine, actions.Said(stars, body, name))
        self.jobs()
        return next(one for one in self.reviews() if one.id == made.id)

    def reviews(self) -> list[Review]:
        with db.workspace(self.world.north.id) as session:
            wanted = select(Review).order_by(Review.created_at, Review.id).execution_options(populate_existing=True)
            return list(session.scalars(wanted))

    def counts(self, product: Product) -> tuple[int, ...]:
        """What the tally says, from one star to five."""
        with db.public() as session:
            wanted = select(ReviewTally).where(ReviewTally.product_id == product.id)
            row = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
            return row.counts if row else (0, 0, 0, 0, 0)

    def page(self, product: Product) -> str:
        return f"/s/{self.shop.slug}/{product.slug}"

    def browser(self, who: Any = None) -> "Browser":
        client = self.app.test_client()
        return Browser(self.world.sign_in(client, who) if who else client)


@dataclass
class Browser:
    client: Any

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, **data: Any) -> Any:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/discover").text)
        assert found
        return self.client.post(path, data={"csrf_token": found[1], **data})


@pytest.fixture
def counter(world: World, run_jobs: Any, app: Any) -> Counter:
    shop = world.shop(world.north, "Corner")
    pack = world.product(shop, "Pack", ships=False, downloads=True)
    mug = world.product(shop, "Mug", stock=100)
    return Counter(world, run_jobs, app, shop, pack, mug)
