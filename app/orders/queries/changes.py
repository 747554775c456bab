"""Questions about whose a purchase is that wait for an answer."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.orders.models import PurchaseChange


def open_change(group_id: UUID) -> PurchaseChange | None:
    """The newest one that still waits, of a purchase that the caller may see."""
    wanted = select(PurchaseChange).where(
        PurchaseChange.group_id == group_id,
        PurchaseChange.state == "open",
        PurchaseChange.created_at > db.now() - timedelta(days=7),
    )
    with db.system("whose a purchase is") as session:
        return session.scalars(wanted).one_or_none()
