"""What the order book and the buyer's purchase page ask about parcels (app/wiring.py hands it to them)."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.orders.models import Order
from app.shipping.actions import returning
from app.shipping.models import Label, Parcel
from app.shipping.words import RETURNS

SAID = {
    "raised": ("needs_attention", ""),
    "draft": ("", ""),
    "buying": ("processing", "Buying label"),
    "labelled": ("label_bought", "Label bought"),
    "shipped": ("shipped", "Sent"),
    "in_transit": ("in_transit", "On its way"),
    "out_for_delivery": ("out_for_delivery", "Out for delivery"),
    "available_for_pickup": ("waiting", "To be picked up"),
    "returned": ("returned", "Came back"),
    "lost": ("lost", "Lost"),
    "delivered": ("delivered", "Delivered"),
}
"""Status and words. An order with several parcels says the first of these that one of them is at."""
RANK = list(SAID)


def ways(orders: Iterable[UUID]) -> Mapping[UUID, tuple[str, str]]:
    """(status, words) per order that has a label or is under way, in the open workspace; two queries."""
    wanted = select(Parcel).where(
        Parcel.order_id.in_(list(orders)), Parcel.direction == "out", Parcel.state != "cancelled"
    )
    found = list(db.session().scalars(wanted.execution_options(populate_existing=True)))
    planned = [parcel.id for parcel in found if parcel.state == "draft"]
    asked = select(Label.parcel_id).where(Label.parcel_id.in_(planned), Label.state.in_(("intended", "sent")))
    buying = set(db.session().scalars(asked)) if planned else set()
    first: dict[UUID, tuple[int, tuple[str, str]]] = {}
    for parcel in found:
        place = "buying" if parcel.id in buying else _place(parcel)
        said = (RANK.index(place), (SAID[place][0], SAID[place][1] or parcel.raised))
        first[parcel.order_id] = min(said, first.get(parcel.order_id, said))
    return {order: said for order, (_, said) in first.items() if said[0]}


def _place(parcel: Parcel) -> str:
    if parcel.raised:
        return "raised"
    return parcel.status if parcel.state == "shipped" and parcel.status in SAID else parcel.state


def returns(orders: Iterable[Order]) -> Mapping[UUID, list[tuple[str, str]]]:
    """Words and address per order of the buyer: asking for a return where one is possible, then the earlier ones."""
    links = {}
    for order in orders:
        if order.fulfilments:
            with db.workspace(order.workspace_id):
                asks = [("Send something back", f"/returns/new/{order.id}")] if returning.possible(order) else []
                earlier = returning.of_order(order.id)
            links[order.id] = asks + [
                (f"Return {row.number}: {RETURNS[row.state].lower()}", f"/returns/{row.id}") for row in earlier
            ]
    return links
