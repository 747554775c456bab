"""TikTok Shop's pushes: which we want, and what each of them is about (TIKTOK.md §9)."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from app.channels.channel_facts import App, Push
from app.channels.platforms.tiktok_facts import at, texts
from app.channels.platforms.tiktok_orders import word
from app.channels.platforms.tiktok_signing import push_signature
from app.core.port import Forged, Headers
from app.core.wire import mapping, rows, text

WANTED = (
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
    "PRODUCT_STATUS_CHANGE",
    "PRODUCT_INFORMATION_CHANGE",
    "PRODUCT_CREATION",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
)
"""Inventory pushes (27, 71) have no name to ask for them by; those that come are read all the same."""
KINDS = {
    1: "order", 3: "address", 4: "package", 5: "listing", 6: "access_ended", 7: "access_ends", 11: "cancellation",
    12: "return", 15: "listing", 16: "listing", 18: "listing", 27: "stock", 37: "listing", 50: "listing", 71: "stock",
}  # fmt: skip
STATUSES = ("order_status", "cancel_status", "return_status", "sc_type", "current_inventory_status", "status")


def read(app: App, headers: Headers, raw: bytes) -> list[Push]:
    """The one push in a webhook. Raises Forged."""
    prove(app, headers, raw)
    try:
        found = json.loads(raw)
    except ValueError as error:
        raise Forged("the body is not JSON") from error
    return [push(found, raw)] if isinstance(found, Mapping) and "type" in found else []


def prove(app: App, headers: Headers, raw: bytes) -> None:
    """Compare in constant time, on the raw bytes (TRAPS.md C20). There is no moment in the signature. Raises Forged."""
    given = (headers.get("Authorization") or "").strip()
    expected = push_signature(app.key, app.secret, raw)
    if not app.secret or not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise Forged("the signature does not fit")


def push(found: Mapping[str, Any], raw: bytes) -> Push:
    data = mapping(found.get("data"))
    kind = KINDS.get(_number(found.get("type")), "other")
    said = next((text(data[name]) for name in STATUSES if text(data.get(name))), "")
    return Push(
        key=text(found.get("tts_notification_id")) or hashlib.sha256(raw).hexdigest(),
        kind=kind,
        shop_id=text(found.get("shop_id")) or text(data.get("shop_id")),
        ids=_ids(data, kind),
        status=word(said),
        at=at(data.get("update_time")) or at(data.get("create_time")) or at(found.get("timestamp")),
        body=found,
    )


def _number(value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _ids(data: Mapping[str, Any], kind: str) -> list[str]:
    """Products arrive as whole numbers beyond 2^53 or as text; ids are text here (TRAPS.md A25)."""
    if kind in ("listing", "stock"):
        return [text(data["product_id"])] if data.get("product_id") else []
    listed = [one for row in rows(data.get("package_list")) for one in texts(row.get("order_id_list"))]
    return list(dict.fromkeys(filter(None, [text(data.get("order_id")), *listed])))
