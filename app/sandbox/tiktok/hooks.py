"""Webhooks of a shop, and how each letter is signed (TIKTOK.md §9)."""

import hashlib
import hmac
import json
from urllib.parse import urlsplit

from app.sandbox.market import pushes
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope
from app.sandbox.stripe.webhooks import Letter

from .dialect import APP_KEY, APP_SECRET, NAME, bad, told
from .door import api

PATH = "/event/202309/webhooks"
PAUSES = (120, 1800, 10_800, 43_200)
"""2 minutes, 30 minutes, 3 hours, 12 hours; then it is dropped."""
TIMEOUT = (2, 5)
TYPES = {
    1: "ORDER_STATUS_CHANGE", 3: "RECIPIENT_ADDRESS_UPDATE", 4: "PACKAGE_UPDATE", 5: "PRODUCT_STATUS_CHANGE",
    6: "SELLER_DEAUTHORIZATION", 7: "UPCOMING_AUTHORIZATION_EXPIRATION", 11: "CANCELLATION_STATUS_CHANGE",
    12: "RETURN_STATUS_CHANGE", 13: "NEW_CONVERSATION", 14: "NEW_MESSAGE", 15: "PRODUCT_INFORMATION_CHANGE",
    16: "PRODUCT_CREATION", 18: "PRODUCT_CATEGORY_CHANGE", 33: "NEW_MESSAGE_LISTENER", 36: "INVOICE_STATUS_CHANGE",
    37: "PRODUCT_AUDIT_STATUS_CHANGE",
}  # fmt: skip


def sign(raw: bytes) -> str:
    """The `Authorization` header: no scheme in front, no moment inside."""
    return hmac.new(APP_SECRET.encode(), APP_KEY.encode() + raw, hashlib.sha256).hexdigest()


def letter(scope: Scope, hook: Doc, secret: Doc, event: Doc) -> Letter:
    """A push as it leaves; every try has the same bytes."""
    raw = json.dumps(event["payload"], ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Authorization": sign(raw), "User-Agent": "TikTokShop-Webhook"}
    return Letter(hook["url"], raw, headers, TIMEOUT)


def listening(scope: Scope, kind: int) -> list[Doc]:
    """The shop's endpoint for a type, if it asked for one."""
    return [one for one in pushes.hooks(scope, NAME) if one["event_type"] == TYPES[kind]]


@api.on("GET", PATH)
def listed(call: Call) -> Reply:
    """What the shop asked to be told."""
    members = ("event_type", "address", "create_time", "update_time")
    found = [{name: one[name] for name in members} for one in pushes.hooks(call.scope, NAME)]
    return told({"webhooks": found, "total_count": len(found)})


@api.on("PUT", PATH)
def put(call: Call) -> Reply:
    """One address per type; another takes the place of the one before."""
    body = call.body if isinstance(call.body, dict) else {}
    kind, address = body.get("event_type"), body.get("address")
    if not address:
        raise bad("param body.address is missing")
    if kind not in TYPES.values():
        raise bad("param body.event_type is invalid")
    parts = urlsplit(str(address))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad("param body.address is invalid")
    _keep(call.scope, str(kind), str(address))
    return told({})


def _keep(scope: Scope, kind: str, address: str) -> None:
    known = next((one for one in pushes.hooks(scope, NAME) if one["event_type"] == kind), None)
    now = scope.now()
    if known:
        pushes.keep(scope, {**known, "url": address, "address": address, "update_time": now})
        return
    pushes.hook(scope, NAME, address, event_type=kind, address=address, create_time=now, update_time=now)


@api.on("DELETE", PATH)
def delete(call: Call) -> Reply:
    """Say no more about a type."""
    kind = call.body.get("event_type") if isinstance(call.body, dict) else None
    if kind not in TYPES.values():
        raise bad("param body.event_type is invalid")
    for one in pushes.hooks(call.scope, NAME):
        if one["event_type"] == kind:
            pushes.remove(call.scope, one["id"])
    return told({})
