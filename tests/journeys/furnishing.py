"""Furnishes the warehouse through the same actions that people use: `python -m tests.journeys.furnishing <sandbox's url> <slug>`.

It runs with the town's own environment and prints what it made as JSON. The town's workers do the rest: they render the
pictures, open and settle the payments, and check the carrier account.
"""

import io
import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import requests
from PIL import Image
from sqlalchemy import select

from app.accounts.models import User
from app.catalogue import actions as catalogue
from app.catalogue.models import Product, Shop, Variant
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.money import Money
from app.inventory import actions as inventory
from app.inventory.stock import default_location
from app.orders import actions as orders
from app.orders.models import Order
from app.payments import actions as payments
from app.payments import queries as paid
from app.shipping.actions import accounts, parcels, presets
from app.workspaces import actions as workspaces
from tests.journeys.warehouse import BATCH, BUYER, JOURNEYS, OWNER

HOME = {
    "name": "Harbour Post", "line1": "388 Townsend St", "line2": "Apt 20", "city": "San Francisco", "region": "CA",
    "postcode": "94107", "country": "US", "phone": "5555555555", "email": "post@harbour.example",
}  # fmt: skip
STREETS = (
    ("179 N Harbor Dr", "Redondo Beach", "CA", "90277"),
    ("44 Oak Avenue", "Portland", "OR", "97209"),
    ("12 Congress Avenue", "Austin", "TX", "78756"),
    ("300 E 161st Street", "Bronx", "NY", "10451"),
)
NOWHERE = ("0 Unknown Road", "Redondo Beach", "CA", "90277")
T = TypeVar("T")


def until(look: Callable[[], T | None], seconds: float = 120) -> T:
    """What `look` answers once it answers something. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise TimeoutError("the town's workers did not come to it")


class Seller:
    """The workspace with its shop, two products on the shelf and a carrier account; and somebody who buys there."""

    def __init__(self, owner: User, buyer: User, sandbox: str, slug: str) -> None:
        self.actor, self.owner_id = Actor("person", owner.name, owner.id), owner.id
        self.buyer_id, self.sandbox, self.slug = buyer.id, sandbox, slug
        self.name = slug.replace("-", " ").title()
        with db.buyer(self.owner_id):
            self.workspace_id = workspaces.create(self.actor, slug, self.name, 200).id
        with db.workspace(self.workspace_id, self.owner_id):
            shop = self._shop()
            self.shop_id = shop.id
            self.wares = [self._ware(shop, "Tide chart", "TIDE-01", 2400), self._ware(shop, "Mug", "MUG-01", 1800)]
            presets.change_settings(self.actor, parcels.settings_of().version, sender=HOME)
            accounts.connect(self.actor, "easypost", "EasyPost", {"api_key": f"EZTK_{slug}"})

    def _shop(self) -> Shop:
        shop = catalogue.create_shop(self.actor, self.name, self.slug, tagline="Charts and mugs for people by the sea")
        zone = catalogue.create_zone(self.actor, shop, "Everywhere", ["*"])
        catalogue.create_rate(self.actor, zone, "Standard", Money(500, "USD"))
        catalogue.open_shop(self.actor, shop)
        return shop

    def _ware(self, shop: Shop, title: str, sku: str, price: int) -> Variant:
        money = Money(price, "USD")
        made = catalogue.create_product(self.actor, shop, title, ships=True, downloads=False, price=money, sku=sku)
        variant = db.session().scalars(select(Variant).where(Variant.product_id == made.id)).one()
        catalogue.update_variant(self.actor, variant, weight_g=300, length_mm=200, width_mm=150, height_mm=80)
        inventory.receive(self.actor, variant, default_location(), 500, "First delivery")
        picture = io.BytesIO()
        Image.new("RGB", (480, 480), (38, 84, price % 200)).save(picture, "JPEG")
        picture.seek(0)
        catalogue.add_picture(self.actor, made, picture, "picture.jpg", title)
        return variant

    def offer(self) -> None:
        """List the products, once the town's workers have rendered their pictures."""
        for ware in self.wares:
            until(lambda ware=ware: self._listed(ware.product_id))  # type: ignore[misc]

    def _listed(self, product_id: UUID) -> bool:
        try:
            with db.workspace(self.workspace_id, self.owner_id):
                catalogue.list_product(self.actor, db.get(Product, product_id))
        except catalogue.NotReady:
            return False
        return True

    def sell(self, name: str, street: tuple[str, str, str, str]) -> UUID:
        """One chart and two mugs, placed but not paid. Returns the purchase's id."""
        ends, group_id, (line1, city, region, postcode) = db.now() + timedelta(hours=2), new_id(), street
        to = {"name": name, "line1": line1, "city": city, "region": region, "postcode": postcode, "country": "US"}
        bought = list(zip(self.wares, (1, 2), strict=True))
        lines = [orders.LineRequest(ware.id, count, ware.price, Money.zero("USD")) for ware, count in bought]
        delivery = Money(500, "USD")
        part = orders.SellerOrder(
            self.workspace_id, self.shop_id, lines, delivery, "Standard", "", {**to, "phone": "5555555555"}
        )
        with db.buyer(self.buyer_id):
            wants = [inventory.Want(self.workspace_id, ware.id, count) for ware, count in bought]
            inventory.reserve(group_id, wants, ends)
            orders.place(self.buyer_id, group_id, BUYER, name, "USD", [part], ends)
        return group_id

    def be_paid(self, group_id: UUID) -> None:
        """The buyer pays on the payment page, as soon as a worker has opened it."""
        body = {"card": "4242424242424242", "email": BUYER}
        url = f"{self.sandbox}/_sandbox/checkout/{until(lambda: _page(group_id))}/pay"
        requests.post(url, json=body, timeout=20).raise_for_status()
        with db.system("seed"):
            payment = paid.payment_for(group_id)
        assert payment is not None
        payments.settle(payment.id)

    def numbers(self, groups: list[UUID]) -> list[int] | None:
        """The orders' numbers in the order of `groups`, once every one of them is paid."""
        with db.workspace(self.workspace_id) as session:
            rows = session.scalars(select(Order).where(Order.group_id.in_(groups)))
            found = {row.group_id: row.number for row in rows if row.paid_at is not None}
        return [found[group] for group in groups] if len(found) == len(groups) else None


def _page(group_id: UUID) -> str | None:
    with db.system("seed"):
        payment = paid.payment_for(group_id)
        return payment.session_id if payment else None


def main(sandbox: str, slug: str) -> None:
    with db.system("seed") as session:
        people = {person.email: person for person in session.scalars(select(User))}
    seller = Seller(people[OWNER], people[BUYER], sandbox, slug)
    seller.offer()
    named = [(f"{name.title()} Journey", STREETS[0]) for name in JOURNEYS]
    batch = [(f"Batch {n:02}", NOWHERE if n == 3 else STREETS[n % 4]) for n in range(1, BATCH + 1)]
    groups = [seller.sell(*who) for who in (*named, *batch)]
    for group in groups:
        seller.be_paid(group)
    numbers = until(lambda: seller.numbers(groups))
    alone, owners = (dict(zip(JOURNEYS, found, strict=False)) for found in (numbers, map(str, groups)))
    print(json.dumps({"slug": slug, "batch": numbers[len(JOURNEYS) :], "alone": alone, "groups": owners}))


if __name__ == "__main__":
    from wsgi import app

    with app.app_context():
        main(*sys.argv[1:])
