"""Packages split, combined and taken apart again, as long as they wait; the old packages' ids are dead then."""

from collections.abc import Callable, Sequence

from app.sandbox.stripe.scope import Scope

from . import orders, shops
from .errors import CannotDo
from .packing import find, package
from .store import Doc


def split(scope: Scope, shop: Doc, order: Doc, groups: Sequence[dict[str, int]]) -> Doc:
    """Several packages instead of one: each group is {line: units}, together all that waits.

    Raises CannotDo (state, range).
    """
    _waits(order)
    every = {one["id"]: orders.active(one) for one in order["lines"] if orders.active(one)}
    given: dict[str, int] = {}
    for line, units in (item for group in groups for item in group.items()):
        given[line] = given.get(line, 0) + units
    if given != every or len(groups) < 2 or any(not group or min(group.values()) < 1 for group in groups):
        raise CannotDo("Each unit must be in exactly one of at least two packages.", "range")
    return _repack(scope, shop, order, [dict(group) for group in groups], "split")


def unsplit(scope: Scope, shop: Doc, order: Doc) -> Doc:
    """One package again. Raises CannotDo (state)."""
    _waits(order)
    return _repack(scope, shop, order, [None], "unsplit")


def _repack(scope: Scope, shop: Doc, order: Doc, groups: Sequence[dict[str, int] | None], cause: str) -> Doc:
    inside, dead = shops.scope_of(scope, shop), [one["id"] for one in order["packages"]]
    order["packages"] = [package(inside, shop, order, group) for group in groups]
    orders.note(scope, order, f"{len(order['packages'])} package{'s' if len(groups) > 1 else ''}", "seller")
    living = [one["id"] for one in order["packages"]]
    return orders.save(
        scope, shop, order, "package_changed", package=living[0], packages=living, gone=dead, cause=cause
    )


def _waits(order: Doc) -> None:
    if order["state"] != "to_ship" or any(len(one["orders"]) > 1 for one in order["packages"]):
        raise CannotDo(f"Order {order['number']} does not wait in packages of its own.", "state")


def combine(scope: Scope, shop: Doc, those: Sequence[Doc]) -> list[Doc]:
    """One package for several orders of one buyer. Raises CannotDo (state, range)."""
    if len({one["id"] for one in those}) < 2:
        raise CannotDo("It takes two orders to combine.", "range")
    for order in those:
        _waits(order)
    if len({(one["recipient"]["name"], one["recipient"]["line1"], one["recipient"]["postcode"]) for one in those}) > 1:
        raise CannotDo("Only orders to the same address can go together.", "range")
    inside, together = shops.scope_of(scope, shop), [one["id"] for one in those]
    parcel = package(inside, shop, those[0], {})
    return _each(those, lambda order: _join(scope, shop, order, parcel, together))


def _join(scope: Scope, shop: Doc, order: Doc, parcel: Doc, together: list[str]) -> Doc:
    dead = [one["id"] for one in order["packages"]]
    lines = {one["id"]: orders.active(one) for one in order["lines"] if orders.active(one)}
    order["packages"] = [{**parcel, "lines": lines, "orders": together, "scans": []}]
    orders.note(scope, order, f"Goes together with {len(together) - 1} more", "seller")
    return orders.save(
        scope, shop, order, "package_changed", package=parcel["id"], packages=[parcel["id"]], gone=dead, cause="combine"
    )


def uncombine(scope: Scope, shop: Doc, package_id: str) -> list[Doc]:
    """Each order has a package of its own again. Raises CannotDo (unknown, state)."""
    found = find(scope, shop, package_id)
    if found is None:
        raise CannotDo(f"There is no package {package_id}.", "unknown")
    those = orders.of_ids(scope, shop, found[1]["orders"])
    if any(one["state"] != "to_ship" for one in those):
        raise CannotDo(f"Package {package_id} is on its way.", "state")
    return _each(those, lambda order: _repack(scope, shop, order, [None], "uncombine"))


def _each(those: Sequence[Doc], act: Callable[[Doc], Doc]) -> list[Doc]:
    return [act(order) for order in those]
