"""Orders of a shop: what they are, how they are read and kept. Placing, packing, ending and returning have files of their own.

An order's doc: id, shop, number, state (STATES), created, updated, paid_at, ship_by, currency, buyer{id, name, email},
recipient{name, line1, line2, city, region, postcode, country, phone}, masked, lines[{id, product, sku_id, sku, title,
variant_title, quantity, unit, seller_discount, platform_discount, cancelled, returned, sent, members, pieces}], subtotal,
seller_discount, platform_discount, delivery, tax, total, refunded, platform_ships, cod, note, packages[{id, state, tracking,
carrier, method, lines{line: units}, orders[ids], polls, retry, scans}], cancel (the newest of cancels[], {} when none), cancels[],
returns[], refunds[], history[], private{}. Money is minor units, moments are seconds since 1970.
"""

from collections.abc import Iterable
from typing import Any

from app.sandbox.stripe import effects
from app.sandbox.stripe.scope import Scope

from . import shops, store, watching
from .errors import CannotDo
from .store import Doc

KIND = "order"
STATES = (
    "unpaid",
    "on_hold",
    "to_ship",
    "part_shipped",
    "awaiting_collection",
    "in_transit",
    "delivered",
    "completed",
    "cancel_requested",
    "cancelled",
)
BEFORE_SENDING = ("unpaid", "on_hold", "to_ship", "part_shipped", "awaiting_collection")


def get(scope: Scope, shop: Doc, order_id: object) -> Doc | None:
    """One order of the shop."""
    return store.find(shops.scope_of(scope, shop), KIND, order_id)


def of_ids(scope: Scope, shop: Doc, order_ids: Iterable[object]) -> list[Doc]:
    """Those that exist, in the order they were asked for."""
    return store.find_many(shops.scope_of(scope, shop), KIND, order_ids)


def listed(scope: Scope, shop: Doc, **window: Any) -> list[Doc]:
    """Orders by `store.listed`'s words: by ("updated", "created"), since, until, after, limit, offset, newest."""
    return store.listed(shops.scope_of(scope, shop), KIND, **window)


def count(scope: Scope, shop: Doc, **window: Any) -> int:
    """How many orders lie in the window."""
    return store.count(shops.scope_of(scope, shop), KIND, **window)


def by_part(scope: Scope, shop: Doc, kind: str, part_id: object) -> Doc | None:
    """The order that a package, cancel or return belongs to (`kind`); of a combined package the first one."""
    owner = store.owner_of(shops.scope_of(scope, shop), kind, part_id)
    return get(scope, shop, owner) if owner else None


def line_of(order: Doc, line_id: object) -> Doc:
    """One line; raises CannotDo (unknown)."""
    found = next((one for one in order["lines"] if one["id"] == str(line_id)), None)
    if found is None:
        raise CannotDo(f"Order {order['number']} has no line {line_id}.", "unknown")
    return found


def active(line: Doc) -> int:
    """Units that are still wanted."""
    return int(line["quantity"] - line["cancelled"])


def wanted(order: Doc, lines: Iterable[Doc] | None, already: str = "cancelled") -> list[tuple[Doc, int]]:
    """(line, units) of [{line, quantity}], or of everything left when `lines` is None. Raises CannotDo (unknown, range)."""
    if lines is None:
        every = [(one, active(one) - (one["returned"] if already == "returned" else 0)) for one in order["lines"]]
        return [(line, units) for line, units in every if units > 0]
    found = [(line_of(order, one["line"]), int(one["quantity"])) for one in lines]
    for line, units in found:
        left = active(line) - (line["returned"] if already == "returned" else 0)
        if not 0 < units <= left:
            raise CannotDo(f"{line['title']}: {units} of {left} is not possible.", "range")
    if not found:
        raise CannotDo("No line was named.", "range")
    return found


def value_of(line: Doc, units: int) -> int:
    """What the buyer paid for some units of a line, in minor units."""
    paid = line["unit"] * line["quantity"] - line["seller_discount"] - line["platform_discount"]
    return int(paid * units // line["quantity"])


def note(scope: Scope, order: Doc, text: str, by: str) -> None:
    """Write a sentence into the order's history."""
    order["history"].append({"at": scope.now(), "text": text, "by": by, "state": order["state"]})


def keep(scope: Scope, shop: Doc, order: Doc) -> Scope:
    """Keep the order and where its parts are; returns the shop's scope."""
    inside = shops.scope_of(scope, shop)
    order["cancel"] = order["cancels"][-1] if order["cancels"] else {}
    store.save(inside, KIND, order)
    point(inside, order)
    return inside


def point(inside: Scope, order: Doc) -> None:
    """Remember which order the packages, cancellations and returns belong to."""
    for kind, members in (("package", "packages"), ("cancel", "cancels"), ("return", "returns")):
        store.point(inside, kind, order["id"], [one["id"] for one in order[members]])


def save(scope: Scope, shop: Doc, order: Doc, event: str = "order_changed", **detail: Any) -> Doc:
    """Keep the changed order and tell those who watch."""
    inside = keep(scope, shop, order)
    watching.tell(inside, shop, event, order, **detail)
    return order


def move(scope: Scope, shop: Doc, order: Doc, state: str, text: str, by: str, **detail: Any) -> Doc:
    """Put the order into a state that its caller found legal; tells order_changed with before and after."""
    before, order["state"] = order["state"], state
    note(scope, order, text, by)
    return save(scope, shop, order, before=before, after=state, by=by, **detail)


def effect(scope: Scope, shop: Doc, kind: str, order: Doc, amount: int = 0, **details: Any) -> None:
    """One row in the ledger of effects: ship, cancel, refund."""
    effects.record(
        shops.scope_of(scope, shop), kind, {"id": order["id"], "amount": amount, "currency": order["currency"]},
        platform=shop["platform"], shop=shop["id"], order=order["id"], **details,
    )  # fmt: skip
