"""Shops at every platform, connected to one workspace of ours through the pages where sellers say yes; pushes are carried by hand.

Whoever carries them decides when, how often and in which order they arrive, and which are lost.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from app.channels import channel
from app.channels.actions import connecting
from app.channels.models import ChannelConnection, ChannelConsent, ChannelListing, ChannelOrder
from app.core import db, settings
from app.core.actor import Actor
from app.inventory import queries as inventory
from app.orders.models import Order
from app.wiring import CHANNELS
from tests.channels.stage import Doc, Scene, Stage
from tests.letters import Letters
from tests.world import World

SKU = "TEN-A4"


@dataclass
class Booth:
    """One shop there and its connection here."""

    scene: Scene
    connection_id: UUID
    product: Doc

    def stock(self) -> int:
        """What buyers there can still buy."""
        return self.scene.stock(self.product)


class Fair:
    def __init__(
        self, world: World, run_jobs: Any, client: Any, sandbox: str, letters: Letters, stock: int = 10
    ) -> None:
        self.world, self.run_jobs, self.client = world, run_jobs, client
        self.sandbox, self.letters, self.carried = sandbox, letters, 0
        self.workspace, self.alice = world.north, Actor("person", "Alice", world.alice.id)
        self.shop = world.shop(world.north)
        self.variant = world.variant(world.product(self.shop, "Ten thousand galaxies", price=4200, stock=stock))
        with db.workspace(self.workspace.id):
            db.lock(self.variant).sku = SKU
        self.booths: list[Booth] = []
        requests.post(f"{sandbox}/_sandbox/reset", timeout=30).raise_for_status()
        letters.found.clear()

    def join(self, stage: Stage, listed: int = 10) -> Booth:
        """A shop there that lists the SKU, connected and matched."""
        scene = Scene(stage, self.sandbox, self.letters)
        scene.sandbox_at_peace()
        scene.open()
        product = scene.product({"sku": SKU, "title": "A4", "price": 4200, "stock": listed, "options": {"Size": "A4"}})
        self.connect(scene)
        with db.workspace(self.workspace.id) as session:
            newest = select(ChannelConnection.id).where(ChannelConnection.kind == stage.kind)
            found = session.scalars(newest.order_by(ChannelConnection.id.desc()).limit(1)).one()
        self.booths.append(Booth(scene, found, product))
        self.work()
        return self.booths[-1]

    def connect(self, scene: Scene) -> None:
        """The seller's way: our page, theirs, and back."""
        typed = scene.stage.typed(scene)
        with db.workspace(self.workspace.id) as session:
            address = connecting.address(connecting.begin(self.alice, scene.stage.kind, self.shop, typed))
            newest = select(ChannelConsent.nonce).order_by(ChannelConsent.id.desc()).limit(1)
            nonce = session.scalars(newest).one()
        before = len(self.letters.found)
        answer = scene.stage.consent(scene, address, True)
        if len(self.letters.found) < before:  # a site's keys come by post, and the box is emptied after them
            self.carried = 0
        with db.system("test world"):
            connecting.answered(nonce, {**typed, **answer}, self.world.alice.id)
        self.work()

    def work(self) -> list[str]:
        """Run what waits, and what that asks for, until nothing does."""
        ran: list[str] = []
        while some := self.run_jobs():
            ran += some
        return ran

    # --- pushes
    def quiet(self) -> None:
        if self.booths:
            self.booths[0].scene.quiet()

    def carry(self, chance: Random | None = None, copies: int = 1, lost: float = 0.0) -> int:
        """Bring the letters that arrived since the last time: shuffled by `chance`, each up to `copies` times, some never."""
        self.quiet()
        fresh = self.letters.found[self.carried :]
        self.carried = len(self.letters.found)
        post = [one for one in fresh for _ in range(copies)]
        if chance is not None:
            gone = {id(one) for one in fresh if chance.random() < lost}
            post = [one for one in post if id(one) not in gone]
            chance.shuffle(post)
        for path, headers, raw in post:
            answer = self.client.post(path, data=raw, headers=_carried(headers))
            assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return len(post)

    # --- what is known here
    def available(self) -> int:
        with db.workspace(self.workspace.id):
            return inventory.available([self.variant.id])[self.variant.id] or 0

    def short(self) -> int:
        with db.workspace(self.workspace.id):
            return inventory.short([self.variant.id]).get(self.variant.id, 0)

    def orders(self, kind: str = "") -> list[Order]:
        with db.workspace(self.workspace.id) as session:
            wanted = select(Order).order_by(Order.number)
            if kind:
                wanted = wanted.where(Order.channel == kind)
            return list(session.scalars(wanted.execution_options(populate_existing=True)))

    def there(self, booth: Booth) -> list[ChannelOrder]:
        with db.workspace(self.workspace.id) as session:
            mine = select(ChannelOrder).where(ChannelOrder.connection_id == booth.connection_id)
            return list(session.scalars(mine.execution_options(populate_existing=True)))

    def listing(self, booth: Booth) -> ChannelListing:
        with db.workspace(self.workspace.id) as session:
            mine = select(ChannelListing).where(
                ChannelListing.connection_id == booth.connection_id, ChannelListing.sku == SKU
            )
            return session.scalars(mine.execution_options(populate_existing=True)).one()

    def connection(self, booth: Booth) -> ChannelConnection:
        with db.workspace(self.workspace.id) as session:
            key = (self.workspace.id, booth.connection_id)
            return session.get_one(ChannelConnection, key, populate_existing=True)


def _carried(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in ("host", "content-length")}


@contextmanager
def registered(stages: list[Stage], sandbox: str, ours: str) -> Iterator[None]:
    """Our registrations at the platforms are those of the sandbox."""
    before, chosen = {kind: channel.app_of(kind) for kind in CHANNELS}, settings.current()
    channel.use(CHANNELS, before | {one.kind: one.app(sandbox, ours) for one in stages})
    with pytest.MonkeyPatch.context() as patch:
        for name in ("sandbox_url", "stripe_api_base"):
            patch.setitem(vars(chosen), name, sandbox)
        yield
    channel.use(CHANNELS, before)
