"""What the people of a workspace find about an order in their inboxes."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.core.permissions import Permission, Role, allowed
from app.notifications import actions as notifications
from app.orders import states
from app.orders.actions.sending import called
from app.orders.models import Order, OrderLine
from app.workspaces.models import Member, Workspace

NEWS = timedelta(days=1)
"""What was paid earlier is history: a shop that is connected brings its old orders."""


def tell_inboxes(order: Order) -> None:
    """In the seller's scope: a paid order comes to everybody who may see it, as each of them chose. It names no buyer."""
    if order.paid_at is None or order.paid_at < db.now() - NEWS:
        return
    slug = db.session().scalars(select(Workspace.slug).where(Workspace.id == order.workspace_id)).one()
    notifications.tell_all(
        _readers(),
        "orders.new",
        subject(order),
        title=f"#{order.number} · {order.total.format()}",
        words=_listed(states.lines_of(order)),
        path=f"/w/{slug}/orders/{order.number}",
        workspace_id=order.workspace_id,
    )


def seen(user_id: UUID, order: Order) -> None:
    """The person looked at the order, so it is no news any more."""
    notifications.read_subject(user_id, subject(order))


def subject(order: Order) -> str:
    """What an inbox calls it."""
    return f"order:{order.id}"


def _readers() -> Sequence[UUID]:
    roles = [role.value for role in Role if allowed(role, Permission.ORDERS_ORDER_READ)]
    return db.session().scalars(select(Member.user_id).where(Member.role.in_(roles), Member.removed_at.is_(None))).all()


def _listed(lines: Sequence[OrderLine]) -> str:
    return ", ".join(f"{line.quantity} × {called(line)}" for line in lines)
