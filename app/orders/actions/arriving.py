"""What was sent has arrived."""

from uuid import UUID

from app.core import db
from app.core.outbox import emit
from app.orders.events import OrderChanged
from app.orders.models import Fulfilment, Order


def delivered(order: Order, fulfilment_id: UUID | None) -> None:
    """The carrier, or a person, says that a fulfilment reached the buyer. Said again it changes nothing."""
    if fulfilment_id is None:
        return
    fulfilment = db.lock(db.get(Fulfilment, fulfilment_id))
    if fulfilment.state == "shipped":
        fulfilment.state, fulfilment.delivered_at = "delivered", db.now()
        emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
