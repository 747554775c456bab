"""Paid orders with an address, and a workspace that ships with the sandbox's carriers, for tests."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import requests
from sqlalchemy import select

from app import wiring
from app.catalogue.models import Product
from app.core import db
from app.core.actor import Actor
from app.orders.models import Order
from app.shipping import carrier, queries
from app.shipping.actions import accounts, buying, parcels, presets, quoting
from app.shipping.models import CarrierAccount, Label, Parcel
from tests.orders import selling
from tests.world import World

ALICE = Actor("person", "Alice")
HOME = {
    "name": "Northlight", "line1": "388 Townsend St", "line2": "Apt 20", "city": "San Francisco", "region": "CA",
    "postcode": "94107", "country": "US", "phone": "5555555555", "email": "north@guildhall.test",
}  # fmt: skip
BEACH = {
    "name": "Fay", "line1": "179 N Harbor Dr", "city": "Redondo Beach", "region": "CA", "postcode": "90277",
    "country": "US", "phone": "5555555555",
}  # fmt: skip


class Shipping:
    """One workspace's shipping, spoken to through actions; jobs run when `run` is called."""

    def __init__(self, world: World, sandbox: Any, run_jobs: Callable[..., list[str]], workspace: Any = None) -> None:
        self.world, self.sandbox, self._run_jobs = world, sandbox, run_jobs
        self.workspace = workspace or world.north
        self.shop = world.shop(self.workspace)
        self.product: Product = world.product(self.shop, price=2000, stock=500)
        with db.workspace(self.workspace.id):
            home = parcels.settings_of()
            presets.change_settings(ALICE, home.version, sender=HOME)

    def run(self) -> list[str]:
        return self._run_jobs(only="shipping.")

    def connect(self, kind: str = "easypost", key: str = "EZTK_alice", **more: str) -> UUID:
        with db.workspace(self.workspace.id):
            account = accounts.connect(ALICE, kind, f"{kind} {key}", {"api_key": key, **more})
        self.run()
        return account.id

    def paid(self, units: int = 1, to: dict[str, str] | None = None, product: Product | None = None) -> Order:
        """A paid order of the workspace's shop, by Fay."""
        group = selling.place(self.world, self.world.fay.id, (product or self.product, units))
        selling.pay(group, self._run_jobs)
        order = selling.order_of(group, self.shop)
        with db.workspace(self.workspace.id):
            row = db.lock(db.get(Order, order.id))
            row.ship_to = dict(to or BEACH)
            row.country = row.ship_to["country"]
        return order

    def packed(self, order: Order, quantities: dict[UUID, int] | None = None) -> Parcel:
        """A planned parcel with fresh rates."""
        with db.workspace(self.workspace.id):
            parcel = parcels.pack(ALICE, db.get(Order, order.id), quantities)
            quoting.ask(parcel)
        self.run()
        return parcel

    def packed_again(self, parcel: Parcel) -> Parcel:
        """Rates asked for anew."""
        with db.workspace(self.workspace.id):
            row = db.get(Parcel, parcel.id)
            quoting.forget(row)
            quoting.ask(row)
        self.run()
        return parcel

    def offers(self, parcel: Parcel) -> list[Any]:
        with db.workspace(self.workspace.id):
            fresh = db.get(Parcel, parcel.id)
            return queries.offers(fresh.id, parcels.fingerprint(fresh))

    def order_label(self, parcel: Parcel) -> UUID:
        """Promise the cheapest label; the job that buys it waits."""
        best = self.offers(parcel)[0]
        with db.workspace(self.workspace.id):
            account = db.get(CarrierAccount, best.account_id)
            price = best.rate.total_minor
            return buying.order_label(ALICE, db.get(Parcel, parcel.id), account, best.rate.id, price).id

    def labelled(self, order: Order | None = None) -> Parcel:
        parcel = self.packed(order or self.paid())
        self.order_label(parcel)
        self.run()
        return parcel

    def label(self, parcel: Parcel) -> Label:
        """The newest attempt for a parcel."""
        with db.workspace(self.workspace.id) as session:
            wanted = select(Label).where(Label.parcel_id == parcel.id).order_by(Label.id.desc()).limit(1)
            return session.scalars(wanted.execution_options(populate_existing=True)).one()

    def fresh(self, parcel: Parcel) -> Parcel:
        with db.workspace(self.workspace.id) as session:
            found = session.get(Parcel, (self.workspace.id, parcel.id), populate_existing=True)
            assert found is not None
            return found

    def effects(self, kind: str = "label") -> list[dict[str, Any]]:
        """What the sandbox's own ledger says was done, by kind."""
        answer = requests.get(f"{self.sandbox.url}/_sandbox/effects", params={"kind": kind}, timeout=20)
        return list(answer.json())

    def fault(self, **fault: Any) -> None:
        answer = requests.post(f"{self.sandbox.url}/_sandbox/faults", json=fault, timeout=20)
        assert answer.ok, answer.text


def speak_to(sandbox: Any) -> None:
    """Point the carriers at a sandbox."""
    bases = {
        "easypost": f"{sandbox.url}/easypost/v2",
        "shippo": f"{sandbox.url}/shippo",
        "shipstation": f"{sandbox.url}/shipstation",
    }
    carrier.use(wiring.CARRIERS, bases)
