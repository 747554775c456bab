"""The letter that asks for a review, and the one click that ends such letters of a shop (RFC 8058)."""

from collections.abc import Sequence

from app.access.models import Grant
from app.catalogue.models import Shop
from app.core import mail
from app.core.optouts import OptOuts
from app.orders import actions as orders
from app.orders.models import Order
from app.reviews.models import ReviewOptOut

REMINDERS = OptOuts("review-reminders", "reviews", ReviewOptOut, Shop)
"""Who wants to be asked no more by a shop."""


def send(order: Order, grants: Sequence[Grant], to: str) -> None:
    """In the seller's scope. Repeating it for the same purchase sends nothing."""
    out = REMINDERS.token(order.workspace_id, order.shop_id, order.buyer_email)
    mail.post(
        to,
        "review_reminder",
        f"review-reminder:{order.id}",
        REMINDERS.headers(out),
        name=order.buyer_name,
        shop=order.shop.name,
        items=[{"title": one.product.title, "grant": one.id} for one in grants],
        token=orders.purchase_token(order.group),
        out=out,
    )
