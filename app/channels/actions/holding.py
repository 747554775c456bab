"""Why an order of a platform must wait: said on the order itself, lifted by itself, and never against a seller's own hold."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Variant
from app.channels import channel
from app.channels.models import ChannelConnection, ChannelOrder
from app.core import db
from app.core.actor import Actor
from app.orders import actions as orders
from app.orders.models import Order


def settle(connection: ChannelConnection, row: ChannelOrder, order: Order, short: Mapping[UUID, int]) -> None:
    """Hold the order while there is a reason of ours, and let it go when there is none any more."""
    name = channel.profiles()[connection.kind].name
    reason = _reason(name, row, short) if order.state == "open" else ""
    actor = Actor("provider", name)
    if order.held_at is not None and order.hold_reason != row.hold:
        return
    if reason:
        orders.hold(actor, order, reason)
    elif row.hold and order.held_at is not None:
        orders.release(actor, order)
    row.hold = reason


def _reason(name: str, row: ChannelOrder, short: Mapping[UUID, int]) -> str:
    if row.state == "cancel_requested" and row.cancel_state == "asked":
        return f"The buyer asks to cancel at {name}"
    if row.state == "on_hold":
        return f"{name} holds it for now: it is not to be sent yet"
    if row.unmatched:
        return f"{row.unmatched} item{'s' if row.unmatched > 1 else ''} not matched to a product"
    if short:
        return _oversold(short)
    return ""


def _oversold(short: Mapping[UUID, int]) -> str:
    rows = db.session().execute(select(Variant.id, Variant.sku).where(Variant.id.in_(short)))
    skus = dict(rows.all())
    missing = ", ".join(f"{count} × {skus.get(variant_id) or 'without SKU'}" for variant_id, count in short.items())
    return f"Oversold, missing: {missing}"[:200]
