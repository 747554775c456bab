"""A buyer with a browser: what the pages need, through public doors only."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.catalogue.models import Shop
from app.core import db
from app.core.ids import new_id
from app.inventory.models import StockLevel
from app.orders.models import Order, OrderGroup
from app.storefront import actions
from app.storefront.models import CartItem, Checkout

ADDRESS = {
    "country": "DE",
    "shown_country": "DE",
    "name": "Kim Example",
    "line1": "Hauptstr. 1",
    "city": "Berlin",
    "postcode": "10115",
}


class Shopper:
    """One browser. Forms are sent with the token and hidden fields that the page carried."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def post(self, path: str, **form: Any) -> Any:
        headers = form.pop("headers", {})
        return self.client.post(path, data={**form, "csrf_token": self.token()}, headers=headers)

    def token(self) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get("/cart").text)
        assert found
        return found[1]

    def add(self, shop: Any, product: Any, variant: Any, quantity: object = 1) -> Any:
        return self.post(f"/s/{shop.slug}/{product.slug}/cart-items", variant=str(variant.id), quantity=str(quantity))

    def begin(self, currency: str = "USD") -> Any:
        return self.post("/checkout", currency=currency)

    def hidden(self, name: str, page: str = "/checkout") -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.client.get(page).text)
        assert found, f"{page} has no field {name}"
        return found[1]

    def contact(self, checkout: str, **changes: str) -> Any:
        typed = {"email": "kim@example.com", "name": "Kim Example"} | changes
        return self.post("/checkout/contact", checkout=checkout, **typed)

    def delivery(self, checkout: str, **changes: str) -> Any:
        self.post("/checkout/delivery", checkout=checkout, **{**ADDRESS, **changes, "do": "country"})
        return self.post("/checkout/delivery", checkout=checkout, **{**ADDRESS, **changes})

    def ready(self, ships: bool = True) -> str:
        """Through contact and delivery; returns the checkout's id."""
        assert self.begin().status_code == 303
        checkout = self.hidden("checkout")
        assert self.contact(checkout).status_code == 303
        if ships:
            assert self.delivery(checkout).status_code == 303
        return checkout

    def pay(self, checkout: str, total: object = None) -> Any:
        return self.post(
            "/checkout/orders", checkout=checkout, total=self.hidden("total") if total is None else str(total)
        )


@pytest.fixture
def shopper(client: Any, world: Any) -> Shopper:
    return Shopper(client)


@pytest.fixture
def another(app: Any, world: Any) -> Shopper:
    """A second browser."""
    return Shopper(app.test_client())


@pytest.fixture
def filled(world: Any) -> Callable[..., Any]:
    """A buyer's id with a cart, put there by the action itself: (product, quantity) pairs."""

    def fill(*wants: tuple[Any, int], owner: Any = None) -> Any:
        owner = owner or new_id()
        with db.buyer(owner):
            for product, quantity in wants:
                actions.add(owner, product.workspace_id, world.variant(product).id, quantity)
        return owner

    return fill


@pytest.fixture
def cup(world: Any) -> Any:
    return world.product(world.shop(world.north, "Kiln"), "Cup", price=2000, stock=3)


@pytest.fixture
def with_cup(shopper: Shopper, world: Any, cup: Any) -> Shopper:
    with db.system("test world"):
        shop = db.get(Shop, cup.shop_id)
    shopper.add(shop, cup, world.variant(cup), 2)
    return shopper


def items_of(owner: Any) -> dict[Any, int]:
    with db.buyer(owner) as session:
        return {row.variant_id: row.quantity for row in session.scalars(select(CartItem))}


def only_checkout() -> Checkout:
    with db.system("test world") as session:
        return session.scalars(select(Checkout)).one()


def only_owner() -> Any:
    with db.system("test world") as session:
        return session.scalars(select(CartItem.owner_id).distinct()).one()


def reserved(product: Any) -> int:
    with db.workspace(product.workspace_id) as session:
        return int(session.scalar(select(func.coalesce(func.sum(StockLevel.reserved), 0))) or 0)


def groups() -> list[OrderGroup]:
    with db.system("test world") as session:
        return list(session.scalars(select(OrderGroup)))


def orders() -> list[Order]:
    with db.system("test world") as session:
        return list(session.scalars(select(Order).order_by(Order.number)))
