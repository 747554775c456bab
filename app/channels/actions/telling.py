"""Tracking out: what was sent here is told the platform once, whatever happens in between (TRAPS.md F44).

The telling is a row before the call. After an answer that was lost the order is read again: a parcel that the platform knows as
sent needs no second telling.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.channels.actions import speaking, taking
from app.channels.models import ChannelConnection, ChannelOrder, ChannelShipment
from app.channels.order_facts import OrderFacts, PackageFacts, Sent, Shipped
from app.core import db
from app.core.errors import ProviderError
from app.core.outbox import later
from app.orders import actions as orders
from app.orders.models import Fulfilment, Order, OrderLine

GRACE = timedelta(minutes=2)
BUSY = timedelta(seconds=45)
"""So long whoever asked may still wait for the answer; shorter than a job's own lease, so that its next try is not kept away."""


def intend(fulfilment_id: UUID) -> None:
    """In the workspace's scope: something of a platform's order was sent; have the platform told. Told before, nothing happens."""
    fulfilment = db.get(Fulfilment, fulfilment_id)
    wanted = select(ChannelOrder).where(ChannelOrder.order_id == fulfilment.order_id)
    row = db.session().scalars(wanted.with_for_update()).one_or_none()
    told = select(ChannelShipment.id).where(ChannelShipment.fulfilment_id == fulfilment_id)
    if row is None or db.session().scalars(told).one_or_none() is not None:
        return
    shipment = db.add(
        ChannelShipment(
            channel_order_id=row.id,
            fulfilment_id=fulfilment_id,
            carrier=fulfilment.carrier,
            tracking_number=fulfilment.tracking_number,
            handover={},
        )
    )
    _ask(shipment)


def _ask(shipment: ChannelShipment) -> None:
    later("channels.tell_shipped", workspace_id=shipment.workspace_id, shipment_id=shipment.id)


def tell(workspace_id: UUID, shipment_id: UUID) -> None:
    """Job: tell it. A refusal stands on the shipment with the platform's words and waits for a person.

    While another job is asking (the sweep's, or ours before a retry by hand) nothing happens: the platform would hear it twice.
    """
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        order = db.get(ChannelOrder, row.channel_order_id)
        if row.state in ("done", "failed") or (row.asked_at is not None and row.asked_at > db.now() - BUSY):
            return
        asked_before, connection_id, remote_id = row.state == "sent", order.connection_id, order.remote_id
        sent = _sent(row, order)
        row.state, row.asked_at = "sent", db.now()
    try:
        if asked_before and _known(workspace_id, connection_id, remote_id, sent):
            found = Shipped(sent.tracking_number, sent.package_id, already=True)
        else:
            found = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.ship(sent))
    except ProviderError as error:
        _failed(workspace_id, shipment_id, error)
        raise
    _done(workspace_id, shipment_id, found)


def _sent(row: ChannelShipment, order: ChannelOrder) -> Sent:
    """The platform's own lines of what our fulfilment holds, and the parcel there that they lie in."""
    fulfilment = db.get(Fulfilment, row.fulfilment_id) if row.fulfilment_id else None
    facts = msgspec.convert(order.facts, OrderFacts)
    items = _items(fulfilment, facts) if fulfilment else []
    package = _package(facts.packages, items)
    return Sent(
        order_id=order.remote_id,
        package_id=row.package_ref or (package.id if package else ""),
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        tracking_url=fulfilment.tracking_url if fulfilment else "",
        items=items,
    )


def _items(fulfilment: Fulfilment, facts: OrderFacts) -> list[str]:
    ids = [UUID(entry["line_id"]) for entry in fulfilment.lines]
    keys = set(db.session().scalars(select(OrderLine.channel_key).where(OrderLine.id.in_(ids))))
    return [one for item in facts.items if item.ids and min(item.ids) in keys for one in item.ids]


def _package(packages: Sequence[PackageFacts], items: Sequence[str]) -> PackageFacts | None:
    """The parcel with most of these lines that is not gone yet."""
    open_ones = [one for one in packages if one.state in ("unknown", "to_ship", "arranged")]
    return max(open_ones, key=lambda one: len(set(one.items) & set(items)), default=None)


def _known(workspace_id: UUID, connection_id: UUID, remote_id: str, sent: Sent) -> bool:
    """Whether the platform has it already: looked up after an answer that was lost."""
    found = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.read_orders([remote_id]))
    for order in found:
        if order.state in ("in_transit", "delivered", "completed", "awaiting_collection"):
            return True
        for package in order.packages:
            same = package.id == sent.package_id or package.tracking_number == sent.tracking_number != ""
            if same and package.state in ("arranged", "in_transit", "delivered"):
                return True
    return False


def _failed(workspace_id: UUID, shipment_id: UUID, error: ProviderError) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        row.error, row.failures, row.asked_at = str(error)[:500], row.failures + 1, None
        row.state = "failed" if error.permanent and not error.unknown else "sent" if error.unknown else "intended"
        if row.state == "failed":
            _say(row, f"The platform did not take the tracking number: {error}")


def _done(workspace_id: UUID, shipment_id: UUID, found: Shipped) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        if row.state == "done":
            return
        row.state, row.done_at, row.error = "done", db.now(), ""
        row.tracking_number = row.tracking_number or found.tracking_number
        row.package_ref = row.package_ref or found.package_id
        _say(row, "The platform knows that it is on its way")


def _say(row: ChannelShipment, words: str) -> None:
    order = db.get(ChannelOrder, row.channel_order_id)
    connection = db.get(ChannelConnection, order.connection_id)
    if order.order_id is not None:
        ours = db.get(Order, order.order_id)
        orders.tell(ours, "fulfilment", taking.actor_of(connection.kind), words)


def again(shipment: ChannelShipment) -> None:
    """A person presses retry on a telling that was refused."""
    row = db.lock(shipment)
    if row.state == "failed":
        row.state, row.error = "intended", ""
        _ask(row)


def sweep() -> None:
    """Backstop: tellings whose job was lost, or whose outcome nobody recorded. Labels of the platform have a job of their own."""
    with db.system("sweep channel shipments") as session:
        before = db.now() - GRACE
        rows: Any = session.execute(
            select(ChannelShipment.workspace_id, ChannelShipment.id)
            .where(
                ChannelShipment.state.in_(("intended", "sent")),
                ChannelShipment.fulfilment_id.is_not(None),
                ChannelShipment.created_at < before,
            )
            .limit(200)
        ).all()
    minute = int(db.now().timestamp()) // 600
    for workspace_id, shipment_id in rows:
        with db.workspace(workspace_id):
            later(
                "channels.tell_shipped",
                dedupe_key=f"channels.tell:{shipment_id}:{minute}",
                workspace_id=workspace_id,
                shipment_id=shipment_id,
            )
