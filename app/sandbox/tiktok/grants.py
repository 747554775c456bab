"""What sellers allowed: which shops, which scopes, and the tokens that open them."""

import secrets
from typing import Any

from app.sandbox.carriers import store as shelf
from app.sandbox.market.store import Doc
from app.sandbox.stripe import timers
from app.sandbox.stripe.scope import Scope

from .dialect import NAME

KIND, CODES = "tiktok.grant", "tiktok.code"
CODE_LIFE, ACCESS_LIFE, CONSENT_LIFE = 30 * 60, 7 * timers.DAY, 365 * timers.DAY
NOTICE = 30 * timers.DAY
ENDS = "tiktok.consent_ends"
SCOPES = {
    "seller.authorization.info": "See which shops you have",
    "seller.product.basic": "See your products and stock",
    "seller.product.write": "Change stock and prices",
    "seller.order.info": "See your orders",
    "seller.fulfillment.basic": "Ship your orders and print labels",
    "seller.return_refund.basic": "Cancel orders and answer returns",
    "seller.logistics": "See your warehouses and carriers",
}
NEEDED = {
    "authorization": "seller.authorization.info",
    "order": "seller.order.info",
    "fulfillment": "seller.fulfillment.basic",
    "return_refund": "seller.return_refund.basic",
    "logistics": "seller.logistics",
}
WRITES = ("/inventory/update", "/prices/update", "/products/activate", "/products/deactivate")


def needed(path: str) -> str:
    """The scope an endpoint wants; "" for none (webhooks)."""
    if path.startswith("/product/"):
        return "seller.product.write" if path.endswith(WRITES) else "seller.product.basic"
    return NEEDED.get(path.split("/")[1], "")


# --- the seller says yes
def allow(scope: Scope, shops: list[Doc], scopes: list[str]) -> str:
    """A code, good once and for half an hour."""
    code = f"TTP_{secrets.token_urlsafe(24)}"
    doc = {"id": code, "shops": [one["id"] for one in shops], "scopes": scopes, "until": scope.now() + CODE_LIFE}
    doc |= {"open_id": shops[0]["private"]["open_id"], "seller": shops[0]["name"], "region": shops[0]["region"]}
    shelf.add(scope.on(NAME), CODES, code, doc)
    return code


def redeem(scope: Scope, code: str) -> Doc | None:
    """The grant behind a code; None when it was used, is too old, or never was."""
    inside = scope.on(NAME)
    found = shelf.find(inside, CODES, code)
    if found is None:
        return None
    shelf.remove(inside, code)
    if found["until"] <= scope.now():
        return None
    return _opened(inside, found)


def _opened(scope: Scope, code: Doc) -> Doc:
    """One grant per seller: allowing again takes the place of what was before."""
    ends = scope.now() + CONSENT_LIFE
    doc = {name: code[name] for name in ("open_id", "shops", "scopes", "seller", "region")}
    doc = _fresh(scope, {**doc, "id": doc["open_id"], "refresh_until": ends, "ended": ""})
    if shelf.find(scope, KIND, doc["id"]):
        shelf.save(scope, doc["id"], doc)
    else:
        shelf.add(scope, KIND, doc["id"], doc)
    timers.cancel(scope.state, ENDS, doc["id"])
    timers.set_timer(scope.state, ENDS, doc["id"], ends - NOTICE)
    return doc


def _fresh(scope: Scope, doc: Doc) -> Doc:
    tokens: Doc = {"access": f"ROW_{secrets.token_urlsafe(60)}", "refresh": secrets.token_urlsafe(40)}
    return {**doc, **tokens, "access_until": scope.now() + ACCESS_LIFE}


def renew(scope: Scope, refresh: str) -> Doc | None:
    """New tokens; the old ones are dead at once, which is the strictest reading of what the documents leave open."""
    found = _by(scope, refresh=refresh)
    if found is None or found["ended"] or found["refresh_until"] <= scope.now():
        return None
    return shelf.save(scope.on(NAME), found["id"], _fresh(scope, found))


# --- what a token opens
def by_access(scope: Scope, token: str) -> Doc | None:
    return _by(scope, access=token)


def _by(scope: Scope, **member: Any) -> Doc | None:
    found = shelf.where(scope.on(NAME), KIND, **member)
    return found[0] if found else None


def of_shop(scope: Scope, shop_id: str) -> list[Doc]:
    """The living grants that open a shop."""
    return [one for one in shelf.where(scope.on(NAME), KIND) if shop_id in one["shops"] and not one["ended"]]


def end(scope: Scope, shop_id: str) -> None:
    """The seller took it back for this shop; a grant without shops opens nothing any more."""
    for one in of_shop(scope, shop_id):
        one["shops"] = [other for other in one["shops"] if other != shop_id]
        one["ended"] = "" if one["shops"] else "seller"
        shelf.save(scope.on(NAME), one["id"], one)
