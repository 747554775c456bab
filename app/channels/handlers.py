"""What channels do about others' facts: stock that changed is told, and what was sent is told."""

from sqlalchemy import select

from app.channels.actions import stocking, taking, telling
from app.channels.events import ListingsMatched
from app.channels.models import ChannelConnection, ChannelOrder
from app.core import db
from app.inventory.events import StockChanged
from app.inventory.models import Shortage
from app.orders.events import OrderFulfilled
from app.orders.models import Order

COMES = ("received", "counted", "returned", "refunded", "released", "corrected", "found")
"""Reasons by which there may be more units than before."""


def on_stock_changed(fact: StockChanged) -> None:
    """Orders that wait for units get them first, oldest first; then every platform hears."""
    waiting = (
        select(ChannelOrder)
        .join(Order, (Order.workspace_id == ChannelOrder.workspace_id) & (Order.id == ChannelOrder.order_id))
        .join(Shortage, Shortage.holder_id == Order.group_id)
        .where(Shortage.variant_id == fact.variant_id)
        .order_by(Shortage.id)
    )
    if fact.reason in COMES:
        for row in db.session().scalars(waiting).all():
            taking.again(db.get(ChannelConnection, row.connection_id), row)
    stocking.want([fact.variant_id])


def on_listings_matched(fact: ListingsMatched) -> None:
    """Orders that were held for them go on, and the platform hears our numbers."""
    held = select(ChannelOrder).where(
        ChannelOrder.connection_id == fact.connection_id, ChannelOrder.unmatched > 0, ChannelOrder.order_id.is_not(None)
    )
    connection = db.get(ChannelConnection, fact.connection_id)
    for row in db.session().scalars(held.order_by(ChannelOrder.id)).all():
        taking.again(connection, row)
    stocking.call(fact.connection_id)


def on_order_fulfilled(fact: OrderFulfilled) -> None:
    telling.intend(fact.fulfilment_id)
