"""A buyer orders, pays, waits out the time for regrets, or moves house."""

from collections.abc import Sequence
from typing import Any

from app.sandbox.stripe import timers
from app.sandbox.stripe.scope import Scope

from . import goods, ids, orders, packing, shops, store, taking, watching
from .errors import CannotDo
from .people import somebody
from .store import Doc

HOLD, PATIENCE, SHIP_WITHIN = 3600, timers.DAY, 2 * timers.DAY
END_HOLD, FORGET = "market.end_hold", "market.unpaid"
BEGINNINGS = ("paid", "unpaid", "on_hold")
Want = tuple[str, str, int]


def place(
    scope: Scope,
    shop: Doc,
    items: Sequence[Want],
    *,
    buyer: Doc | None = None,
    recipient: Doc | None = None,
    state: str = "paid",
    platform_ships: bool = True,
    masked: bool | None = None,
    seller_discount: int = 0,
    platform_discount: int = 0,
    delivery: int = 0,
    tax: int = 0,
    cod: bool = False,
    note: str = "",
    private: Doc | None = None,
) -> Doc:
    """Order `items` (product id, SKU id, quantity) and take their stock; amounts in minor units of the shop's currency.

    `state` paid, unpaid, or on_hold (paid, and the buyer may still cancel alone). `masked` left out: addresses are hidden where
    the platform ships. Raises CannotDo (not_enough, gone, range, holiday); the caller's transaction undoes what was begun.
    """
    _sensible(items, state)
    inside, now = shops.scope_of(scope, shop), scope.now()
    with inside.state.transaction():
        person = somebody(inside, shop)
        lines = _lines(inside, shop, items)
        _share(lines, "seller_discount", seller_discount)
        _share(lines, "platform_discount", platform_discount)
        subtotal = sum(one["unit"] * one["quantity"] for one in lines)
        identifier = ids.new(inside, shop["platform"], "order")
        order: Doc = {
            "id": identifier, "shop": shop["id"], "number": ids.number(inside, shop["platform"], identifier),
            "state": {"paid": "to_ship"}.get(state, state), "paid_at": None if state == "unpaid" else now,
            "ship_by": None if state == "unpaid" else now + SHIP_WITHIN, "currency": shop["currency"],
            "buyer": {**person["buyer"], **(buyer or {})}, "recipient": {**person["recipient"], **(recipient or {})},
            "masked": platform_ships if masked is None else masked, "lines": lines, "subtotal": subtotal,
            "seller_discount": seller_discount, "platform_discount": platform_discount, "delivery": delivery, "tax": tax,
            "total": max(0, subtotal - seller_discount - platform_discount + delivery + tax), "refunded": 0,
            "platform_ships": platform_ships, "cod": cod, "note": note, "packages": [], "cancel": {}, "cancels": [],
            "returns": [], "refunds": [], "history": [], "private": private or {},
        }  # fmt: skip
        order["packages"] = [packing.package(inside, shop, order)]
        orders.note(inside, order, f"Placed, {state.replace('_', ' ')}", "buyer")
        order = store.add(inside, orders.KIND, order)
        orders.point(inside, order)
        _remind(inside, order)
        watching.tell(inside, shop, "order_placed", order, by="buyer")
    return order


def _sensible(items: Sequence[Want], state: str) -> None:
    if state not in BEGINNINGS:
        raise CannotDo(f"state must be one of {', '.join(BEGINNINGS)}")
    if not items or any(quantity < 1 for _, _, quantity in items):
        raise CannotDo("An order needs at least one unit of something.", "range")


def _lines(scope: Scope, shop: Doc, items: Sequence[Want]) -> list[Doc]:
    lines: list[Doc] = []
    for product_id, sku_id, quantity in items:
        product = goods.get(scope, shop, product_id)
        if product is None:
            raise CannotDo(f"There is no product {product_id}.", "gone")
        sku = goods.sku_of(product, sku_id)
        if product["state"] != "active":
            raise CannotDo(f"{product['title']} is not for sale.", "state")
        parts = [1] * quantity if ids.unit_lines(shop["platform"]) else [quantity]
        lines += [_line(scope, shop, product["id"], sku["id"], part) for part in parts]
    return lines


def _line(scope: Scope, shop: Doc, product_id: str, sku_id: str, quantity: int) -> Doc:
    product = goods.get(scope, shop, product_id)  # again: the line before may have taken of the same stock
    assert product is not None
    sku = goods.sku_of(product, sku_id)
    return {
        "id": ids.new(scope, shop["platform"], "line"), "product": product["id"], "sku_id": sku["id"], "sku": sku["sku"],
        "title": product["title"], "variant_title": sku["title"], "quantity": quantity, "unit": sku["price"],
        "seller_discount": 0, "platform_discount": 0, "cancelled": 0, "returned": 0, "sent": 0,
        "members": sku["members"], "pieces": taking.take(scope, shop, product, sku, quantity),
    }  # fmt: skip


def _share(lines: list[Doc], name: str, amount: int) -> None:
    """Share a discount among the lines by their worth, to the last cent."""
    left, worth = amount, sum(one["unit"] * one["quantity"] for one in lines)
    for line in lines:
        value = line["unit"] * line["quantity"]
        part = left if worth <= value else left * value // worth
        line[name], left, worth = part, left - part, worth - value


def _remind(scope: Scope, order: Doc) -> None:
    subject = f"{scope.account}:{order['id']}"
    if order["state"] == "on_hold":
        timers.set_timer(scope.state, END_HOLD, subject, scope.now() + HOLD)
    if order["state"] == "unpaid":
        timers.set_timer(scope.state, FORGET, subject, scope.now() + PATIENCE)


def pay(scope: Scope, shop: Doc, order: Doc, *, hold: bool = False) -> Doc:
    """The buyer pays; with `hold` they may still cancel alone for an hour. Raises CannotDo (state)."""
    _must_be(order, "unpaid", "is not waiting for payment")
    order.update(paid_at=scope.now(), ship_by=scope.now() + SHIP_WITHIN)
    orders.move(scope, shop, order, "on_hold" if hold else "to_ship", "Paid", "buyer")
    _remind(shops.scope_of(scope, shop), order)
    return order


def end_hold(scope: Scope, shop: Doc, order: Doc) -> Doc:
    """The time for regrets is over. Raises CannotDo (state)."""
    _must_be(order, "on_hold", "is not on hold")
    return orders.move(scope, shop, order, "to_ship", "The hold ended", "platform")


def _must_be(order: Doc, state: str, words: str) -> None:
    if order["state"] != state:
        raise CannotDo(f"Order {order['number']} {words}.", "state")


def change_address(scope: Scope, shop: Doc, order: Doc, **recipient: Any) -> Doc:
    """The buyer changes where it goes (recipient's members). Raises CannotDo (state, given)."""
    if order["state"] not in orders.BEFORE_SENDING:
        raise CannotDo(f"Order {order['number']} is under way: its address stays.", "state")
    strange = set(recipient) - set(order["recipient"])
    if strange or not recipient:
        raise CannotDo(f"An address has no {', '.join(sorted(strange)) or 'such member'}.")
    order["recipient"] = {**order["recipient"], **recipient}
    orders.note(scope, order, "The buyer changed the address", "buyer")
    return orders.save(scope, shop, order, "address_changed", by="buyer")
