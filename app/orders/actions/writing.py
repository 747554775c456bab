"""Mail to the buyer of one order."""

from typing import Any

from app.core import mail
from app.orders.actions.links import purchase_token
from app.orders.models import Order


def write(order: Order, template: str, reason: str, **context: Any) -> None:
    """`mail/<template>` to the buyer, once per `reason`; who bought at a platform hears from the platform instead.

    Every template gets the order's `number`, the buyer's `name`, the `shop` and the `token` of the purchase's link.
    """
    if order.own:
        known = {"number": order.number, "name": order.buyer_name, "shop": order.shop.name}
        mail.post(order.buyer_email, template, reason, **known, token=purchase_token(order.group), **context)
