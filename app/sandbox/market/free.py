"""A shop of one's own has no law: its owner may write any state on an order. Stock follows."""

from app.sandbox.stripe.scope import Scope

from . import goods, orders, taking
from .errors import CannotDo
from .store import Doc

ENDED = ("cancelled",)
SENT = ("in_transit", "delivered", "completed")


def put(scope: Scope, shop: Doc, order: Doc, state: str, by: str = "seller") -> Doc:
    """Write a state: unsent stock goes back when it becomes cancelled, and is taken again when it comes back from there.

    Raises CannotDo: unknown state, or not enough stock to come back.
    """
    if state not in orders.STATES:
        raise CannotDo(f"state must be one of {', '.join(orders.STATES)}")
    before = order["state"]
    if before == state:
        return order
    if before in ENDED:
        _revive(scope, shop, order)
    if state in ENDED:
        _end(scope, shop, order)
    if state in SENT and before not in SENT:
        _send(scope, shop, order)
    if state not in ("unpaid", "cancelled") and order["paid_at"] is None:
        order["paid_at"] = scope.now()
    return orders.move(scope, shop, order, state, f"Set to {state.replace('_', ' ')}", by)


def _end(scope: Scope, shop: Doc, order: Doc) -> None:
    for line in order["lines"]:
        units = orders.active(line) - line["sent"]
        if units > 0:
            taking.release(scope, shop, line, units, back=True, by="cancel")
            line["cancelled"] += units
    for parcel in order["packages"]:
        parcel["state"] = "cancelled" if parcel["state"] == "to_ship" else parcel["state"]
    orders.effect(scope, shop, "cancel", order, by="seller")


def _revive(scope: Scope, shop: Doc, order: Doc) -> None:
    for line in order["lines"]:
        product = goods.get(scope, shop, line["product"])
        if product and line["cancelled"]:
            line["pieces"] = taking.take(scope, shop, product, goods.sku_of(product, line["sku_id"]), line["cancelled"])
            line["cancelled"] = 0
    for parcel in order["packages"]:
        parcel["state"] = "to_ship" if parcel["state"] == "cancelled" else parcel["state"]


def _send(scope: Scope, shop: Doc, order: Doc) -> None:
    for line in order["lines"]:
        units = orders.active(line) - line["sent"]
        if units > 0:
            taking.release(scope, shop, line, units, back=False, by="sent")
            line["sent"] += units
    for parcel in order["packages"]:
        if parcel["state"] == "to_ship":
            parcel.update(state="in_transit", sent_at=scope.now(), method="own")
    orders.effect(scope, shop, "ship", order, by="seller")
