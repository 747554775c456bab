"""When the downloads of a purchase are used up: the buyer asks, the seller gives them back."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update

from app.access.models import Grant
from app.core import audit, db, mail
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit
from app.core.permissions import Permission, Role, allowed
from app.downloads import queries
from app.downloads.models import Download
from app.notifications import actions as notifications
from app.orders import actions as orders
from app.orders.events import OrderChanged
from app.orders.models import Order
from app.workspaces.models import Member, Workspace


class NothingUsedUp(Refused):
    message = "None of these files is used up, so there is nothing to ask for. Nothing was sent."


class AskedAlready(Refused):
    status = 409
    message = (
        "You have asked the seller already. They can give the downloads back with one click; nothing was sent again."
    )


def ask_for_more(actor: Actor, grant: Grant) -> None:
    """In the buyer's scope: tell the seller that the limit is reached. Raises NothingUsedUp, AskedAlready, AccessEnded."""
    shelf = queries.shelf_of(grant)
    if shelf.state not in ("open", "used_up") or not any(item.left == 0 for item in shelf.items):
        raise NothingUsedUp
    with db.workspace(grant.workspace_id):
        order = db.lock(db.get(Order, grant.order_id))
        if queries.asked_at(grant) is not None:
            raise AskedAlready
        buyer = Actor("buyer", order.buyer_name, actor.user_id)
        event = orders.tell(
            order, "access", buyer, f"Asked for more downloads of {grant.product.title}", asked=grant.id
        )
        orders.tell_team(order, "downloads_asked", f"downloads-asked:{event.id}", title=grant.product.title)
        _tell_inboxes(order, grant)
        emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))


def _tell_inboxes(order: Order, grant: Grant) -> None:
    """To everybody who may give them; it names no buyer. The letter is enough of mail."""
    slug = db.session().scalars(select(Workspace.slug).where(Workspace.id == order.workspace_id)).one()
    notifications.tell_all(
        _givers(),
        "downloads.asked",
        _subject(grant),
        title=f"#{order.number} · {grant.product.title}",
        words="Their downloads are used up. Give them back on the page of the order.",
        path=f"/w/{slug}/orders/{order.number}#order-downloads",
        workspace_id=order.workspace_id,
        bundled=False,
    )


def answered(grant: Grant) -> None:
    """In the seller's scope: the buyer waits for nothing any more, so no inbox asks for it."""
    for person in _givers():
        notifications.read_subject(person, _subject(grant))


def _givers() -> Sequence[UUID]:
    roles = [role.value for role in Role if allowed(role, Permission.ORDERS_ORDER_WRITE)]
    return db.session().scalars(select(Member.user_id).where(Member.role.in_(roles), Member.removed_at.is_(None))).all()


def _subject(grant: Grant) -> str:
    return f"downloads-asked:{grant.id}"


def reset(actor: Actor, grant: Grant) -> bool:
    """In the seller's scope: forget what was counted; the log stays. Tells the buyer. False when nothing was counted."""
    if not forget_counted(grant):
        return False
    answered(grant)
    order = db.get(Order, grant.order_id)
    audit.record(actor, "downloads.reset", grant, order=order.number)
    event = orders.tell(order, "access", actor, f"Gave back the downloads of {grant.product.title}", reset=grant.id)
    mail.post(
        order.buyer_email,
        "downloads_reset",
        f"downloads-reset:{event.id}",
        name=order.buyer_name,
        shop=order.shop.name,
        title=grant.product.title,
        token=orders.purchase_token(order.group),
    )
    emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
    return True


def forget_counted(grant: Grant) -> bool:
    """What was counted no longer is; the log stays. False when nothing was."""
    used = update(Download).where(Download.grant_id == grant.id, Download.counted).values(counted=False)
    return bool(db.session().execute(used).rowcount)  # type: ignore[attr-defined]
