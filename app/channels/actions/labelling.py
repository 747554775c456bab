"""The platform's own labels: asked for by handover, numbered and drawn by the platform in its own time, and kept as files.

Platforms that ship by themselves take no label of ours. Addresses of their files die within a day, so the file is stored at once.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.channels.actions import speaking, taking
from app.channels.models import ChannelConnection, ChannelOrder, ChannelShipment
from app.channels.order_facts import Document, Handover, OrderFacts, Sent
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
STILL_LOOKING = timedelta(seconds=30)
"""A question for the ways of handing over that got no answer for this long may be asked once more."""


class CannotLabel(Refused):
    status = 409
    message = "This parcel needs no label of the platform's, or is on hold. Nothing was asked of the platform."


def look(row: ChannelOrder, package_ref: str) -> ChannelShipment:
    """Have the platform asked how it takes a parcel; the panel shows its ways when they are there. Raises CannotLabel."""
    row = db.lock(row)
    _labelled_there(row, package_ref)
    mine = select(ChannelShipment).where(
        ChannelShipment.channel_order_id == row.id,
        ChannelShipment.package_ref == package_ref,
        ChannelShipment.fulfilment_id.is_(None),
    )
    found = db.session().scalars(mine.with_for_update()).one_or_none()
    if found is None:
        found = db.add(ChannelShipment(channel_order_id=row.id, package_ref=package_ref, handover={}))
    elif found.state not in ("looking", "choosing", "failed") or _asked_just_now(found):
        return found
    found.state, found.error, found.ways, found.asked_at = "looking", "", [], db.now()
    later("channels.look_for_handovers", workspace_id=row.workspace_id, shipment_id=found.id)
    return found


def _asked_just_now(row: ChannelShipment) -> bool:
    return row.state == "looking" and row.asked_at is not None and row.asked_at > db.now() - STILL_LOOKING


def again(row: ChannelShipment) -> None:
    """Ask once more for a label that the platform refused, in the way that was chosen. Raises CannotLabel."""
    mine = db.lock(db.get(ChannelOrder, row.channel_order_id))
    if not row.handover:
        look(mine, row.package_ref)
        return
    row = db.lock(row)
    _labelled_there(mine, row.package_ref)
    if row.state == "failed":
        row.state, row.error = "intended", ""
        later("channels.fetch_label", workspace_id=row.workspace_id, shipment_id=row.id)


def _labelled_there(row: ChannelOrder, package_ref: str) -> Order:
    """The order of a parcel that takes only the platform's label, and may leave. Raises CannotLabel."""
    order = db.get(Order, row.order_id) if row.order_id else None
    known = {one.id for one in msgspec.convert(row.facts, OrderFacts).packages} if row.facts else set()
    if order is None or not order.platform_ships or order.held_at is not None or package_ref not in known:
        raise CannotLabel
    return order


def look_for_handovers(workspace_id: UUID, shipment_id: UUID) -> None:
    """Job: the ways in which the platform takes a parcel. A refusal stands on the row, and looking again is a press.

    A platform takes its seconds, so it is asked here and never while somebody waits for a page.
    """
    with db.workspace(workspace_id):
        row = db.get(ChannelShipment, shipment_id)
        if row.state != "looking":
            return
        order = db.get(ChannelOrder, row.channel_order_id)
        connection_id, remote_id, package = order.connection_id, order.remote_id, row.package_ref
    try:
        ways = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.handovers(remote_id, package))
    except ProviderError as error:
        _failed(workspace_id, shipment_id, error)
        raise
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        if row.state == "looking":
            row.ways, row.state = [msgspec.to_builtins(one) for one in ways], "choosing" if ways else "failed"
            row.error = "" if ways else "The platform offers no way to hand this parcel over right now."
            _changed(row)


def want(actor: Actor, row: ChannelShipment, handover_id: str) -> None:
    """Have the platform make its label, handed over in the chosen way; once. Raises CannotLabel, Refused for a way that is not there."""
    mine = db.lock(db.get(ChannelOrder, row.channel_order_id))
    row = db.lock(row)
    if row.state != "choosing":
        return
    order = _labelled_there(mine, row.package_ref)
    chosen = next((one for one in row.ways if one["id"] == handover_id), None)
    if chosen is None:
        raise Refused("Choose how the parcel is handed over. Nothing was asked of the platform.", field="handover")
    row.handover, row.ways, row.state, row.error = chosen, [], "intended", ""
    audit.record(actor, "channels.want_label", mine, package=row.package_ref, handover=chosen["words"])
    orders.tell(order, "fulfilment", actor, f"Asked for the platform's label: {chosen['words']}")
    later("channels.fetch_label", workspace_id=row.workspace_id, shipment_id=row.id)
    _changed(row)


def fetch(workspace_id: UUID, shipment_id: UUID) -> None:
    """Job: arrange the parcel, then ask for number and file until they are there. Arranged twice is as good as once."""
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelShipment, shipment_id))
        order = db.get(ChannelOrder, row.channel_order_id)
        if row.state not in ("intended", "sent", "arranged"):
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
        else:
            _changed(row)


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
    _changed(row)


def _changed(row: ChannelShipment) -> None:
    """The order's panel shows how its label stands."""
    mine = db.get(ChannelOrder, row.channel_order_id)
    if mine.order_id is not None:
        order = db.get(Order, mine.order_id)
        emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
