"""The letter about an update, the same in its preview as in the mailbox, and the one click that ends such letters of a shop."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from app.access.models import Grant
from app.catalogue.models import Shop
from app.core import db, mail, settings, signing
from app.core.ids import new_id
from app.downloads import queries
from app.downloads.models import Update, UpdateOptOut, UpdateRecipient
from app.orders import actions as orders
from app.orders.models import Order

PURPOSE = "update-news"
LIVES = 400 * 86_400


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
    out = signing.sign(PURPOSE, [str(update.workspace_id), str(update.product.shop_id), one.email])
    address = f"{settings.current().app_url}/unsubscribe/updates/{out}"
    mail.post(
        to,
        "product_update",
        f"update:{one.id}",
        {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        **context(update, one.name),
        grant=grant.id,
        token=orders.purchase_token(order.group),
        out=out,
    )


@dataclass(frozen=True)
class News:
    """What a link from such a letter is about. `on`: letters of this shop still come."""

    shop: str
    on: bool


def news(token: str) -> News:
    """Raises BadLink."""
    workspace_id, shop_id, email = _read(token)
    with db.workspace(workspace_id) as session:
        off = exists().where(UpdateOptOut.shop_id == shop_id, UpdateOptOut.email == email)
        return News(db.get(Shop, shop_id).name, not session.scalar(select(off)))


def stop(token: str) -> None:
    """No more letters about updates of this shop to this address. Doing it twice changes nothing. Raises BadLink."""
    workspace_id, shop_id, email = _read(token)
    with db.workspace(workspace_id) as session:
        row = {"workspace_id": workspace_id, "id": new_id(), "shop_id": shop_id, "email": email}
        session.execute(insert(UpdateOptOut).values(row | {"created_at": db.now()}).on_conflict_do_nothing())


def resume(token: str) -> None:
    """Raises BadLink."""
    workspace_id, shop_id, email = _read(token)
    with db.workspace(workspace_id) as session:
        session.execute(delete(UpdateOptOut).where(UpdateOptOut.shop_id == shop_id, UpdateOptOut.email == email))


def _read(token: str) -> tuple[UUID, UUID, str]:
    workspace_id, shop_id, email = signing.unsign(PURPOSE, token, LIVES)
    return UUID(workspace_id), UUID(shop_id), str(email)
