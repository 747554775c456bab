"""The letter that asks for a review, and the one click that ends such letters of a shop (RFC 8058)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from app.access.models import Grant
from app.catalogue.models import Shop
from app.core import db, mail, settings, signing
from app.core.ids import new_id
from app.orders import actions as orders
from app.orders.models import Order
from app.reviews.models import ReviewOptOut

PURPOSE = "review-reminders"
LIVES = 400 * 86_400


def send(order: Order, grants: Sequence[Grant], to: str) -> None:
    """In the seller's scope. Repeating it for the same purchase sends nothing."""
    out = signing.sign(PURPOSE, [str(order.workspace_id), str(order.shop_id), order.buyer_email.lower()])
    address = f"{settings.current().app_url}/unsubscribe/reviews/{out}"
    mail.post(
        to,
        "review_reminder",
        f"review-reminder:{order.id}",
        {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        name=order.buyer_name,
        shop=order.shop.name,
        items=[{"title": one.product.title, "grant": one.id} for one in grants],
        token=orders.purchase_token(order.group),
        out=out,
    )


@dataclass(frozen=True)
class Reminders:
    """What a link from such a letter is about. `on`: reminders of this shop still come."""

    shop: str
    on: bool


def reminders(token: str) -> Reminders:
    """Raises BadLink."""
    workspace_id, shop_id, email = _read(token)
    with db.workspace(workspace_id) as session:
        off = exists().where(ReviewOptOut.shop_id == shop_id, ReviewOptOut.email == email)
        return Reminders(db.get(Shop, shop_id).name, not session.scalar(select(off)))


def stop(token: str) -> None:
    """No more reminders of this shop to this address. Doing it twice changes nothing. Raises BadLink."""
    workspace_id, shop_id, email = _read(token)
    with db.workspace(workspace_id) as session:
        row = {"workspace_id": workspace_id, "id": new_id(), "shop_id": shop_id, "email": email}
        session.execute(insert(ReviewOptOut).values(row | {"created_at": db.now()}).on_conflict_do_nothing())


def resume(token: str) -> None:
    """Raises BadLink."""
    workspace_id, shop_id, email = _read(token)
    with db.workspace(workspace_id) as session:
        session.execute(delete(ReviewOptOut).where(ReviewOptOut.shop_id == shop_id, ReviewOptOut.email == email))


def _read(token: str) -> tuple[UUID, UUID, str]:
    workspace_id, shop_id, email = signing.unsign(PURPOSE, token, LIVES)
    return UUID(workspace_id), UUID(shop_id), str(email)
