"""Packages of orders: arranged, collected, delivered. An order's state follows from its packages."""

import secrets
from typing import Any

from app.sandbox.stripe import timers
from app.sandbox.stripe.scope import Scope

from . import ids, orders, shops, taking
from .errors import CannotDo
from .store import Doc

METHODS = ("pickup", "drop_off", "own")
STATES = ("to_ship", "arranged", "in_transit", "delivered", "failed", "cancelled")
COMPLETE = "market.complete"
COMPLETE_AFTER = 7 * timers.DAY
CARRIER = {"tiktok": "TikTok Shipping", "shopee": "Shopee Xpress", "woocommerce": "Own carrier"}


def package(scope: Scope, shop: Doc, order: Doc, lines: dict[str, int] | None = None) -> Doc:
    """A new package doc, of everything in the order unless `lines` says {line: units}."""
    every = {one["id"]: orders.active(one) for one in order["lines"] if orders.active(one)}
    return {
        "id": ids.new(scope, shop["platform"], "package"), "state": "to_ship", "method": "", "tracking": "", "carrier": "",
        "lines": every if lines is None else lines, "orders": [order["id"]], "polls": 0, "retry": False,
        "arranged_at": None, "sent_at": None, "delivered_at": None, "scans": [],
    }  # fmt: skip


def of(order: Doc, package_id: str = "") -> Doc:
    """The package with this id, or the only one. Raises CannotDo (unknown; given when there are several)."""
    if not package_id:
        living = [one for one in order["packages"] if one["state"] != "cancelled"]
        if len(living) != 1:
            raise CannotDo(f"Order {order['number']} has {len(living)} packages: say which.", "given")
        return living[0]
    found = next((one for one in order["packages"] if one["id"] == str(package_id)), None)
    if found is None:
        raise CannotDo(f"Order {order['number']} has no package {package_id}.", "unknown")
    return found


def find(scope: Scope, shop: Doc, package_id: object) -> tuple[Doc, Doc] | None:
    """(order, package) of a package's id; of a combined one the first order."""
    order = orders.by_part(scope, shop, "package", package_id)
    return (order, of(order, str(package_id))) if order else None


# --- on its way ------------------------------------------------------------------------------------------------------
def arrange(
    scope: Scope,
    shop: Doc,
    order: Doc,
    package_id: str = "",
    *,
    method: str,
    tracking: str = "",
    carrier: str = "",
    polls: int = 0,
    lines: dict[str, int] | None = None,
) -> Doc:
    """The seller says that a package goes: `own` is on its way at once, `pickup` and `drop_off` wait for the platform's carrier.

    The platform's tracking number is shown after `polls` looks (`tracking_of`). `lines` {line: units} splits the rest off first.
    Raises CannotDo: already, state, cancel_asked, range, unknown.
    """
    _may_arrange(order, method, tracking)
    if lines:
        package_id = _part(scope, shop, order, package_id, lines)
    parcel = of(order, package_id)
    if parcel["state"] != "to_ship":
        raise CannotDo(f"Package {parcel['id']} is arranged already.", "already")
    number = tracking or f"SBX{secrets.randbelow(10**12):012d}"
    changes = {
        "method": method, "tracking": number, "carrier": carrier or CARRIER[shop["platform"]], "polls": polls,
        "retry": False, "arranged_at": scope.now(),
    }  # fmt: skip
    orders.effect(scope, shop, "ship", order, package=parcel["id"], tracking=number, method=method, carrier=carrier)
    after = "in_transit" if method == "own" else "arranged"
    return _change(scope, shop, order, parcel, after, "Shipment arranged" if after == "arranged" else "Sent", **changes)


def _may_arrange(order: Doc, method: str, tracking: str) -> None:
    if method not in METHODS:
        raise CannotDo(f"method must be one of {', '.join(METHODS)}")
    if method == "own" and not tracking:
        raise CannotDo("A parcel of the seller's own needs a tracking number.")
    if order["state"] == "cancel_requested":
        raise CannotDo("The buyer asked to cancel this order: answer that first.", "cancel_asked")
    if order["state"] in ("unpaid", "on_hold", "cancelled"):
        raise CannotDo(f"Order {order['number']} is {order['state'].replace('_', ' ')}.", "state")


def _part(scope: Scope, shop: Doc, order: Doc, package_id: str, lines: dict[str, int]) -> str:
    """The package of just these units: the waiting one itself, or a part split off it."""
    waiting = [one for one in order["packages"] if one["state"] == "to_ship" and package_id in ("", one["id"])]
    held = next((one for one in waiting if all(one["lines"].get(k, 0) >= v > 0 for k, v in lines.items())), None)
    if held is None:
        raise CannotDo("These units are not waiting in one package.", "range")
    rest = {line: units - lines.get(line, 0) for line, units in held["lines"].items() if units > lines.get(line, 0)}
    if not rest:
        return str(held["id"])
    held["lines"] = rest
    parcel = package(shops.scope_of(scope, shop), shop, order, dict(lines))
    order["packages"].append(parcel)
    return str(parcel["id"])


def tracking_of(scope: Scope, shop: Doc, order: Doc, package_id: str = "") -> str:
    """The tracking number, "" as long as the platform has none yet; each look counts."""
    parcel = of(order, package_id)
    if parcel["polls"] > 0:
        parcel["polls"] -= 1
        orders.keep(scope, shop, order)
        return ""
    return str(parcel["tracking"])


def collect(scope: Scope, shop: Doc, order: Doc, package_id: str = "") -> Doc:
    """The platform's carrier has it. Raises CannotDo (state)."""
    return _step(scope, shop, order, package_id, ("arranged",), "in_transit", "Collected by the carrier", polls=0)


def deliver(scope: Scope, shop: Doc, order: Doc, package_id: str = "") -> Doc:
    """It arrived. Raises CannotDo (state)."""
    return _step(scope, shop, order, package_id, ("in_transit", "failed"), "delivered", "Delivered")


def fail_pickup(scope: Scope, shop: Doc, order: Doc, package_id: str = "") -> Doc:
    """The carrier came and found nothing: it has to be arranged again. Raises CannotDo (state)."""
    return _step(
        scope, shop, order, package_id, ("arranged",), "to_ship", "The pick-up failed", retry=True, tracking=""
    )


def fail_delivery(scope: Scope, shop: Doc, order: Doc, package_id: str = "") -> Doc:
    """It could not be delivered. Raises CannotDo (state)."""
    return _step(scope, shop, order, package_id, ("in_transit",), "failed", "Delivery failed")


def scan(scope: Scope, shop: Doc, order: Doc, package_id: str = "", text: str = "Departed the sorting centre") -> Doc:
    """A line of the parcel's journey; states stay. Raises CannotDo (state)."""
    parcel = of(order, package_id)
    if parcel["state"] != "in_transit":
        raise CannotDo(f"Package {parcel['id']} is not on its way.", "state")
    return _change(scope, shop, order, parcel, "in_transit", text)


def _step(
    scope: Scope,
    shop: Doc,
    order: Doc,
    package_id: str,
    come_from: tuple[str, ...],
    state: str,
    text: str,
    **changes: Any,
) -> Doc:
    parcel = of(order, package_id)
    if order["state"] == "cancel_requested":
        raise CannotDo("The buyer asked to cancel this order: answer that first.", "cancel_asked")
    if parcel["state"] not in come_from:
        raise CannotDo(f"Package {parcel['id']} is {parcel['state'].replace('_', ' ')}.", "state")
    return _change(scope, shop, order, parcel, state, text, **changes)


def complete(scope: Scope, shop: Doc, order: Doc) -> Doc:
    """The buyer confirms, or a week went by. Raises CannotDo (state)."""
    if order["state"] != "delivered":
        raise CannotDo(f"Order {order['number']} is not delivered yet.", "state")
    return orders.move(scope, shop, order, "completed", "Completed", "buyer")


def _change(scope: Scope, shop: Doc, order: Doc, parcel: Doc, state: str, text: str, **changes: Any) -> Doc:
    """Move one package in every order that is in it."""
    for one in [order, *(_others(scope, shop, order, parcel))]:
        mine = of(one, parcel["id"])
        before = mine["state"]
        mine.update(changes, state=state)
        mine["scans"].append({"at": scope.now(), "text": text, "state": state})
        if state == "in_transit" and before != state:
            mine["sent_at"] = scope.now()
            _send(scope, shop, one, mine)
        if state == "delivered":
            mine["delivered_at"] = scope.now()
        orders.note(scope, one, f"{text} ({mine['tracking']})" if mine["tracking"] else text, "platform")
        orders.save(scope, shop, one, "package_changed", package=mine["id"], before=before, after=state)
        follow(scope, shop, one)
    return order


def _others(scope: Scope, shop: Doc, order: Doc, parcel: Doc) -> list[Doc]:
    return orders.of_ids(scope, shop, [one for one in parcel["orders"] if one != order["id"]])


def _send(scope: Scope, shop: Doc, order: Doc, parcel: Doc) -> None:
    for line in order["lines"]:
        units = min(parcel["lines"].get(line["id"], 0), orders.active(line) - line["sent"])
        if units > 0:
            taking.release(scope, shop, line, units, back=False, by="sent")
            line["sent"] += units


def state_of(order: Doc) -> str:
    """The state that follows from the packages of a paid order."""
    states = {one["state"] for one in order["packages"] if one["state"] != "cancelled"}
    if not states:
        return "cancelled"
    if "to_ship" in states:
        return "to_ship" if states == {"to_ship"} else "part_shipped"
    if "arranged" in states:
        return "awaiting_collection"
    return "delivered" if states == {"delivered"} else "in_transit"


def follow(scope: Scope, shop: Doc, order: Doc) -> Doc:
    """Let the order's state follow from its packages; an ended or asked-about order stays as it is."""
    state = state_of(order)
    if order["state"] in ("completed", "cancelled", "cancel_requested", "unpaid", "on_hold") or state == order["state"]:
        return order
    if state == "delivered":
        inside = shops.scope_of(scope, shop)
        timers.set_timer(inside.state, COMPLETE, f"{inside.account}:{order['id']}", scope.now() + COMPLETE_AFTER)
    before, order["state"] = order["state"], state  # the package's own line in the history says why
    return orders.save(scope, shop, order, before=before, after=state, by="platform")
