"""Named sets of filters."""

from uuid import UUID

from sqlalchemy import or_, select

from app.core import db
from app.orders.models import OrderView


def saved_views(reader: UUID | None) -> list[OrderView]:
    """The reader's own and the team's, by name."""
    mine = or_(OrderView.shared, OrderView.owner_id == reader)
    return list(db.session().scalars(select(OrderView).where(mine).order_by(OrderView.name, OrderView.id).limit(50)))
