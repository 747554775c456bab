"""Links that open a purchase without an account."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select

from app.accounts.models import User
from app.core import db, signing
from app.orders.models import OrderGroup

LINK_DAYS = 90


def purchase_token(group: OrderGroup) -> str:
    """Opens one purchase without an account, for 90 days, until its links are renewed."""
    return signing.sign("purchase", [str(group.id), str(group.buyer_id), group.link_no])


@dataclass(frozen=True)
class Link:
    """What a link opens: the purchase, the guest it belonged to, and whether it belongs to an account by now."""

    group_id: UUID
    buyer_id: UUID
    owned: bool


def opened(token: str) -> Link | None:
    """What `purchase_token` wrote; None when it is forged, cut, too old, or from before the links were renewed."""
    try:
        payload = signing.unsign("purchase", token, LINK_DAYS * 24 * 3600)
    except signing.BadLink:
        return None
    group_id, buyer_id, link_no = UUID(payload[0]), UUID(payload[1]), payload[2] if len(payload) > 2 else 0
    with db.system("open purchase link") as session:
        account = exists(select(User.id).where(User.id == OrderGroup.buyer_id))
        found = session.execute(select(OrderGroup.buyer_id, account).where(*_current(group_id, link_no))).one_or_none()
    if found is None or (not found[1] and found[0] != buyer_id):
        return None
    return Link(group_id, buyer_id, bool(found[1]))


def _current(group_id: UUID, link_no: int) -> tuple[ColumnElement[bool], ...]:
    return OrderGroup.id == group_id, OrderGroup.link_no == link_no
