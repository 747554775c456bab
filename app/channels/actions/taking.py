"""An order as a platform tells it becomes, and stays, an order in our book: lines, stock, holds, states.

Facts are applied under the lock of the platform's order, whole and again and again: what is told twice, late or out of order ends
the same. A platform's words never lead an order back, except along the ways that the platform itself knows (TRAPS.md C18).
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.channels import channel
from app.channels.actions import holding, listings, parcels
from app.channels.models import ChannelConnection, ChannelListing, ChannelOrder
from app.channels.order_facts import Item, OrderFacts
from app.core import db
from app.core.actor import Actor
from app.core.money import Money
from app.inventory import actions as inventory
from app.orders import actions as orders
from app.orders.models import Order, OrderLine


def actor_of(kind: str) -> Actor:
    return Actor("provider", channel.profiles()[kind].name)


def apply(connection: ChannelConnection, said: OrderFacts) -> ChannelOrder:
    """In the workspace's scope: bring our order in line with `said`. Older news than what was applied change nothing."""
    row = db.ensure(ChannelOrder, connection_id=connection.id, remote_id=said.id)
    row.read_at = db.now()
    digest = _digest(said)
    if row.remote_at is not None and said.updated_at < row.remote_at:
        return row
    if row.order_id is not None and row.digest == digest and not row.error and not row.unmatched:
        return row
    _remember(connection, row, said, digest)
    _bring(connection, row, said)
    return row


def again(connection: ChannelConnection, row: ChannelOrder) -> None:
    """Apply what is known once more: a listing was matched, or units came."""
    row = db.lock(row)
    if row.facts:
        _bring(connection, row, msgspec.convert(row.facts, OrderFacts))


def failed(connection: ChannelConnection, said: OrderFacts, words: str) -> None:
    """The order could not be brought in: it is kept with what was said and why, and never disappears."""
    row = db.ensure(ChannelOrder, connection_id=connection.id, remote_id=said.id)
    row.number, row.error, row.failures = row.number or said.number, words, row.failures + 1
    row.raw = msgspec.to_builtins(said.raw)


def _digest(said: OrderFacts) -> str:
    return hashlib.sha256(msgspec.json.encode(replace(said, raw={}))).hexdigest()


def _remember(connection: ChannelConnection, row: ChannelOrder, said: OrderFacts, digest: str) -> None:
    follows = channel.adapter(connection.kind).follows
    if said.state != "unknown" and (not row.status or follows(row.status, said.status)):
        row.state, row.status = said.state, said.status
    row.number, row.remote_at, row.digest = said.number, said.updated_at, digest
    row.error, row.failures, row.masked = "", 0, said.recipient.masked
    row.facts, row.raw = msgspec.to_builtins(replace(said, raw={})), msgspec.to_builtins(said.raw)
    row.cancel_id, row.cancel_reason = said.cancel_id, said.cancel_reason
    if row.state == "cancel_requested":
        row.cancel_state = row.cancel_state if row.cancel_state in ("accepted", "refused") else "asked"
    elif row.state != "cancelled":
        row.cancel_state = ""


def _bring(connection: ChannelConnection, row: ChannelOrder, said: OrderFacts) -> None:
    actor = actor_of(connection.kind)
    known = listings.of_items(connection, said.items)
    row.unmatched = sum(1 for one in known.values() if one.match not in ("matched", "ignored"))
    draft = _draft(connection, row, said, known)
    order = db.get(Order, row.order_id) if row.order_id else None
    if order is None:
        order = orders.bring(actor, draft)
        row.order_id = order.id
    else:
        orders.follow(actor, order, draft)
    short = _keep_stock(actor, row, order, said, known)
    parcels.follow(actor, row, order, said)
    holding.settle(connection, row, order, short)
    db.session().flush()


def _draft(
    connection: ChannelConnection, row: ChannelOrder, said: OrderFacts, known: Mapping[Any, ChannelListing]
) -> orders.OutsideOrder:
    amounts, to = said.amounts, said.recipient
    readable = not (to.masked and row.order_id) and bool(to.line1 or to.city)
    address = {
        "name": to.name,
        "line1": to.line1,
        "line2": to.line2,
        "city": to.city,
        "region": to.region,
        "postcode": to.postcode,
        "country": to.country,
        "phone": to.phone,
    }
    return orders.OutsideOrder(
        channel=connection.kind,
        connection_id=connection.id,
        shop_id=connection.shop_id,
        state=_paid(row, said),
        currency=said.currency,
        placed_at=said.created_at,
        lines=_all_lines(said, known),
        subtotal=amounts.subtotal,
        discount=amounts.seller_discount + amounts.platform_discount,
        delivery=amounts.delivery,
        total=amounts.total,
        number=said.number,
        refunded=amounts.refunded,
        funded=amounts.platform_discount,
        buyer_name=said.buyer_name or to.name,
        buyer_email=said.buyer_email,
        ship_to=address if readable else {},
        paid_at=said.paid_at,
        ship_by=said.ship_by,
        platform_ships=said.platform_ships,
        note=said.note,
    )


def _all_lines(said: OrderFacts, known: Mapping[Any, ChannelListing]) -> list[orders.OutsideLine]:
    """What the platform sends from its own shelves is nothing for us to send."""
    found = [line for item in said.items for line in _lines(item, known[item.ref], said.currency)]
    return [replace(line, ships=False) for line in found] if said.platform_sends else found


def _paid(row: ChannelOrder, said: OrderFacts) -> str:
    """unpaid, paid or cancelled, by the state that was reached; a word that nobody knows decides nothing."""
    if row.state == "cancelled":
        return "cancelled"
    if row.state == "unpaid" or (row.state == "unknown" and said.paid_at is None):
        return "unpaid"
    return "paid"


def _lines(item: Item, listing: ChannelListing, currency: str) -> list[orders.OutsideLine]:
    """One line, or one per part of a bundle; sums are shared out so that they add up to the platform's."""
    gone = min(item.cancelled + item.returned, item.quantity)
    discount = item.seller_discount_minor + item.platform_discount_minor
    plain_line = orders.OutsideLine(
        key=item.key,
        title=item.title or listing.title,
        quantity=item.quantity,
        unit=item.unit_minor,
        discount=discount,
        total=item.total_minor,
        sku=item.sku or listing.sku,
        variant_title=item.variant_title,
        gone=gone,
    )
    parts = listing.parts if listing.match == "matched" else []
    if not parts:
        return [plain_line]
    weights = [max(part.variant.price_minor, 1) * part.quantity for part in parts]
    listed, off, paid = (
        [money.minor for money in Money(amount, currency).split(weights)]
        for amount in (item.unit_minor * item.quantity, discount, item.total_minor)
    )
    return [
        orders.OutsideLine(
            key=item.key,
            title=part.variant.product.title,
            quantity=item.quantity * part.quantity,
            unit=listed[place] // (item.quantity * part.quantity),
            discount=off[place],
            total=paid[place],
            sku=part.variant.sku,
            variant_title=part.variant.title,
            gone=gone * part.quantity,
            product_id=part.variant.product_id,
            variant_id=part.variant_id,
            ships=part.variant.product.ships,
        )
        for place, part in enumerate(parts)
    ]


def _keep_stock(
    actor: Actor, row: ChannelOrder, order: Order, said: OrderFacts, known: Mapping[Any, ChannelListing]
) -> Mapping[UUID, int]:
    """Bring stock in line with the units that are still bought. Returned goods come back when they are received, not before."""
    units: Counter[UUID] = Counter()
    if row.state != "cancelled" and not said.platform_sends:
        for item in said.items:
            listing = known[item.ref]
            for part in listing.parts if listing.match == "matched" else []:
                units[part.variant_id] += item.active * part.quantity
    lines = _lines_of(order)
    for line in lines:
        if line.variant_id and line.fulfilled_quantity:
            units[line.variant_id] = max(units[line.variant_id], line.fulfilled_quantity)
    restock = said.restock is not False
    return inventory.keep(actor, order.group_id, units, sold=order.paid_at is not None, restock=restock)


def _lines_of(order: Order) -> Sequence[OrderLine]:
    return db.session().scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
