"""Returns at platforms: read like orders, answered here, and restocked only when a person has unpacked them (TRAPS.md A12)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.channels import channel
from app.channels.actions import speaking, taking
from app.channels.channel import Channel
from app.channels.channel_facts import Page, Ref
from app.channels.models import ChannelConnection, ChannelListing, ChannelOrder, ChannelReturn, ListingPart
from app.channels.order_facts import CancelLine, OrderFacts, ReturnFacts
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit
from app.inventory import actions as inventory
from app.orders import actions as orders
from app.orders.events import OrderChanged
from app.orders.models import Order

LOOKED_BACK = timedelta(days=14)
MOST_PAGES = 50


def look(workspace_id: UUID, connection_id: UUID) -> None:
    """Job: every return that changed lately."""
    with db.workspace(workspace_id):
        row = db.get(ChannelConnection, connection_id)
        if row.state != "active" or not channel.profiles()[row.kind].returns:
            return
    until, cursor = db.now(), ""
    for _ in range(MOST_PAGES):
        asked = partial(_page, until - LOOKED_BACK, until, cursor)
        page = speaking.ask(workspace_id, connection_id, asked)
        for one in page.items:
            with db.workspace(workspace_id):
                keep(db.get(ChannelConnection, connection_id), one)
        cursor = page.cursor
        if not cursor:
            return


def _page(since: datetime, until: datetime, cursor: str, adapter: Channel) -> Page[ReturnFacts]:
    return adapter.returns(since, until, cursor)


def keep(connection: ChannelConnection, said: ReturnFacts) -> ChannelReturn:
    """Write how a return stands; older news change nothing."""
    row = db.ensure(ChannelReturn, connection_id=connection.id, remote_id=said.id)
    if row.remote_at is not None and said.updated_at is not None and said.updated_at < row.remote_at:
        return row
    before = row.state
    row.state, row.status, row.reason = said.state, said.status, said.reason[:500]
    row.remote_at = said.updated_at or row.remote_at
    row.facts, row.raw = {**msgspec.to_builtins(said), "raw": {}}, msgspec.to_builtins(said.raw)
    wanted = select(ChannelOrder).where(
        ChannelOrder.connection_id == connection.id, ChannelOrder.remote_id == said.order_id
    )
    mine = db.session().scalars(wanted).one_or_none()
    if mine is not None:
        row.channel_order_id = mine.id
        if before != row.state and mine.order_id is not None:
            _tell(db.get(Order, mine.order_id), taking.actor_of(connection.kind), WORDS[row.state])
    return row


WORDS = {
    "unknown": "A return moved at the platform",
    "asked": "The buyer asks for a return at the platform",
    "accepted": "The return was accepted at the platform",
    "on_the_way": "The return is on its way",
    "refused": "The return was refused at the platform",
    "disputed": "The return is disputed at the platform",
    "refunded": "The platform refunded the return",
    "cancelled": "The buyer keeps it after all",
}


def _tell(order: Order, actor: Actor, words: str) -> None:
    orders.tell(order, "order", actor, words)
    emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))


def receive(actor: Actor, row: ChannelReturn, restock: bool) -> None:
    """Unpacked: the units go back on the shelf, or are written off; once."""
    row = db.lock(row)
    if row.received_at is not None or row.channel_order_id is None:
        raise Refused("This return was unpacked already. Nothing was changed.")
    row.received_at = db.now()
    facts = msgspec.convert(row.facts, ReturnFacts)
    mine = db.get(ChannelOrder, row.channel_order_id)
    if mine.order_id is None:
        raise Refused("The order of this return is not here yet. Nothing was changed.")
    order = db.get(Order, mine.order_id)
    for line in facts.items if restock else ():
        for part in _parts(row.connection_id, _ref(line, mine)):
            inventory.restock(actor, part.variant_id, part.quantity * line.quantity, order.id, "returned")
    audit.record(actor, "channels.receive_return", row, restock=restock)
    _tell(order, actor, "Unpacked the return and restocked it" if restock else "Unpacked the return and wrote it off")


def _ref(line: CancelLine, mine: ChannelOrder) -> Ref:
    """Which listing came back: by the order's own lines, because some platforms name no product in a return."""
    items = msgspec.convert(mine.facts, OrderFacts).items
    by_line = (item.ref for item in items if set(item.ids) & set(line.ids))
    by_variant = (item.ref for item in items if item.ref.variant == line.ref.variant)
    return next(by_line, next(by_variant, line.ref))


def _parts(connection_id: UUID, ref: Ref) -> Sequence[ListingPart]:
    wanted = (
        select(ListingPart)
        .join(ChannelListing, ChannelListing.id == ListingPart.listing_id)
        .where(
            ChannelListing.connection_id == connection_id,
            ChannelListing.product_ref == ref.product,
            ChannelListing.variant_ref == ref.variant,
        )
    )
    return db.session().scalars(wanted).all()
