"""Mails to the people who run the workspace."""

from typing import Any

from sqlalchemy import select

from app.accounts.models import User
from app.core import db, mail
from app.orders.models import Order
from app.workspaces.models import Member, Workspace

TOLD_ROLES = ("owner", "admin")


def tell_team(order: Order, template: str, reason: str, **context: Any) -> None:
    """In the seller's scope: a mail about `order` to each owner and admin, once per `reason` and person."""
    people = db.session().scalars(
        select(User)
        .join(Member, Member.user_id == User.id)
        .where(Member.role.in_(TOLD_ROLES), Member.removed_at.is_(None))
        .order_by(User.id)
    )
    slug = db.session().scalars(select(Workspace.slug).where(Workspace.id == order.workspace_id)).one()
    for person in people.all():
        mail.post(
            person.email,
            template,
            f"{reason}:{person.id}",
            number=order.number,
            buyer=order.buyer_name,
            shop=order.shop.name,
            path=f"/w/{slug}/orders/{order.number}",
            **context,
        )
