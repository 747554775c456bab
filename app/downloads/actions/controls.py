"""What a seller decides about one purchase: close it and open it again, its own limit, and sending it once more."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.access import actions as access
from app.access.models import Grant
from app.core import audit, db, mail
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import emit
from app.downloads import queries
from app.downloads.actions.limits import answered, forget_counted
from app.downloads.models import DownloadAllowance
from app.orders import actions as orders
from app.orders.events import OrderChanged
from app.orders.models import Order

SELLER = "seller"


class AlreadyClosed(Refused):
    status = 409
    message = "You have closed this already. Nothing was changed."


class NotPaidHere(Refused):
    status = 409
    message = "This order was not bought in a shop of yours here, so there is nothing to send again."


def close(actor: Actor, grant: Grant, note: str) -> None:
    """End the buyer's access by the seller's own decision, and tell them why; no money moves. Raises AlreadyClosed."""
    grant = db.lock(grant)
    if SELLER in grant.stops:
        raise AlreadyClosed
    said = " ".join(note.split())[:300]
    access.revoke([grant.source_id], SELLER, said)
    order = db.get(Order, grant.order_id)
    answered(grant)
    audit.record(actor, "downloads.close", grant, order=order.number, reason=said)
    summary = f"Closed {{title}}{': ' + said if said else ''}"
    _note(actor, grant, order, summary, "access_closed", answers=True, note=said)


def reopen(actor: Actor, grant: Grant) -> list[str]:
    """Take the seller's decision back. Returns what still stops it (refund, dispute), which is not theirs to undo."""
    grant = db.lock(grant)
    if SELLER not in grant.stops:
        return list(grant.stops)
    access.restore([grant.source_id], SELLER)
    order = db.get(Order, grant.order_id)
    audit.record(actor, "downloads.reopen", grant, order=order.number)
    _note(actor, grant, order, "Opened {title} again", "" if grant.stops else "access_returned")
    return list(grant.stops)


def allow(actor: Actor, grant: Grant, downloads: int | None) -> None:
    """This buyer's own limit of every file, in place of the files' ones; None is no limit. Raises Refused."""
    if downloads is not None and not 1 <= downloads <= 10_000:
        raise Refused("A limit is between 1 and 10,000 downloads. Nothing was changed.", field="downloads")
    grant = db.lock(grant)
    row = {"workspace_id": grant.workspace_id, "id": new_id(), "grant_id": grant.id, "created_at": db.now()}
    made = insert(DownloadAllowance).values(row | {"downloads": downloads})
    keys = ["workspace_id", "grant_id"]
    db.session().execute(made.on_conflict_do_update(index_elements=keys, set_={"downloads": downloads}))
    _limit_changed(actor, grant, f"{downloads} downloads of each file" if downloads else "no limit")


def allow_as_all(actor: Actor, grant: Grant) -> None:
    """The limits of the files hold for this buyer again."""
    grant = db.lock(grant)
    gone = delete(DownloadAllowance).where(DownloadAllowance.grant_id == grant.id)
    if db.session().execute(gone).rowcount:  # type: ignore[attr-defined]
        _limit_changed(actor, grant, "the limits of the files")


def _limit_changed(actor: Actor, grant: Grant, words: str) -> None:
    order = db.get(Order, grant.order_id)
    audit.record(actor, "downloads.allow", grant, order=order.number, limit=words)
    answered(grant)
    summary = f"Set what the buyer may download of {{title}}: {words}"
    _note(actor, grant, order, summary, "downloads_allowed", answers=True, words=words)


def deliver_again(actor: Actor, order: Order, *, reset: bool) -> None:
    """Mail the downloads once more with a new link; every older link of the purchase dies. `reset` forgets what was counted.

    Raises NotPaidHere for an order that nothing was opened for.
    """
    order = db.lock(order)
    grants = _open_grants(order.id)
    if not order.own or not grants:
        raise NotPaidHere
    token = orders.renew_links(order.group_id)
    counted = [grant for grant in grants if reset and forget_counted(grant)]
    audit.record(actor, "downloads.deliver_again", order, order=order.number, reset=bool(counted))
    for grant in counted:
        answered(grant)
    words = "Sent the downloads again; older links of the purchase ended" + (", counts began anew" if counted else "")
    event = orders.tell(order, "access", actor, words, **({"reset": counted[0].id} if counted else {}))
    mail.post(
        order.buyer_email,
        "downloads_again",
        f"downloads-again:{event.id}",
        name=order.buyer_name,
        shop=order.shop.name,
        titles=[grant.product.title for grant in grants],
        reset=bool(counted),
        token=token,
    )
    _changed(order)


def _open_grants(order_id: UUID) -> list[Grant]:
    wanted = select(Grant).where(Grant.order_id == order_id, queries.in_library(), Grant.revoked_at.is_(None))
    return list(db.session().scalars(wanted.options(*queries.loaded()).order_by(Grant.id)).unique())


def _note(
    actor: Actor, grant: Grant, order: Order, summary: str, template: str, *, answers: bool = False, **context: Any
) -> None:
    """On the timeline, and to the buyer when `template` is given. `answers`: whatever they asked for is settled by it."""
    title, data = grant.product.title, {"grant": grant.id} | ({"reset": grant.id} if answers else {})
    event = orders.tell(order, "access", actor, summary.replace("{title}", title), **data)
    if template:
        mail.post(
            order.buyer_email,
            template,
            f"{template}:{event.id}",
            name=order.buyer_name,
            shop=order.shop.name,
            title=title,
            grant=grant.id,
            token=orders.purchase_token(order.group),
            **context,
        )
    _changed(order)


def _changed(order: Order) -> None:
    db.session().flush()
    emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
