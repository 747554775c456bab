"""Mails that a buyer asks to have once more."""

from sqlalchemy import select

from app.core import audit, db, mail
from app.core.actor import Actor
from app.core.errors import Refused
from app.orders.actions.links import purchase_token
from app.orders.actions.sending import called
from app.orders.actions.writing import write
from app.orders.models import Fulfilment, Order, OrderLine
from app.orders.timeline import tell

PAUSE = 10
"""Minutes in which the same mail goes out once, however often it is asked for."""


class HeardElsewhere(Refused):
    status = 409
    message = "Who bought at a platform hears from it, so nothing was sent. Write to them there."


def send_link_again(actor: Actor, order: Order) -> None:
    """The link that opens this purchase, to the address it was made with. Raises HeardElsewhere, Refused before payment."""
    _refuse(order)
    group = order.group
    one = {"code": group.code, "date": group.created_at.strftime("%d %B %Y"), "token": purchase_token(group)}
    mail.post(order.buyer_email, "purchases_link", f"link-again:{group.id}:{_slot()}", purchases=[one])
    tell(order, "access", actor, "Sent the link to the purchase again")
    audit.record(actor, "orders.send_link_again", order)


def tell_way_again(actor: Actor, order: Order, sent: Fulfilment) -> None:
    """The mail that said a parcel left, as things stand now. Raises HeardElsewhere, Refused for a cancelled parcel."""
    _refuse(order)
    if sent.state == "cancelled":
        raise Refused("This parcel was cancelled, so there is nothing to follow. Nothing was sent.")
    quantities = {entry["line_id"]: entry["quantity"] for entry in sent.lines}
    lines = db.session().scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position))
    write(
        order,
        "order_shipped",
        f"shipped-again:{sent.id}:{_slot()}",
        rest=order.fulfilment_state == "part_fulfilled",
        carrier=sent.carrier,
        tracking_number=sent.tracking_number,
        tracking_url=sent.tracking_url,
        lines=[
            {"title": called(line), "quantity": quantities[str(line.id)]}
            for line in lines
            if str(line.id) in quantities
        ],
    )
    tell(order, "fulfilment", actor, "Sent the tracking to the buyer again")
    audit.record(actor, "orders.tell_way_again", order, fulfilment_id=sent.id)


def _refuse(order: Order) -> None:
    if not order.own:
        raise HeardElsewhere
    if order.paid_at is None:
        raise Refused("This order is not paid, so there is nothing to send yet. Nothing was sent.")


def _slot() -> str:
    now = db.now()
    return f"{now:%Y%m%d%H}{now.minute // PAUSE}"
