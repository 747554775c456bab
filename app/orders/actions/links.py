"""Links that open a purchase without an account."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from app.accounts.models import User
from app.core import db, signing
from app.orders.models import OrderGroup

LINK_DAYS = 90


def purchase_token(group: OrderGroup) -> str:
    """Opens one purchase without an account, for 90 days."""
    return signing.sign("purchase", [str(group.id), str(group.buyer_id)])


@dataclass(frozen=True)
class Link:
    """What a link opens: the purchase, the guest it belonged to, and whether it belongs to an account by now."""

    group_id: UUID
    buyer_id: UUID
    owned: bool


def opened(token: str) -> Link | None:
    """What `purchase_token` wrote; None when it is forged, cut or too old."""
    try:
        group_id, buyer_id = (UUID(part) for part in signing.unsign("purchase", token, LINK_DAYS * 24 * 3600))
    except signing.BadLink:
        return None
    with db.system("open purchase link") as session:
        owned = session.scalar(select(exists().where(OrderGroup.id == group_id, User.id == OrderGroup.buyer_id)))
    return Link(group_id, buyer_id, bool(owned))
