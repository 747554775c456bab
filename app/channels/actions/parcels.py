"""Parcels that a platform moved: what it says is on its way or delivered is so here too, though nobody here sent it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.channels.models import ChannelOrder, ChannelShipment
from app.channels.order_facts import OrderFacts, PackageFacts
from app.core import db
from app.core.actor import Actor
from app.orders import actions as orders
from app.orders.models import Fulfilment, Order, OrderLine

MOVED = ("in_transit", "delivered")
OVER = ("in_transit", "delivered", "completed")


def follow(actor: Actor, row: ChannelOrder, order: Order, said: OrderFacts) -> None:
    """In the workspace's scope: send and deliver what the platform says was sent and delivered; what we sent is known already."""
    if order.paid_at is None or order.state == "cancelled":
        return
    moved = [one for one in said.packages if one.state in MOVED]
    if not moved and row.state in OVER:
        moved = [PackageFacts("", "in_transit" if row.state == "in_transit" else "delivered")]
    for package in moved:
        _send(actor, row, order, said, package)
        if package.state == "delivered":
            _deliver(order, row, package)


def _send(actor: Actor, row: ChannelOrder, order: Order, said: OrderFacts, package: PackageFacts) -> None:
    lines = _inside(order, said, package)
    left = {one.id: one.quantity - one.refunded_quantity - one.fulfilled_quantity for one in lines}
    if not any(count > 0 for count in left.values()):
        return
    one = orders.sent_outside(actor, order, left, package.carrier, package.tracking_number)
    if one is not None:
        db.add(
            ChannelShipment(
                channel_order_id=row.id,
                fulfilment_id=one.id,
                state="done",
                carrier=package.carrier,
                tracking_number=package.tracking_number,
                handover={},
                done_at=db.now(),
            )
        )


def _inside(order: Order, said: OrderFacts, package: PackageFacts) -> Sequence[OrderLine]:
    """Our lines that lie in a parcel of the platform's; one that names none holds all of them."""
    lines = db.session().scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
    if not package.items:
        return lines
    keys = {min(item.ids) for item in said.items if item.ids and set(item.ids) & set(package.items)}
    return [one for one in lines if one.channel_key in keys]


def _deliver(order: Order, row: ChannelOrder, package: PackageFacts) -> None:
    """What of this parcel is on its way here has arrived."""
    wanted = select(Fulfilment.id).where(Fulfilment.order_id == order.id, Fulfilment.state == "shipped")
    if package.tracking_number:
        wanted = wanted.where(Fulfilment.tracking_number == package.tracking_number)
    found: Sequence[UUID] = db.session().scalars(wanted).all()
    for fulfilment_id in found:
        orders.delivered(order, fulfilment_id)
