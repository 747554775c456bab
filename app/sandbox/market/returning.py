"""What comes back, and money that goes back: returns through the platform, refunds by a shop of one's own."""

from collections.abc import Iterable
from typing import Any

from app.sandbox.stripe.scope import Scope

from . import ids, orders, shops, taking
from .errors import CannotDo
from .store import Doc

STATES = ("asked", "accepted", "on_the_way", "refused", "disputed", "refunded", "cancelled")
OPEN = ("asked", "accepted", "on_the_way", "disputed")


def ask(
    scope: Scope,
    shop: Doc,
    order: Doc,
    reason: str,
    lines: Iterable[Doc] | None = None,
    *,
    goods_come_back: bool = True,
    refund: int | None = None,
) -> Doc:
    """The buyer wants their money back for `lines` [{line, quantity}] (everything). Returns the order.

    `refund` is in minor units; left out it is what was paid for them. Raises CannotDo (state, range, already).
    """
    if order["state"] not in ("in_transit", "delivered", "completed"):
        raise CannotDo(f"Nothing of order {order['number']} has been sent.", "state")
    if any(one["state"] in OPEN for one in order["returns"]):
        raise CannotDo(f"A return of {order['number']} is open already.", "already")
    chosen = orders.wanted(order, lines, "returned")
    paid = sum(orders.value_of(line, units) for line, units in chosen)
    doc: Doc = {
        "id": ids.new(shops.scope_of(scope, shop), shop["platform"], "return"), "order": order["id"], "state": "asked",
        "reason": reason, "lines": [{"line": line["id"], "quantity": units} for line, units in chosen],
        "refund": paid if refund is None else refund, "goods_come_back": goods_come_back, "tracking": "", "words": "",
        "created": scope.now(), "updated": scope.now(), "restocked": False,
    }  # fmt: skip
    order["returns"].append(doc)
    return _moved(scope, shop, order, doc, "asked", f"The buyer asks for a return: {reason}", "buyer")


def of(order: Doc, return_id: object) -> Doc:
    """One return of the order; raises CannotDo (unknown)."""
    found = next((one for one in order["returns"] if one["id"] == str(return_id)), None)
    if found is None:
        raise CannotDo(f"Order {order['number']} has no return {return_id}.", "unknown")
    return found


def listed(scope: Scope, shop: Doc, **window: Any) -> list[Doc]:
    """(return + `order_doc`) of the orders in `orders.listed`'s window, newest change last."""
    found = [{**one, "order_doc": order} for order in orders.listed(scope, shop) for one in order["returns"]]
    since, until = window.get("since") or 0, window.get("until") or scope.now() + 1
    by = window.get("by", "updated")
    return sorted((one for one in found if since <= one[by] < until), key=lambda one: (one[by], one["id"]))


def answer(scope: Scope, shop: Doc, order: Doc, return_id: object, accept: bool, words: str = "") -> Doc:
    """The seller says yes (money at once when nothing comes back) or no. Raises CannotDo (unknown, state)."""
    doc = _in(order, return_id, "asked")
    doc["words"] = words
    if not accept:
        return _moved(scope, shop, order, doc, "refused", "The return was refused", "seller")
    _moved(scope, shop, order, doc, "accepted", "The return was accepted", "seller")
    return order if doc["goods_come_back"] else _paid(scope, shop, order, doc)


def dispute(scope: Scope, shop: Doc, order: Doc, return_id: object, words: str = "") -> Doc:
    """The seller leaves the decision to the platform. Raises CannotDo (unknown, state)."""
    doc = _in(order, return_id, "asked", "accepted", "on_the_way")
    doc["words"] = words
    return _moved(scope, shop, order, doc, "disputed", "The seller disputes the return", "seller")


def judge(scope: Scope, shop: Doc, order: Doc, return_id: object, refund: bool) -> Doc:
    """The platform decides a dispute. Raises CannotDo (unknown, state)."""
    doc = _in(order, return_id, "disputed", "refused")
    if refund:
        return _paid(scope, shop, order, doc)
    return _moved(scope, shop, order, doc, "refused", "The platform refused the return", "platform")


def send_back(scope: Scope, shop: Doc, order: Doc, return_id: object, tracking: str = "") -> Doc:
    """The buyer sends it. Raises CannotDo (unknown, state)."""
    doc = _in(order, return_id, "accepted")
    doc["tracking"] = tracking or f"SBXR{doc['id'][-9:]}"
    return _moved(scope, shop, order, doc, "on_the_way", "The parcel comes back", "buyer")


def receive(scope: Scope, shop: Doc, order: Doc, return_id: object, restock: bool = False) -> Doc:
    """It is back: the buyer has their money. No platform puts it on sale by itself; `restock` does. Raises CannotDo."""
    doc = _in(order, return_id, "on_the_way", "accepted")
    return _paid(scope, shop, order, doc, restock)


def withdraw(scope: Scope, shop: Doc, order: Doc, return_id: object) -> Doc:
    """The buyer keeps it. Raises CannotDo (unknown, state)."""
    doc = _in(order, return_id, *OPEN)
    return _moved(scope, shop, order, doc, "cancelled", "The buyer keeps it", "buyer")


def _in(order: Doc, return_id: object, *states: str) -> Doc:
    doc = of(order, return_id)
    if doc["state"] not in states:
        raise CannotDo(f"The return is {doc['state'].replace('_', ' ')}.", "state")
    return doc


def _paid(scope: Scope, shop: Doc, order: Doc, doc: Doc, restock: bool = False) -> Doc:
    _give_back(scope, shop, order, doc["lines"], restock)
    doc["restocked"] = restock
    _book(scope, shop, order, doc["refund"], cause="return", return_id=doc["id"])
    return _moved(scope, shop, order, doc, "refunded", "The buyer has their money back", "platform")


def _give_back(scope: Scope, shop: Doc, order: Doc, lines: Iterable[Doc], restock: bool) -> None:
    for one in lines:
        line = orders.line_of(order, one["line"])
        line["returned"] += one["quantity"]
        if restock:
            taking.put_back(scope, shop, line, one["quantity"], "return")


def _book(scope: Scope, shop: Doc, order: Doc, amount: int, **details: Any) -> None:
    order["refunded"] += amount
    orders.effect(scope, shop, "refund", order, amount, **details)


def _moved(scope: Scope, shop: Doc, order: Doc, doc: Doc, state: str, text: str, by: str) -> Doc:
    before = doc["state"]
    doc.update(state=state, updated=scope.now())
    orders.note(scope, order, text, by)
    return orders.save(scope, shop, order, "return_changed", **{"return": doc["id"]}, before=before, after=state, by=by)


def refund(
    scope: Scope,
    shop: Doc,
    order: Doc,
    amount: int,
    *,
    reason: str = "",
    lines: Iterable[Doc] = (),
    restock: bool = True,
) -> Doc:
    """A shop of one's own pays money back, for `lines` [{line, quantity}] or for nothing in particular.

    Units that were not sent are cancelled, others returned; `restock` puts them on the shelf. The order's state stays.
    Raises CannotDo (state, range, unknown).
    """
    if order["paid_at"] is None:
        raise CannotDo(f"Order {order['number']} is not paid.", "state")
    if not 0 <= amount <= order["total"] - order["refunded"]:
        raise CannotDo("More than was paid cannot be refunded.", "range")
    chosen = orders.wanted(order, list(lines), "returned") if lines else []
    for line, units in chosen:
        _undo(scope, shop, line, units, restock)
    doc: Doc = {
        "id": ids.new(shops.scope_of(scope, shop), shop["platform"], "refund"), "amount": amount, "reason": reason,
        "lines": [{"line": line["id"], "quantity": units} for line, units in chosen], "restock": restock,
        "created": scope.now(),
    }  # fmt: skip
    order["refunds"].append(doc)
    _book(scope, shop, order, amount, cause="refund", refund=doc["id"])
    orders.note(scope, order, f"Refunded: {reason or 'no reason given'}", "seller")
    return orders.save(scope, shop, order, refund=doc["id"], by="seller")


def _undo(scope: Scope, shop: Doc, line: Doc, units: int, restock: bool) -> None:
    unsent = min(units, orders.active(line) - line["sent"])
    if unsent:
        taking.release(scope, shop, line, unsent, back=restock, by="refund")
        line["cancelled"] += unsent
    if units > unsent:
        line["returned"] += units - unsent
        if restock:
            taking.put_back(scope, shop, line, units - unsent, "refund")
