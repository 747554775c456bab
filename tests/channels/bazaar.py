"""A connected shop at a platform and orders as it tells them; no platform is asked."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.channels.actions import listings, matching, taking
from app.channels.actions.speaking import keep_tokens, sealed
from app.channels.channel_facts import ListingFacts, Ref, Tokens
from app.channels.models import ChannelConnection, ChannelGrant, ChannelListing, ChannelOrder
from app.channels.order_facts import Amounts, Item, OrderFacts, Recipient
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.inventory.models import StockLevel
from app.orders.models import Order, OrderLine
from tests.world import World

ALICE = Actor("person", "Alice")
HOME = Recipient("Mira Stone", "12 Quay Street", "", "Bristol", "", "BS1 4RW", "GB", "+44 117 496 0000")


class Bazaar:
    """A shop of `kind` connected to Northlight, with one product of ours on its shelf there."""

    def __init__(self, world: World, run_jobs: Any, kind: str = "tiktok", stock: int = 10) -> None:
        self.world, self.run_jobs, self.workspace = world, run_jobs, world.north
        self.shop = world.shop(world.north)
        self.print = world.variant(world.product(self.shop, "Hubble print", price=2500, stock=stock))
        with db.workspace(self.workspace.id):
            self.connection_id = self._connect(kind)

    def _connect(self, kind: str) -> UUID:
        grant = db.add(ChannelGrant(id=new_id(), kind=kind, owner="grant-1", tokens="", scopes=[]))
        keep_tokens(grant, Tokens("grant-1", "access", "refresh", db.now() + timedelta(days=7)))
        row = ChannelConnection(
            id=new_id(),
            kind=kind,
            name="Northlight there",
            grant_id=grant.id,
            shop_id=self.shop.id,
            remote_id=secrets.token_hex(6),
            currency="GBP",
            orders_until=db.now(),
        )
        row.webhook_secret = sealed(row, "webhook_secret", "a secret")
        return db.add(row).id

    @property
    def connection(self) -> ChannelConnection:
        return db.get(ChannelConnection, self.connection_id)

    def offer(self, ref: Ref, variant_id: UUID | None = None, **facts: Any) -> UUID:
        """A listing, matched to `variant_id` when there is one."""
        with db.workspace(self.workspace.id) as session:
            listings.keep(self.connection, [ListingFacts(ref, facts.pop("title", "A listing"), quantity=0, **facts)])
            row = listings.found(self.connection_id, [ref])[ref]
            session.refresh(row)
            if variant_id is not None:
                matching.match(ALICE, row, row.version, {variant_id: 1})
        self.settle()
        return row.id

    def say(self, said: OrderFacts) -> ChannelOrder:
        with db.workspace(self.workspace.id):
            return taking.apply(self.connection, said)

    def settle(self) -> list[str]:
        """Run what waits, except what would speak to a platform."""
        ran: list[str] = []
        for name in ("channels.handlers.", "inventory.", "channels.push_all"):
            ran += self.run_jobs(only=name)
        return ran

    def order(self, row: ChannelOrder) -> Order:
        with db.workspace(self.workspace.id) as session:
            assert row.order_id is not None
            return session.get_one(Order, (self.workspace.id, row.order_id), populate_existing=True)

    def lines(self, row: ChannelOrder) -> Sequence[OrderLine]:
        with db.workspace(self.workspace.id) as session:
            wanted = select(OrderLine).where(OrderLine.order_id == row.order_id).order_by(OrderLine.position)
            return session.scalars(wanted.execution_options(populate_existing=True)).all()

    def level(self, variant_id: UUID | None = None) -> tuple[int, int]:
        """(on hand, reserved)."""
        with db.workspace(self.workspace.id) as session:
            wanted = select(StockLevel).where(StockLevel.variant_id == (variant_id or self.print.id))
            row = session.scalars(wanted.execution_options(populate_existing=True)).one()
            return row.on_hand, row.reserved

    def listing(self, listing_id: UUID) -> ChannelListing:
        with db.workspace(self.workspace.id) as session:
            return session.get_one(ChannelListing, (self.workspace.id, listing_id), populate_existing=True)


def item(ref: Ref, quantity: int = 1, **more: Any) -> Item:
    unit = more.pop("unit_minor", 2500)
    total = unit * quantity - more.get("seller_discount_minor", 0) - more.get("platform_discount_minor", 0)
    ids = more.pop("ids", (f"line-{ref.product}-{ref.variant}",))
    return Item(ids, ref, "Hubble print", quantity=quantity, unit_minor=unit, total_minor=total, **more)


def facts(
    *items: Item, state: str = "to_ship", status: str = "AWAITING_SHIPMENT", minutes: int = 0, **more: Any
) -> OrderFacts:
    """An order of the items; `minutes` is when it changed, counted from when it was placed."""
    placed = db.now().replace(microsecond=0, second=0) - timedelta(hours=1)
    paid, off = sum(one.total_minor for one in items), sum(one.seller_discount_minor for one in items)
    said = OrderFacts(
        id=more.pop("id", "576461413038785752"),
        number="576461413038785752",
        status=status,
        state=state,
        currency="GBP",
        amounts=Amounts(subtotal=paid + off, seller_discount=off, delivery=300, total=paid + 300),
        items=items,
        created_at=placed,
        updated_at=placed + timedelta(minutes=minutes),
        paid_at=None if state == "unpaid" else placed,
        ship_by=placed + timedelta(days=2),
        recipient=HOME,
        buyer_name="Mira Stone",
        raw={"id": "576461413038785752", "unknown": {"kept": True}},
    )
    return replace(said, **more)
