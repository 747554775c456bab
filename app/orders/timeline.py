"""Everything that happened to an order, with who or what did it. Others write to it through orders.actions."""

from typing import Any

from app.core import db
from app.core.actor import Actor
from app.core.events import plain
from app.orders.models import Order, OrderEvent


def tell(order: Order, kind: str, actor: Actor, summary: str, **data: Any) -> OrderEvent:
    """`kind` groups the timeline: order, money, fulfilment, access, note. Pages hear of it by the caller's own event."""
    return db.add(
        OrderEvent(
            order_id=order.id,
            kind=kind,
            actor_kind=actor.kind,
            actor_name=actor.name,
            summary=summary,
            data=plain(data),
        )
    )
