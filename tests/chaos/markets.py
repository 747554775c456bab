"""Three shops at three platforms that sell what we sell, and the crowd that buys there and here at once.

Everything that happens there is asked of the sandbox's doors, which are away when the sandbox is: buyers then come again.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

import requests
from sqlalchemy import select

from app.catalogue.models import Variant
from app.channels.models import ChannelConnection, ChannelListing, ChannelOrder
from app.core import db
from app.core.actor import Actor
from app.core.jobs import hasten
from app.core.outbox import OutboxJob, later
from app.inventory import actions as inventory
from app.inventory import queries as stock
from app.orders import actions as orders
from app.orders.models import Order
from tests.channels import browsing
from tests.channels.stage import Doc, Scene, stages
from tests.chaos.crew import Crew
from tests.chaos.served import Browser
from tests.letters import Letters
from tests.world import World

SCARCE = "TEN-A4"
STOCK = {SCARCE: 10, "TEN-A3": 60, "SEA-A4": 60, "SEA-A3": 60}
PLENTY = [sku for sku in STOCK if sku != SCARCE]
CHOICE = {"tiktok": "shop", "shopee": "pick"}
"""What the consent page calls the shop that is chosen."""
KEEP = "A present, please send soon"
"""The note on orders that their buyers never regret."""
ALICE = Actor("person", "Alice")


@dataclass
class Market:
    """One shop there and its connection here."""

    scene: Scene
    product: Doc
    connection_id: UUID

    @property
    def kind(self) -> str:
        return self.scene.stage.kind

    def orders(self) -> list[Doc]:
        return list(self.scene.look(f"{self.scene.base}/orders", limit=1000))

    def shown(self) -> dict[str, int]:
        """What buyers there can still buy, per SKU."""
        skus = self.scene.look(f"{self.scene.base}/products/{self.product['id']}")["skus"]
        return {one["sku"]: sum(one["stock"].values()) for one in skus}

    def ask(self, path: str, **body: Any) -> Any:
        """What a door of this shop answers; None when it says no, or is not there."""
        try:
            answer = requests.post(f"{self.scene.sandbox}/_sandbox/{self.scene.base}/{path}", json=body, timeout=30)
        except requests.RequestException:
            return None
        return answer.json() if answer.ok else None

    def trouble(self, chance: Random, count: int) -> None:
        """The next pushes: one in ten is lost, others come twice or three times, late, or in fours the last one first."""
        kinds: list[Mapping[str, Any]] = [
            *[{"kind": "drop_event"}] * (count // 10),
            *[{"kind": "duplicate_event", "copies": chance.randint(2, 3)} for _ in range(count // 5)],
            *[{"kind": "slow", "seconds": chance.randint(1, 6)} for _ in range(count // 5)],
            *[{"kind": "slow", "seconds": 0}] * (count // 4),
            *[{"kind": "reorder_events", "times": 4}] * (count // 16),
        ]
        for one in chance.sample(kinds, len(kinds)):
            self.scene.door("faults", event=f"{self.kind}.*", **one)
        self.scene.fault("drop_answer", "ship")


@dataclass
class Markets:
    world: World
    crew: Crew
    markets: list[Market] = field(default_factory=list)
    sold: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.workspace = self.world.north
        self.shop = self.world.shop(self.workspace)
        self.variants: dict[str, UUID] = {}
        for sku, units in STOCK.items():
            variant = self.world.variant(self.world.product(self.shop, f"Print {sku}", price=4200, stock=units))
            self.variants[sku] = variant.id
            with db.workspace(self.workspace.id):
                db.lock(db.get(Variant, variant.id)).sku = sku

    # --- connecting
    def join(self, seller: Browser) -> None:
        """A shop at every platform, connected as sellers do: our page, theirs, and back."""
        for stage in stages():
            scene = Scene(stage, self.crew.sandbox, Letters(url=self.crew.url))
            scene.open()
            skus = [
                {"sku": sku, "title": sku, "price": 4200, "stock": n, "options": {"Size": sku}}
                for sku, n in STOCK.items()
            ]
            product = scene.product(*skus)
            self._consent(scene, seller)
            self.markets.append(Market(scene, product, self._connection(stage.kind)))

    def _consent(self, scene: Scene, seller: Browser) -> None:
        kind = scene.stage.kind
        typed = dict(scene.stage.typed(scene))
        asked = seller.post(
            f"/w/{self.workspace.slug}/channels/consents", kind=kind, shop_id=str(self.shop.id), **typed
        )
        assert asked.status_code == 303, asked.text
        fields = {CHOICE[kind]: scene.doc["id"]} if kind in CHOICE else {}
        there = browsing.outward(seller.get(asked.headers["Location"]).text)
        back = browsing.Browser().consent(there, True, fields)
        assert seller.http.get(back, timeout=60).ok

    def _connection(self, kind: str) -> UUID:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            with db.workspace(self.workspace.id) as session:
                found = session.scalars(
                    select(ChannelConnection.id).where(ChannelConnection.kind == kind)
                ).one_or_none()
            if found:
                return found
            self.crew.tend()
            time.sleep(0.2)
        raise AssertionError(f"{kind} was never connected")

    def ready(self) -> bool:
        """Every shop is connected, hears of pushes, and shows our numbers for all that it lists."""
        with db.workspace(self.workspace.id) as session:
            rows = session.scalars(select(ChannelConnection).execution_options(populate_existing=True)).all()
            listed = session.scalars(select(ChannelListing).execution_options(populate_existing=True)).all()
            told = [one for one in listed if one.match == "matched" and one.asked == one.pushed_version]
        return all(one.hooks.get("healthy") for one in rows) and len(told) == len(STOCK) * len(self.markets)

    # --- buying
    def buy_there(self, market: Market, chance: Random, items: Sequence[tuple[str, int]], note: str = "") -> None:
        """Order there, and come again while nobody answers. What was sold is asked of the platform at the end."""
        sends = note != KEEP and market.kind != "woocommerce"
        wanted = [{"sku": sku, "quantity": units} for sku, units in items]
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                url = f"{market.scene.sandbox}/_sandbox/{market.scene.base}/orders"
                requests.post(url, json={"items": wanted, "note": note, "platform_ships": sends}, timeout=30)
                return
            except requests.RequestException:
                time.sleep(chance.uniform(0.2, 1))

    def buy_here(self, chance: Random, sku: str) -> None:
        """One unit in our own checkout: reserved, and then paid or left behind."""
        holder = uuid4()
        until = db.now() + timedelta(minutes=10)
        try:
            with db.buyer(holder):
                inventory.reserve(holder, [inventory.Want(self.workspace.id, self.variants[sku], 1)], until)
        except inventory.SoldOut:
            return
        time.sleep(chance.uniform(0, 3))
        if chance.random() < 0.3:
            with db.buyer(holder):
                inventory.release(holder, [self.workspace.id])
            return
        with db.workspace(self.workspace.id):
            inventory.commit(ALICE, holder, holder)
        with self.lock:
            self.sold[sku] += 1

    # --- our book
    def rows(self, market: Market) -> list[ChannelOrder]:
        with db.workspace(self.workspace.id) as session:
            mine = select(ChannelOrder).where(ChannelOrder.connection_id == market.connection_id)
            return list(session.scalars(mine.execution_options(populate_existing=True)))

    def book(self) -> dict[UUID, Order]:
        with db.workspace(self.workspace.id) as session:
            wanted = select(Order).where(Order.channel != "").execution_options(populate_existing=True)
            return {one.id: one for one in session.scalars(wanted)}

    def available(self) -> dict[str, int]:
        with db.workspace(self.workspace.id):
            free = stock.available(self.variants.values())
            return {sku: free[one] or 0 for sku, one in self.variants.items()}

    def short(self) -> dict[str, int]:
        with db.workspace(self.workspace.id):
            owed = stock.short(self.variants.values())
            return {sku: owed.get(one, 0) for sku, one in self.variants.items()}

    def look(self) -> None:
        """The regular job, once per connection."""
        with db.workspace(self.workspace.id):
            for one in self.markets:
                later("channels.look_for_orders", workspace_id=self.workspace.id, connection_id=one.connection_id)

    def under_way(self) -> bool:
        """Whether a push is still on its way to us."""
        try:
            return bool(self.markets[0].scene._under_way())
        except requests.RequestException:
            return True


class Regrets:
    """Buyers who cancel, and buyers who move house; a few at a time."""

    def __init__(self, markets: Markets, chance: Random, count: int) -> None:
        self._markets, self._chance, self._left = markets, chance, count
        self._next = time.monotonic() + 3
        self.done: Counter[str] = Counter()

    def tick(self) -> None:
        if not self._left or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._chance.uniform(0.2, 1.5)
        market = self._chance.choice(self._markets.markets)
        try:
            found = [one for one in market.orders() if one["state"] == "to_ship" and one["note"] != KEEP]
        except requests.RequestException:
            return
        if not found:
            return
        order, act = self._chance.choice(found), self._chance.choice(("cancel", "change_address"))
        words = {"by": "buyer"} if act == "cancel" else {"line1": f"{self._chance.randint(1, 99)} Quay Street"}
        if market.ask(f"orders/{order['id']}/{act}", **words):
            self.done[act] += 1
            self._left -= 1


class Packing:
    """The seller sends what buyers asked for soon, with a carrier and a number of their own."""

    def __init__(self, markets: Markets) -> None:
        self._markets = markets
        self.sent: dict[str, str] = {}

    def tick(self) -> None:
        book = self._markets.book()
        for market in self._markets.markets:
            for row in self._markets.rows(market):
                order = book.get(row.order_id) if row.order_id else None
                wanted = row.facts.get("note") == KEEP and row.remote_id not in self.sent
                if order and wanted and order.held_at is None:
                    self.sent[row.remote_id] = self._send(order)

    def _send(self, order: Order) -> str:
        number = f"RM{len(self.sent):09}GB"
        with db.workspace(self._markets.workspace.id):
            mine = db.get(Order, order.id)
            orders.fulfil(ALICE, mine, {one.id: one.quantity for one in mine.lines}, "Royal Mail", number)
        return number


def hurry(*prefixes: str) -> None:
    """As a person who presses «try now» on what failed and waits for its turn."""
    with db.system("jobs") as session:
        left = select(OutboxJob.id, OutboxJob.name, OutboxJob.attempts).where(
            OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.error.is_not(None)
        )
        for row in session.execute(left).all():
            if row.name.startswith(prefixes):
                hasten(row.id, row.attempts)
