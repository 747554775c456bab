"""The buyer's side: purchases of an account or of a guest."""

from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.core import db
from app.core.errors import NotFound
from app.orders.models import Order, OrderGroup, OrderLine


class NotOpenHere(NotFound):
    """Whether it is there at all is not told."""

    title = "This purchase is not open in this browser"
    message = (
        "A newer link to it may have been sent, or it is kept in an account: then older links and browsers lose it. "
        "Sign in to the account that bought it, or have the link mailed to the address it was bought with."
    )
    ways = (("Mail me the link", "/purchases#links"),)
    sign_in_helps = True


def groups_of(limit: int = 100) -> list[tuple[OrderGroup, list[Order]]]:
    """In a buyer's scope: their purchases, newest first, with orders, lines and shops."""
    groups = list(db.session().scalars(select(OrderGroup).order_by(OrderGroup.created_at.desc()).limit(limit)))
    by_group: dict[UUID, list[Order]] = {group.id: [] for group in groups}
    for order in _orders(Order.group_id.in_(by_group)):
        by_group[order.group_id].append(order)
    return [(group, by_group[group.id]) for group in groups]


def group_detail(group_id: UUID) -> tuple[OrderGroup, list[Order]]:
    """In a buyer's scope. Raises NotOpenHere for somebody else's."""
    group = db.session().scalars(select(OrderGroup).where(OrderGroup.id == group_id)).one_or_none()
    if group is None:
        raise NotOpenHere
    return group, _orders(Order.group_id == group_id)


def is_mine(group_id: UUID) -> bool:
    """In a buyer's scope: whether this purchase is theirs."""
    return bool(db.session().scalar(select(exists().where(OrderGroup.id == group_id))))


def waiting_for_bank() -> list[OrderLine]:
    """In a buyer's scope: downloads that open as soon as a slow payment arrives."""
    statement = (
        select(OrderLine)
        .join(Order, (Order.workspace_id == OrderLine.workspace_id) & (Order.id == OrderLine.order_id))
        .where(Order.payment_state == "processing", Order.state == "pending", OrderLine.downloads)
    )
    return list(db.session().scalars(statement.order_by(OrderLine.id).limit(50)))


def _orders(condition: Any) -> list[Order]:
    statement = (
        select(Order)
        .where(condition)
        .options(selectinload(Order.lines), selectinload(Order.fulfilments), joinedload(Order.shop))
    )
    return list(db.session().scalars(statement.order_by(Order.placed_at, Order.id)).unique())


def groups_by_email(email: str) -> list[OrderGroup]:
    """In system scope: every paid-for or pending purchase made with this address."""
    return list(
        db.session().scalars(
            select(OrderGroup)
            .where(func.lower(OrderGroup.email) == email.strip().lower())
            .order_by(OrderGroup.created_at.desc())
            .limit(50)
        )
    )
