"""Northlight sells «Brush engine» with licences; Fay buys, and her program asks over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.catalogue.models import Product
from app.core import audit, db
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.money import Money
from app.licences import actions, queries
from app.licences.models import Licence, LicenceOffer
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from tests.orders.selling import order_of, pay, place, settle_refund
from tests.security.conftest import assembled, limited  # noqa: F401  (fixtures)
from tests.security.stage import Browser
from tests.world import World

ALICE = Actor("person", "Alice")


@dataclass
class Counter:
    """A shop that sells keys, and everything that happens to them."""

    world: World
    run_jobs: Callable[..., list[str]]
    app: Any
    shop: Any = None
    product: Any = None
    refunded: list[Order] = field(default_factory=list)

    def terms(self, **changed: Any) -> LicenceOffer:
        """Switch licences on: made keys, three devices, for ever, unless something else is said."""
        usual: dict[str, Any] = {
            "source": "generated",
            "prefix": "BRUSH",
            "activation_limit": 3,
            "valid_days": None,
            "lease_days": 30,
            "warn_below": 2,
            "variants": {},
        }
        with db.workspace(self.world.north.id):
            product = db.get(Product, self.product.id)
            return actions.set_terms(ALICE, product, actions.Terms(**usual | changed))

    def stock(self, *keys: str) -> actions.Imported:
        with db.workspace(self.world.north.id) as session:
            done = actions.import_keys(ALICE, session.scalars(select(LicenceOffer)).one(), keys)
        self.jobs()
        return done

    def jobs(self) -> None:
        self.run_jobs(only="licences.")

    def buy(self, count: int = 1, product: Any = None, email: str = "fay@guildhall.test") -> Order:
        group = place(self.world, self.world.fay.id, (product or self.product, count), email=email)
        pay(group, self.run_jobs)
        self.jobs()
        return order_of(group, self.shop)

    def licences(self, order: Order) -> list[queries.Held]:
        with db.workspace(self.world.north.id):
            return queries.held_in_orders([order.id])

    def key(self, order: Order, unit: int = 1) -> str:
        return self.licences(order)[unit - 1].key

    def states(self, order: Order) -> list[str]:
        return [one.state.value for one in self.licences(order)]

    def refund(self, order: Order, units: int, amount: int) -> None:
        """Promised and paid back, as Stripe's webhook would say."""
        with db.workspace(self.world.north.id) as session:
            order = db.get(Order, order.id)
            line = session.scalars(select(OrderLine.id).where(OrderLine.order_id == order.id)).one()
            wanted = {line: orders.RefundLine(units, Money(amount, "USD"))}
            nothing = Money(0, "USD")
            orders.refund(ALICE, order, wanted, nothing, "requested_by_customer", "", False, str(new_id()))
        settle_refund(order, "succeeded", self.run_jobs)
        self.run_jobs(only="licences.")

    def undo_refund(self, order: Order) -> None:
        """The bank sent the newest refund back."""
        settle_refund(order, "failed", self.run_jobs)
        self.run_jobs(only="licences.")

    def give_past(self) -> int:
        """What a seller presses for those who bought before. Returns how many buyers; the job still waits."""
        with db.workspace(self.world.north.id) as session:
            return actions.give_past(ALICE, session.scalars(select(LicenceOffer)).one())

    def grant(self, order: Order) -> UUID:
        return self.licences(order)[0].licence.grant_id

    def ask(self, verb: str, key: str, **sent: Any) -> Any:
        """What a program hears: it has no cookie, and says which product it is."""
        body = {"key": key, "product": str(self.product.id), **sent}
        return self.app.test_client().post(f"/api/v1/licences/{verb}", json=body)

    def all(self) -> list[Licence]:
        with db.workspace(self.world.north.id) as session:
            return list(session.scalars(select(Licence).order_by(Licence.id)))


def opened(world: World, app: Any, run_jobs: Callable[..., list[str]]) -> Counter:
    made = Counter(world, run_jobs, app)
    made.shop = world.shop(world.north, "Tools")
    made.product = world.product(made.shop, "Brush engine", ships=False, downloads=True, price=2000)
    return made


@pytest.fixture
def counter(world: World, app: Any, run_jobs: Callable[..., list[str]]) -> Counter:
    return opened(world, app, run_jobs)


class Pages:
    """Northlight's licence pages as somebody sees them."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.base = f"/w/{counter.world.north.slug}"
        self.list = f"{self.base}/products/{counter.product.id}/licences"

    def browser(self, person: Any) -> Browser:
        return Browser(self.counter.world.sign_in(self.counter.app.test_client(), person))

    def text(self, person: Any, path: str) -> str:
        answer = self.browser(person).get(path)
        assert answer.status_code == 200, answer.status
        return str(answer.get_data(as_text=True))

    def licence(self) -> str:
        return f"{self.base}/licences/{self.counter.all()[0].id}"


def actions_of(counter: Counter) -> list[str]:
    with db.workspace(counter.world.north.id) as session:
        return list(session.scalars(select(audit.AuditEntry.action).where(audit.AuditEntry.action.like("licences.%"))))


@pytest.fixture
def pages(counter: Counter) -> Pages:
    return Pages(counter)
