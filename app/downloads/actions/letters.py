"""The letter about an update, the same in its preview as in the mailbox, and the one click that ends such letters of a shop."""

from typing import Any

from app.access.models import Grant
from app.catalogue.models import Shop
from app.core import mail
from app.core.optouts import OptOuts
from app.downloads import queries
from app.downloads.models import Update, UpdateOptOut, UpdateRecipient
from app.orders import actions as orders
from app.orders.models import Order

NEWS = OptOuts("update-news", "updates", UpdateOptOut, Shop)
"""Who wants to hear no more of a shop's updates."""


def context(update: Update, name: str) -> dict[str, Any]:
    """What the template `product_update` says, but for its links."""
    names = {file.id: file for file in queries.files_now(update.product_id)}
    files = [f"{names[one].name}, release {names[one].release}" for one in update.files if one in names]
    return {
        "name": name,
        "shop": update.product.shop.name,
        "title": update.product.title,
        "notes": update.notes,
        "files": files,
        "thread": update.thread_path,
    }


def send(update: Update, one: UpdateRecipient, to: str, bought: tuple[Grant, Order]) -> None:
    """In the seller's scope. Repeating it for the same recipient sends nothing."""
    grant, order = bought
    out = NEWS.token(update.workspace_id, update.product.shop_id, one.email)
    mail.post(
        to,
        "product_update",
        f"update:{one.id}",
        NEWS.headers(out),
        **context(update, one.name),
        grant=grant.id,
        token=orders.purchase_token(order.group),
        out=out,
    )
