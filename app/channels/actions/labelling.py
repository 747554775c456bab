"""The platform's own labels: asked for by handover, numbered and drawn by the platform in its own time, and kept as files.

Platforms that ship by themselves take no label of ours. Addresses of their files die within a day, so the file is stored at once.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.channels.actions import speaking, taking
from app.channels.channel_facts import Document, Handover, OrderFacts, Sent
from app.channels.models import ChannelConnection, ChannelOrder, ChannelShipment
from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from app.core.outbox import emit, later
from app.orders import actions as orders
from app.orders.events import OrderChanged
from app.orders.models import Order

TYPES = {"application/pdf": "pdf", "application/zpl": "zpl", "text/plain": "zpl", "image/png": "png"}
PATIENCE = 8.0
"""Seconds until a label that is being made is asked for again."""


class CannotLabel(Refused):
    status = 409
    message = "This parcel needs no label of the platform's, or is on hold. Nothing was asked of the platform."


def handovers(workspace_id: UUID, channel_order_id: UUID, package_ref: str) -> Sequence[Handover]:
    """Outside of any scope: the ways in which the platform takes this parcel."""
    with db.workspace(workspace_id):
        row = db.get(ChannelOrder, channel_order_id)
        connection_id, remote_id = row.connection_id, row.remote_id
    return speaking.ask(workspace_id, connection_id, lambda adapter: adapter.handovers(remote_id, package_ref))


def want(actor: Actor, row: ChannelOrder, package_ref: str, handover: Handover) -> ChannelShipment:
    """Have the platform make its label for a parcel, once. Raises CannotLabel."""
    row = db.lock(row)
    order = db.get(Order, row.order_id) if row.order_id else None
    facts = msgspec.convert(row.facts, OrderFacts)
    known = {one.id: one for one in facts.packages}
    if order is None or not order.platform_ships or order.held_at is not None or package_ref not in known:
        raise CannotLabel
    mine = select(ChannelShipment).where(
        ChannelShipment.channel_order_id == row.id, ChannelShipment.package_ref == package_ref
    )
    found = db.session().scalars(mine.with_for_update()).one_or_none()
    if found is not None and found.state != "failed":
        return found
    if found is None:
        found = db.add(ChannelShipment(channel_order_id=row.id, package_ref=package_ref, handover={}))
    found.handover, found.state, found.error = msgspec.to_builtins(handover), "intended", ""
    audit.record(actor, "channels.want_label", row, package=package_ref, handover=handover.words)
    orders.tell(order, "fulfilment", actor, f"Asked for the platform's label: {handover.words}")
    later("channels.fetch_label", workspace_id=row.workspace_id, shipment_id=found.id)
    return found


def fetch(workspace_id: UUID, shipment_id: UUID) -> None:
    """Job: arrange the parcel, then ask for number and file until they are there. Arranged twice is as good as once."""
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        order = db.get(ChannelOrder, row.channel_order_id)
        if row.state in ("done", "failed"):
            return
        connection_id, remote_id, package = order.connection_id, order.remote_id, row.package_ref
        arranged, handover = row.state == "arranged", msgspec.convert(row.handover, Handover)
        if not arranged:
            row.state, row.asked_at = "sent", db.now()
    try:
        if not arranged:
            sent = Sent(remote_id, package, handover)
            found = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.ship(sent))
            _note(workspace_id, shipment_id, state="arranged", tracking_number=found.tracking_number)
        number = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.tracking_number(remote_id, package))
        _note(workspace_id, shipment_id, tracking_number=number)
        drawn = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.document(remote_id, package))
        if drawn is None:
            raise ProviderError("label", "the platform is still making it", permanent=False, retry_after=PATIENCE)
    except ProviderError as error:
        _failed(workspace_id, shipment_id, error)
        raise
    _keep(workspace_id, shipment_id, drawn)


def _note(workspace_id: UUID, shipment_id: UUID, **values: Any) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        for name, value in values.items():
            if value:
                setattr(row, name, value)


def _failed(workspace_id: UUID, shipment_id: UUID, error: ProviderError) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        row.error, row.failures = str(error)[:500], row.failures + 1
        if error.permanent and not error.unknown:
            row.state = "failed"
            _tell(row, f"The platform made no label: {error}")


def _keep(workspace_id: UUID, shipment_id: UUID, drawn: Document) -> None:
    kind = TYPES.get(drawn.content_type.partition(";")[0].strip().lower(), "pdf")
    key = f"workspaces/{workspace_id}/channel-labels/{shipment_id}.{kind}"
    storage.put_bytes(key, drawn.data)
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        row.document, row.state, row.done_at, row.error = key, "done", db.now(), ""
        _tell(row, "The platform's label is here")


def _tell(row: ChannelShipment, words: str) -> None:
    mine = db.get(ChannelOrder, row.channel_order_id)
    if mine.order_id is None:
        return
    order = db.get(Order, mine.order_id)
    connection = db.get(ChannelConnection, mine.connection_id)
    orders.tell(order, "fulfilment", taking.actor_of(connection.kind), words)
    emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
