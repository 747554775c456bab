"""A seller with three carriers and many paid orders; labels are bought by workers, parcels move by webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import requests
from sqlalchemy import func, select

from app.catalogue.models import Variant
from app.core import db
from app.core.outbox import OutboxJob
from app.orders.models import Order
from app.shipping import batches
from app.shipping.actions import accounts, batching, presets
from app.shipping.models import CarrierAccount, Label, LabelBatch, Parcel
from tests.orders import selling
from tests.shipping.parceling import ALICE, BEACH, Shipping
from tests.world import World

KEYS = {"easypost": "EZTK_chaos", "shippo": "shippo_test_chaos", "shipstation": "TEST_chaos"}
STEPS = ("accepted", "out_for_delivery", "delivered")
AT_ONCE = 20


@dataclass
class Address:
    """Where a sandbox answers, as `Shipping` wants to know it."""

    url: str


@dataclass
class Despatch:
    """One unit goes with the first carrier, two with the second, three with the third."""

    world: World
    sandbox: str
    run_jobs: Any
    orders: list[Order] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shipping = Shipping(self.world, Address(self.sandbox), self.run_jobs)
        self.workspace_id: UUID = self.shipping.workspace.id
        with db.workspace(self.workspace_id):
            variant = db.lock(db.get(Variant, self.world.variant(self.shipping.product).id))
            variant.length_mm, variant.width_mm, variant.height_mm = 200, 150, 40

    def connect(self, *kinds: str) -> None:
        """Accounts, each with the parcels of one value; the workers try the keys and ask for news."""
        with db.workspace(self.workspace_id):
            for units, kind in enumerate(kinds, 1):
                key = KEYS[kind]
                account = accounts.connect(ALICE, kind, kind, {"api_key": key})
                presets.save_rule(ALICE, None, kind, account_id=account.id, upto_minor=2000 * units)

    def connected(self) -> bool:
        with db.workspace(self.workspace_id) as session:
            wanted = select(CarrierAccount.state).where(CarrierAccount.state != "removed")
            return set(session.scalars(wanted)) == {"active"}

    def sell(self, count: int, most: int = len(KEYS)) -> None:
        """Paid orders of one unit to `most`, each to a name of its own."""
        for number in range(count):
            units = 1 + number % most
            group = selling.place(self.world, self.world.fay.id, (self.shipping.product, units))
            selling.pay(group, self.run_jobs if number % AT_ONCE == AT_ONCE - 1 or number == count - 1 else _later)
            order = selling.order_of(group, self.shipping.shop)
            with db.workspace(self.workspace_id):
                row = db.lock(db.get(Order, order.id))
                row.ship_to, row.country = {**BEACH, "name": f"Fay {number:03}"}, "US"
            self.orders.append(order)

    # --- the seller
    def prepare(self, chance: Random) -> UUID:
        """One batch of every order, in an order that the seller picked."""
        picked = chance.sample(self.orders, len(self.orders))
        with db.workspace(self.workspace_id):
            return batching.prepare(ALICE, [order.id for order in picked]).id

    def batch(self, batch_id: UUID) -> LabelBatch:
        with db.workspace(self.workspace_id) as session:
            wanted = select(LabelBatch).where(LabelBatch.id == batch_id).execution_options(populate_existing=True)
            return session.scalars(wanted).one()

    def rows(self, batch_id: UUID) -> list[batches.Row]:
        with db.workspace(self.workspace_id):
            return batches.rows(db.get(LabelBatch, batch_id))

    def press(self, batch_id: UUID) -> list[str]:
        """What the seller presses next: start what is ready, then retry what failed. Returns why rows had failed."""
        batch = self.batch(batch_id)
        if batch.state not in ("ready", "done"):
            return []
        with db.workspace(self.workspace_id):
            batch = db.get(LabelBatch, batch_id)
            rows = batches.rows(batch)
            total = sum(row.item.quoted_minor for row in rows if row.item.state == "ready")
            if total:
                batching.start(ALICE, batch, total)
                return []
            failed = [row.item.reason for row in rows if row.item.state in ("cannot", "failed")]
            if failed:
                batching.retry(ALICE, batch)
            return failed

    def bought(self, batch_id: UUID) -> bool:
        return {row.item.state for row in self.rows(batch_id)} == {"bought"}

    def drawn(self, batch_id: UUID) -> bool:
        batch = self.batch(batch_id)
        return batch.state == "done" and bool(batch.documents.get("labels"))

    # --- the carrier
    def scan(self, number: str, step: str) -> bool:
        """The carrier scans a parcel. False when the carrier is not there."""
        try:
            url = f"{self.sandbox}/_sandbox/parcels/{number}/scans"
            answer = requests.post(url, json={"step": step}, timeout=20)
        except requests.RequestException:
            return False
        assert answer.ok, answer.text
        return True

    def parcels(self) -> Sequence[Parcel]:
        with db.workspace(self.workspace_id) as session:
            return session.scalars(select(Parcel).execution_options(populate_existing=True)).all()

    def delivered(self) -> bool:
        with db.workspace(self.workspace_id) as session:
            return session.scalar(select(func.count()).where(Parcel.state == "delivered")) == len(self.orders)

    def labels(self) -> Sequence[Label]:
        with db.workspace(self.workspace_id) as session:
            return session.scalars(select(Label).execution_options(populate_existing=True)).all()

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.shipping.effects(kind)


def _later(*_: Any, **__: Any) -> None:
    """Handlers run with the next order."""


def open_jobs(*prefixes: str, parked: bool = False) -> list[str]:
    """Jobs of these features that are still to be done, or those that were given up, with what they said last."""
    over = OutboxJob.dead_at.is_not(None) if parked else OutboxJob.dead_at.is_(None)
    with db.system("jobs") as session:
        left = select(OutboxJob.name, OutboxJob.attempts, OutboxJob.error)
        found = session.execute(left.where(OutboxJob.done_at.is_(None), over)).all()
        return [f"{row.name} ×{row.attempts}: {row.error}" for row in found if row.name.startswith(prefixes)]
