"""What happens in a shop, as TikTok tells it: hints with ids, after which the listener reads again (TIKTOK.md §9)."""

import secrets
from collections.abc import Callable

from app.sandbox.carriers import store as shelf
from app.sandbox.market import pushes, shops
from app.sandbox.market import store as market
from app.sandbox.market.store import Doc
from app.sandbox.stripe import timers
from app.sandbox.stripe.scope import Scope

from . import aftersales, grants, hooks, products, returns
from . import order_view as view
from .dialect import NAME

ORDER, ADDRESS, PACKAGE, PRODUCT, ENDED, ENDS, CANCEL, RETURN, CHANGED, CREATED = 1, 3, 4, 5, 6, 7, 11, 12, 15, 16
CAUSES = {"split": "SPLIT", "unsplit": "CANCEL_SPLIT", "combine": "COMBINE", "uncombine": "CANCEL_COMBINE"}
CANCELLED = {"CANCELLED": "CANCEL", "CANCELLATION_REQUEST_CANCEL": "CANCELLATION_REQUEST_CANCELLED"}
"""Pushes spell these otherwise than the API does."""


def tell(scope: Scope, shop: Doc, kind: int, data: Doc, about: str = "") -> None:
    """Queue one push of the shop. `private.nameless_pushes` leaves the id out, as older samples do."""
    named = {} if shop["private"].get("nameless_pushes") else {"tts_notification_id": _number(scope)}
    payload = {"type": kind, **named, "shop_id": shop["id"], "timestamp": scope.now(), "data": data}
    pushes.send(scope, NAME, hooks.TYPES[kind].lower(), payload, hooks.listening(scope, kind), about)


def _number(scope: Scope) -> str:
    return str(7_380_066_284_010_000_000 + market.following(scope.on(NAME), "push", 1) * 7919 + secrets.randbelow(7919))


def heard(scope: Scope, shop: Doc, event: str, doc: Doc, detail: Doc) -> None:
    """The marketplace's watcher."""
    if event in TELLERS:
        TELLERS[event](scope, shop, doc, detail)


def _order(scope: Scope, shop: Doc, order: Doc, detail: Doc) -> None:
    said = view.status(order)
    data = {
        "order_id": order["id"],
        "order_status": CANCELLED.get(said, said),
        "is_on_hold_order": order["state"] == "on_hold",
        "update_time": order["updated"],
    }
    tell(scope, shop, ORDER, data, order["number"])


def _package(scope: Scope, shop: Doc, order: Doc, detail: Doc) -> None:
    """Only what became of packages as such; where they are shows in the order's status. A combined one is told once."""
    together = detail.get("cause") == "combine" and order["packages"][0]["orders"][0] != order["id"]
    if detail.get("cause") not in CAUSES or together:
        return
    listed = [
        {"package_id": one["id"], "order_id_list": one["orders"]}
        for one in order["packages"]
        if one["id"] in detail["packages"]
    ]
    data = {"sc_type": CAUSES[detail["cause"]], "role_type": "ROLE_SELLER", "package_list": listed}
    tell(scope, shop, PACKAGE, {**data, "update_time": order["updated"]}, order["number"])


def _address(scope: Scope, shop: Doc, order: Doc, detail: Doc) -> None:
    tell(scope, shop, ADDRESS, {"order_id": order["id"], "update_time": order["updated"]}, order["number"])


def _cancel(scope: Scope, shop: Doc, order: Doc, detail: Doc) -> None:
    cancel = next(one for one in order["cancels"] if one["id"] == detail["cancel"])
    said = aftersales.STATUSES[cancel["state"]]
    data = {
        "order_id": order["id"],
        "cancellations_role": view.ROLES.get(cancel["by"], "SYSTEM"),
        "cancel_status": CANCELLED.get(said, said),
        "cancel_id": cancel["id"],
        "create_time": cancel["created"],
    }
    tell(scope, shop, CANCEL, data, order["number"])


def _return(scope: Scope, shop: Doc, order: Doc, detail: Doc) -> None:
    found = next(one for one in order["returns"] if one["id"] == detail["return"])
    data = {
        "order_id": order["id"],
        "return_id": found["id"],
        "return_role": "BUYER",
        "return_type": returns.kind(found),
        "return_status": returns.STATUSES[found["state"]],
        "create_time": found["created"],
        "update_time": found["updated"],
    }
    tell(scope, shop, RETURN, data, order["number"])


def _product(scope: Scope, shop: Doc, product: Doc, detail: Doc) -> None:
    """A change of status brings the product's id as a whole number, other changes as text: so it is there."""
    cause = detail.get("cause")
    if cause == "state":
        data = {"product_id": int(product["id"]), "status": products.status_of(product), "suspended_reason": ""}
        tell(scope, shop, PRODUCT, {**data, "update_time": product["updated"]}, product["title"])
        return
    more = (
        {}
        if cause == "created"
        else {"changed_fields": ["skus" if cause in ("price", "variations", "counting") else "title"]}
    )
    kind = CREATED if cause == "created" else CHANGED
    tell(scope, shop, kind, {"product_id": product["id"], **more, "update_time": product["updated"]}, product["title"])


def _ended(scope: Scope, shop: Doc, doc: Doc, detail: Doc) -> None:
    grants.end(scope, shop["id"])
    tell(scope, shop, ENDED, {"message": f"Shop_id {shop['id']} is deauthorized from your APP by merchant."})


TELLERS: dict[str, Callable[[Scope, Doc, Doc, Doc], None]] = {
    "order_placed": _order,
    "order_changed": _order,
    "package_changed": _package,
    "address_changed": _address,
    "cancel_changed": _cancel,
    "return_changed": _return,
    "product_changed": _product,
    "access_ended": _ended,
}


def consent_ends(scope: Scope, grant_id: str) -> None:
    """From thirty days before the seller's consent ends, every day."""
    grant = shelf.find(scope.on(NAME), grants.KIND, grant_id)
    if grant is None or grant["ended"] or grant["refresh_until"] <= scope.now():
        return
    for shop in filter(None, (shops.get(scope, NAME, one) for one in grant["shops"])):
        words = "Your authorization is about to expire. Ask the seller to authorize again."
        data = {"message": words, "expiration_time": str(grant["refresh_until"])}
        tell(shops.scope_of(scope, shop), shop, ENDS, data)
    timers.set_timer(scope.state, grants.ENDS, grant_id, scope.now() + timers.DAY)
