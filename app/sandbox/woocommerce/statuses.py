"""WooCommerce's statuses over the marketplace's states. Whoever runs a shop may write any of them on any order."""

from app.sandbox.market import free, orders, packing, returning
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

CORE = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash", "checkout-draft")
TARGETS = {
    "pending": "unpaid", "failed": "unpaid", "checkout-draft": "unpaid", "processing": "to_ship",
    "cancelled": "cancelled", "trash": "cancelled",
}  # fmt: skip
TRACKING = "_wc_shipment_tracking_items"


def of(order: Doc) -> str:
    """The order's status: what was written, until the marketplace moved the order on by itself."""
    written = order["private"]
    if written.get("status") and written.get("state") == order["state"]:
        return str(written["status"])
    state = order["state"]
    if state in free.SENT:
        return "completed"
    return {"unpaid": "pending", "on_hold": "on-hold", "cancelled": "cancelled"}.get(state, "processing")


def known(shop: Doc) -> tuple[str, ...]:
    """The statuses of this shop: the core's, and those of its plugins."""
    return (*CORE, *shop["private"].get("statuses", ()))


def write(scope: Scope, shop: Doc, order: Doc, status: str) -> None:
    """Put an order into a status, with what WooCommerce does then: stock, parcels, a refund on paper. Raises CannotDo."""
    if of(order) == status:
        return
    if status == "completed":
        _send(scope, shop, order)
        order["private"].setdefault("completed_at", scope.now())
    elif status == "refunded":
        _refund(scope, shop, order)
    elif status == "on-hold":
        free.put(scope, shop, order, "unpaid" if order["paid_at"] is None else "on_hold")
    elif status in TARGETS:
        free.put(scope, shop, order, TARGETS[status])
    order["private"].update(status=status, state=order["state"])
    orders.save(scope, shop, order, by="seller")


def _send(scope: Scope, shop: Doc, order: Doc) -> None:
    """Everything that waits is on its way, with the number that a shipment plugin has noted."""
    number, carrier = noted(order)
    waiting = [one["id"] for one in order["packages"] if one["state"] == "to_ship"]
    if number and waiting and order["state"] in ("to_ship", "part_shipped"):
        for package in waiting:
            packing.arrange(scope, shop, order, package, method="own", tracking=number, carrier=carrier)
    elif order["state"] not in free.SENT:
        free.put(scope, shop, order, "completed")


def noted(order: Doc) -> tuple[str, str]:
    """Number and carrier of the newest parcel in the order's meta data."""
    for one in order["private"].get("meta", ()):
        if one["key"] == TRACKING and isinstance(one["value"], list) and one["value"]:
            last = one["value"][-1] if isinstance(one["value"][-1], dict) else {}
            carrier = last.get("tracking_provider") or last.get("custom_tracking_provider")
            return str(last.get("tracking_number") or ""), str(carrier or "")
    return "", ""


def _refund(scope: Scope, shop: Doc, order: Doc) -> None:
    """«Refunded» by hand notes a refund of what is left; no gateway is asked, and no stock comes back by it."""
    left = order["total"] - order["refunded"]
    if order["paid_at"] is not None and left > 0:
        returning.refund(scope, shop, order, left, reason="Order fully refunded.", restock=False)
    if order["state"] not in free.SENT:
        free.put(scope, shop, order, "cancelled")


def after_refund(scope: Scope, shop: Doc, order: Doc) -> None:
    """An order whose whole money went back becomes «refunded» by itself."""
    if order["refunded"] < order["total"] or of(order) == "refunded":
        return
    if order["state"] not in (*free.SENT, "cancelled"):
        free.put(scope, shop, order, "cancelled")
    order["private"].update(status="refunded", state=order["state"])
    orders.save(scope, shop, order, by="seller")


def check(shop: Doc, status: object) -> str:
    """A status that the shop knows; raises CannotDo."""
    if status not in known(shop):
        raise CannotDo(f"status is not one of {', '.join(known(shop))}.", "status")
    return str(status)
