"""Whose a purchase is: claimed by an address that was proven, handed to an account, or kept from old links."""

from uuid import UUID

from sqlalchemy import exists, func, select, update

from app.access import actions as access
from app.accounts.models import User
from app.core import db
from app.core.ids import new_id
from app.orders.actions.links import purchase_token
from app.orders.models import Order, OrderGroup
from app.payments import actions as payments


def claim(user_id: UUID, email: str) -> int:
    """A person proved an e-mail address: purchases made with it by guests become theirs. Returns how many groups.

    What another account bought stays there, whatever address was typed for it.
    """
    with db.system("claim purchases") as session:
        guest = ~exists().where(User.id == OrderGroup.buyer_id)
        mine = select(OrderGroup.id).where(func.lower(OrderGroup.email) == email.lower(), guest)
        groups = session.scalars(mine).all()
        for group_id in groups:
            hand_over(group_id, user_id)
        return len(groups)


def hand_over(group_id: UUID, buyer_id: UUID) -> None:
    """In system scope: orders, payment and grants of one purchase belong to this buyer from now on."""
    session = db.session()
    session.execute(update(OrderGroup).where(OrderGroup.id == group_id).values(buyer_id=buyer_id))
    session.execute(update(Order).where(Order.group_id == group_id).values(buyer_id=buyer_id))
    payments.move_buyer(group_id, buyer_id)
    access.move(list(session.scalars(select(Order.id).where(Order.group_id == group_id))), buyer_id)


def renew_links(group_id: UUID) -> str:
    """End every link to a purchase that is around, and a guest's browsers with them. Returns the one that opens it now."""
    with db.system("renew purchase links") as session:
        group = db.lock(session.get_one(OrderGroup, group_id))
        group.link_no += 1
        session.flush()
        if not is_account(group.buyer_id):
            hand_over(group_id, new_id())
            session.refresh(group)
        return purchase_token(group)


def is_account(buyer_id: UUID) -> bool:
    """In system scope: whether this buyer is a person with an account, not a guest."""
    return bool(db.session().scalar(select(exists().where(User.id == buyer_id))))
