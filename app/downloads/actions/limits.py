"""When the downloads of a purchase are used up: the buyer asks, the seller gives them back."""

from sqlalchemy import update

from app.access.models import Grant
from app.core import audit, db, mail
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit
from app.downloads import queries
from app.downloads.models import Download
from app.orders import actions as orders
from app.orders.events import OrderChanged
from app.orders.models import Order


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
        emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))


def reset(actor: Actor, grant: Grant) -> bool:
    """In the seller's scope: forget what was counted; the log stays. Tells the buyer. False when nothing was counted."""
    if not forget_counted(grant):
        return False
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
