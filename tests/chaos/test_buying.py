"""R28: thousands of random steps of buyers, sellers, banks and time; the product and a small model never differ."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select, text

from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.jobs import perform
from app.core.outbox import OutboxJob
from app.inventory import actions as inventory
from app.inventory.models import Location, StockLevel, StockMovement
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from app.payments import invariants
from app.payments.actions.checkout import end, mark_paid
from app.payments.actions.refunds import record
from app.payments.gateway import RefundFacts
from app.storefront import actions
from app.storefront.actions.cart import TooMany
from app.storefront.models import CartItem
from app.storefront.queries import checkout as queries
from tests.chaos.buying import Model, Sale
from tests.orders.selling import payment
from tests.world import World

pytestmark = pytest.mark.chaos
STEPS, EXAMPLES = 60, 200
ADDRESS = {"country": "DE", "name": "Kim", "line1": "Hauptstr. 1", "city": "Berlin", "checked": "yes"}
THINGS, BUYERS = ("cup", "vase", "print"), ("kim", "lee", "sam")
PRICES, DELIVERY = {"cup": 20_00, "vase": 30_00, "print": 7_50}, 5_00
thing, buyer, few = st.sampled_from(THINGS), st.sampled_from(BUYERS), st.integers(1, 3)


class Buying(RuleBasedStateMachine):
    """Every step is taken in the product through its actions and in the model; `agree` compares them after each."""

    app: Any
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.connection = db.engine().connect()
        self.transaction = self.connection.begin()
        db.bind(self.connection)
        self.now = datetime.now().astimezone()
        self.world = World()
        self.people = {name: new_id() for name in BUYERS}
        shops = [self.world.shop(self.world.north), self.world.shop(self.world.other)]
        self.sellers = {"cup": shops[0], "vase": shops[1], "print": shops[0]}
        self.products = {
            name: self.world.product(self.sellers[name], name.title(), price=PRICES[name], stock=4) for name in THINGS
        }
        self.variants = {name: self.world.variant(product) for name, product in self.products.items()}
        self.names = {variant.id: name for name, variant in self.variants.items()}
        self.model = Model(Counter(dict.fromkeys(THINGS, 4)))
        self.groups: list[UUID] = []
        self.actor = Actor("person", "Alice", self.world.alice.id)

    def teardown(self) -> None:
        db.bind(db.engine())
        self.transaction.rollback()
        self.connection.close()

    # --- buyers
    @rule(who=buyer, what=thing, count=few)
    def add(self, who: str, what: str, count: int) -> None:
        with db.at(self.now), db.buyer(self.people[who]):
            try:
                actions.add(self.people[who], self.products[what].workspace_id, self.variants[what].id, count)
            except TooMany:
                assert self.model.cart(who)[what] + count > self.model.available(what, who)
                return
        self.model.cart(who)[what] += count

    @rule(who=buyer, what=thing)
    def remove(self, who: str, what: str) -> None:
        with db.at(self.now), db.buyer(self.people[who]) as session:
            item = session.scalars(select(CartItem).where(CartItem.variant_id == self.variants[what].id)).one_or_none()
            assert (item is not None) == bool(self.model.cart(who)[what])
            if item is not None:
                actions.remove(self.people[who], item.id)
        self.model.cart(who)[what] = 0

    @rule(who=buyer)
    def begin(self, who: str) -> None:
        try:
            self._begin(who)
        except actions.EmptyCart:
            assert not self.model.cart(who).total()
        except actions.PayingAlready:
            assert self.model.paying(who)
        except actions.CannotHold:
            assert not self.model.fits(who)
        else:
            assert self.model.fits(who) and not self.model.paying(who)
            self.model.hold(who, self.now)

    def _begin(self, who: str) -> None:
        with db.at(self.now), db.buyer(self.people[who]):
            checkout = actions.begin(self.people[who], "USD")
            actions.set_contact(checkout, {"email": f"{who}@example.com", "name": who.title()})
            actions.set_address(checkout, ADDRESS, {})

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def place(self, data: Any) -> None:
        """The button with the total of the cart as it is now; the cart may have changed since it was held."""
        who = data.draw(st.sampled_from(sorted(self.model.holds)))
        sellers = {name: str(shop.id) for name, shop in self.sellers.items()}
        total = self.model.total(who, PRICES, sellers, DELIVERY)
        try:
            with db.at(self.now), db.buyer(self.people[who]):
                checkout = queries.open_checkout(self.people[who], "USD")
                assert checkout is not None
                group = actions.place(self.people[who], checkout.id, total)
        except actions.EmptyCart:
            assert not self.model.cart(who).total()
        except actions.CannotHold:
            assert not self.model.fits(who)
        else:
            assert self.model.fits(who)
            self.model.hold(who, self.now)
            self.model.place(who, self.now)
            self.groups.append(group)

    # --- the bank
    def _one(self, data: Any, state: str) -> tuple[Sale, UUID]:
        indexes = [index for index, sale in enumerate(self.model.sales) if sale.state == state]
        index = data.draw(st.sampled_from(indexes))
        return self.model.sales[index], self.groups[index]

    @precondition(lambda self: any(sale.state == "pending" for sale in self.model.sales))
    @rule(data=st.data(), twice=st.booleans())
    def pay(self, data: Any, twice: bool) -> None:
        sale, group = self._one(data, "pending")
        with db.at(self.now):
            with db.system("test world"):
                mark_paid(payment(group), None)
            self._news()
            if twice:
                for order in self._orders(group):
                    with db.workspace(order.workspace_id):
                        assert orders.mark_paid(order) is False
        self.model.pay(sale)

    @precondition(lambda self: any(sale.state == "pending" for sale in self.model.sales))
    @rule(data=st.data(), outcome=st.sampled_from(("expired", "failed", "cancelled")))
    def fail(self, data: Any, outcome: str) -> None:
        sale, group = self._one(data, "pending")
        with db.at(self.now):
            with db.system("test world"):
                end(payment(group), outcome)
            self._news()
        self.model.end(sale)

    @precondition(lambda self: any(sale.state == "paid" for sale in self.model.sales))
    @rule(data=st.data(), count=few, restock=st.booleans(), accepted=st.booleans())
    def refund(self, data: Any, count: int, restock: bool, accepted: bool) -> None:
        sale, group = self._one(data, "paid")
        what = data.draw(st.sampled_from(sorted(sale.units)))
        with db.at(self.now), db.workspace(self.products[what].workspace_id) as session:
            line = session.scalars(
                select(OrderLine)
                .join(Order)
                .where(Order.group_id == group, OrderLine.variant_id == self.variants[what].id)
            ).one()
            order = db.get(Order, line.order_id)
            wanted = {line.id: orders.RefundLine(count, order.money(PRICES[what] * count))}
            left = sale.units[what] - sale.refunded[what]
            try:
                with session.begin_nested():
                    made = orders.refund(
                        self.actor, order, wanted, order.money(0), "requested_by_customer", "", restock, str(new_id())
                    )
            except orders.TooMuch:
                assert count > left
                return
            assert count <= left
            answer = "succeeded" if accepted else "failed"
            amount = PRICES[what] * count
            record(made, RefundFacts(f"re_{made}", "ch", amount, "USD", answer, "", None, str(made), str(order.id)))
        with db.at(self.now):
            self._news()
        if accepted:
            sale.refunded[what] += count
            self.model.on_hand[what] += count if restock else 0

    # --- the seller
    @rule(what=thing, count=few)
    def receive(self, what: str, count: int) -> None:
        with db.at(self.now), db.workspace(self.products[what].workspace_id):
            inventory.receive(self.actor, self.variants[what], self._shelf(), count)
        self.model.on_hand[what] += count

    @rule(what=thing, found=st.integers(0, 8))
    def count(self, what: str, found: int) -> None:
        try:
            with db.at(self.now), db.workspace(self.products[what].workspace_id):
                inventory.count(self.actor, self.variants[what], self._shelf(), found)
        except inventory.BadQuantity:
            assert found < self.model.reserved(what)
        else:
            assert found >= self.model.reserved(what)
            self.model.on_hand[what] = found

    def _shelf(self) -> Location:
        return db.session().scalars(select(Location).where(Location.is_default)).one()

    # --- time
    @rule(minutes=st.integers(1, 12))
    def wait(self, minutes: int) -> None:
        """Payment pages that ran out are ended first, as the provider's message does five minutes before the goods go."""
        self.now += timedelta(minutes=minutes)
        with db.at(self.now):
            for index, sale in enumerate(self.model.sales):
                if sale.state == "pending" and sale.held and sale.held.until <= self.now + timedelta(minutes=1):
                    with db.system("test world"):
                        end(payment(self.groups[index]), "expired")
                    self._news()
                    self.model.end(sale)
            inventory.expire()
        self.model.sweep(self.now)

    # --- news and comparison
    def _news(self) -> None:
        """Handlers of orders and storefront; nothing that talks to a provider."""
        with db.system("jobs") as session:
            waits = OutboxJob.done_at.is_(None) & OutboxJob.name.like("%handlers%")
            jobs = list(session.scalars(select(OutboxJob.id).where(waits).order_by(OutboxJob.id)))
        for job in jobs:
            with self.app.app_context():
                assert perform(str(job)), self._error(job)

    def _error(self, job: UUID) -> str | None:
        with db.system("jobs") as session:
            return session.scalars(select(OutboxJob.error).where(OutboxJob.id == job)).one()

    def _orders(self, group: UUID) -> Iterator[Order]:
        with db.system("test world") as session:
            yield from session.scalars(select(Order).where(Order.group_id == group)).all()

    @invariant()
    def agree(self) -> None:
        Buying.steps += 1
        with db.system("test world") as session:
            session.expire_all()
            levels = session.execute(
                select(StockLevel.variant_id, func.sum(StockLevel.on_hand), func.sum(StockLevel.reserved)).group_by(
                    StockLevel.variant_id
                )
            )
            found = {self.names[row[0]]: (row[1], row[2]) for row in levels if row[0] in self.names}
            moved = dict(
                session.execute(
                    select(StockMovement.variant_id, func.sum(StockMovement.on_hand_delta)).group_by(
                        StockMovement.variant_id
                    )
                ).all()
            )
            states = [
                {order.state for order in session.scalars(select(Order).where(Order.group_id == group))}
                for group in self.groups
            ]
            assert session.scalar(text("select coalesce(sum(amount_minor), 0) from ledger_entries")) == 0
            carts = {name: self._cart(person) for name, person in self.people.items()}
        assert found == {name: (self.model.on_hand[name], self.model.reserved(name)) for name in THINGS}
        movements = {self.names[key]: value for key, value in moved.items() if key in self.names}
        assert movements == {name: self.model.on_hand[name] for name in THINGS}
        expected = {"pending": {"pending"}, "paid": {"open", "done"}, "cancelled": {"cancelled"}}
        assert all(state <= expected[sale.state] for state, sale in zip(states, self.model.sales, strict=True))
        assert carts == {name: +self.model.cart(name) for name in BUYERS}

    def _cart(self, person: UUID) -> Counter[str]:
        items = db.session().scalars(select(CartItem).where(CartItem.owner_id == person))
        return Counter({self.names[item.variant_id]: item.quantity for item in items})


def test_r28_the_buying_path_never_differs_from_its_model(committed: None, app: Any, seed: int) -> None:
    Buying.app = app
    bounds = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(hypothesis_seed(seed)(Buying), settings=bounds)
    print(f"{Buying.steps} steps, no difference")
    assert invariants.violations() == []
