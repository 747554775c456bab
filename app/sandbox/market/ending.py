"""Orders that do not happen, or not all of them: the buyer asks, the seller answers or cancels."""

from collections.abc import Iterable

from app.sandbox.stripe.scope import Scope

from . import ids, orders, packing, shops, taking
from .errors import CannotDo
from .store import Doc

ALONE = ("unpaid", "on_hold")


def ask(scope: Scope, shop: Doc, order: Doc, reason: str, lines: Iterable[Doc] | None = None) -> Doc:
    """The buyer asks to cancel; unpaid and held orders are cancelled at once. Raises CannotDo (state, already).

    `lines` [{line, quantity}]: only those, where the platform has it.
    """
    if order["state"] == "cancel_requested":
        raise CannotDo(f"The buyer of {order['number']} asked already.", "already")
    if order["state"] in ALONE:
        return cancel(scope, shop, order, reason, "buyer", lines)
    if shop["platform"] == "woocommerce":
        raise CannotDo("A site of one's own has no way to ask; its buyers write to the seller.", "state")
    if order["state"] not in orders.BEFORE_SENDING:
        raise CannotDo(f"Order {order['number']} is {order['state'].replace('_', ' ')}.", "state")
    part = [{"line": line["id"], "quantity": units} for line, units in orders.wanted(order, lines)]
    begun = _cancel(scope, shop, order, reason, "buyer", "asked", part)
    begun["before"] = order["state"]
    orders.move(
        scope, shop, order, "cancel_requested", f"The buyer asks to cancel: {reason}", "buyer", cancel=begun["id"]
    )
    return _tell(scope, shop, order, "asked")


def answer(scope: Scope, shop: Doc, order: Doc, accept: bool, by: str = "seller") -> Doc:
    """The seller says yes or no. Raises CannotDo (not_asked)."""
    asked = _asked(order)
    asked["state"] = "accepted" if accept else "refused"
    if not accept:
        orders.move(scope, shop, order, packing.state_of(order), "The cancellation was refused", by, cancel=asked["id"])
        return _tell(scope, shop, order, "refused")
    _end_units(scope, shop, order, asked, restock=True, by=by)
    return _tell(scope, shop, order, "accepted")


def withdraw(scope: Scope, shop: Doc, order: Doc) -> Doc:
    """The buyer wants it after all. Raises CannotDo (not_asked)."""
    asked = _asked(order)
    asked["state"] = "withdrawn"
    orders.move(
        scope, shop, order, packing.state_of(order), "The buyer wants it after all", "buyer", cancel=asked["id"]
    )
    return _tell(scope, shop, order, "withdrawn")


def _asked(order: Doc) -> Doc:
    if order["state"] != "cancel_requested":
        raise CannotDo(f"Nobody asked to cancel order {order['number']}.", "not_asked")
    return order["cancels"][-1]


def cancel(
    scope: Scope,
    shop: Doc,
    order: Doc,
    reason: str,
    by: str = "seller",
    lines: Iterable[Doc] | None = None,
    restock: bool = True,
) -> Doc:
    """Cancel everything, or `lines` [{line, quantity}]; their stock goes back when `restock`. `by` seller, buyer or platform.

    Raises CannotDo: already, state (it is under way), cancel_asked, range, unknown.
    """
    if order["state"] == "cancelled":
        raise CannotDo(f"Order {order['number']} is cancelled already.", "already")
    if order["state"] == "cancel_requested":
        raise CannotDo(f"The buyer of {order['number']} asked to cancel: answer that.", "cancel_asked")
    if order["state"] not in orders.BEFORE_SENDING:
        raise CannotDo(f"Order {order['number']} is {order['state'].replace('_', ' ')}.", "state")
    part = [{"line": line["id"], "quantity": units} for line, units in orders.wanted(order, lines)]
    _unsent(order, part)
    done = _cancel(scope, shop, order, reason, by, "done", part)
    _end_units(scope, shop, order, done, restock, by)
    return _tell(scope, shop, order, "done")


def _unsent(order: Doc, part: list[Doc]) -> None:
    for one in part:
        line = orders.line_of(order, one["line"])
        if one["quantity"] > orders.active(line) - line["sent"]:
            raise CannotDo(f"{line['title']} is on its way.", "state")


def _cancel(scope: Scope, shop: Doc, order: Doc, reason: str, by: str, state: str, lines: list[Doc]) -> Doc:
    doc: Doc = {
        "id": ids.new(shops.scope_of(scope, shop), shop["platform"], "cancel"), "state": state, "by": by, "reason": reason,
        "lines": lines, "restock": True, "created": scope.now(), "updated": scope.now(),
    }  # fmt: skip
    order["cancels"].append(doc)
    return doc


def _end_units(scope: Scope, shop: Doc, order: Doc, doc: Doc, restock: bool, by: str) -> None:
    """Units leave the order and its packages; a paid buyer has their money back."""
    doc.update(restock=restock, updated=scope.now())
    back = 0
    for one in doc["lines"]:
        line = orders.line_of(order, one["line"])
        taking.release(scope, shop, line, one["quantity"], back=restock, by="cancel")
        line["cancelled"] += one["quantity"]
        back += orders.value_of(line, one["quantity"])
        _unpack(order, line["id"], one["quantity"])
    whole = not any(orders.active(one) for one in order["lines"])
    doc["refund"] = _refund(scope, shop, order, order["total"] - order["refunded"] if whole else back)
    orders.effect(
        scope, shop, "cancel", order, doc["refund"], cancel=doc["id"], by=by, lines=doc["lines"], restock=restock
    )
    text = f"Cancelled: {doc['reason']}" if whole else f"Partly cancelled: {doc['reason']}"
    orders.move(scope, shop, order, "cancelled" if whole else _left(order), text, by, cancel=doc["id"])


def _left(order: Doc) -> str:
    return order["state"] if order["state"] in ALONE else packing.state_of(order)


def _unpack(order: Doc, line: str, units: int) -> None:
    for parcel in order["packages"]:
        if parcel["state"] in ("to_ship", "arranged"):
            part = min(units, parcel["lines"].get(line, 0))
            units -= part
            parcel["lines"] = {k: v - (part if k == line else 0) for k, v in parcel["lines"].items()}
            parcel["lines"] = {k: v for k, v in parcel["lines"].items() if v > 0}
            if not parcel["lines"]:
                parcel["state"] = "cancelled"


def _refund(scope: Scope, shop: Doc, order: Doc, amount: int) -> int:
    if order["paid_at"] is None or order["cod"] or amount <= 0:
        return 0
    order["refunded"] += amount
    orders.effect(scope, shop, "refund", order, amount, cause="cancel")
    return amount


def _tell(scope: Scope, shop: Doc, order: Doc, state: str) -> Doc:
    return orders.save(scope, shop, order, "cancel_changed", cancel=order["cancels"][-1]["id"], after=state)
