"""What the team does for a buyer from beside a thread. In the workspace's scope; each part is its own feature's action."""

from app.access.models import Grant
from app.core.actor import Actor
from app.forum import asker
from app.orders import actions as orders
from app.orders.models import Fulfilment, Order


def deliver_again(actor: Actor, order: Order, grant: Grant) -> str:
    """Give used downloads back, or send the link to them once more. Returns what was done, in words. Raises Refused."""
    if grant.revoked_at is None and asker.doors.reset(actor, grant):
        return "The downloads are given back, and the buyer has a mail about it."
    orders.send_link_again(actor, order)
    return f"The link to order {order.number} is on its way to the buyer's inbox."


def tell_way_again(actor: Actor, order: Order, sent: Fulfilment) -> str:
    """Mail the tracking of a parcel once more. Returns what was done, in words. Raises Refused."""
    orders.tell_way_again(actor, order, sent)
    return f"The tracking of order {order.number} is on its way to the buyer's inbox."
