"""Shopee's pushes: proven over the registered address and the raw body, then reduced to what is read again (SHOPEE.md §8)."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.channels.channel_facts import App, Hooks, Page, Push
from app.channels.platforms import shopee_signing as signing
from app.channels.platforms.shopee_words import at, said, whole
from app.core.port import Forged, Headers
from app.core.wire import decoded, mapping, mark, rows

Found = Mapping[str, Any]
WANTED = ("1", "2", "3", "4", "8", "12", "15")
KINDS = {
    1: "other",
    2: "access_ended",
    3: "order",
    4: "package",
    6: "listing",
    7: "listing",
    8: "stock",
    9: "listing",
    12: "access_ends",
    15: "document",
}
ORDERS = ("ordersn", "order_sn")
PRODUCTS = ("item_id", "itemid")
PARTS = ("package_number", "tracking_no", "tracking_number", "status", "completed_scenario", "update_time")
"""What tells two pushes about the same order apart; the outer timestamp does not, since it changes on redelivery."""
DAY = 86_400
NAMED = re.compile(r"\bshop id (\d+)", re.IGNORECASE)


def read(app: App, headers: Headers, raw: bytes) -> Sequence[Push]:
    """Raises Forged. The console's «Verify» is signed with the app's own key; data never may be (SHOPEE.md §8)."""
    proof = headers.get("Authorization")
    proven = signing.fits(signing.push(signing.push_key(app), app.push, raw), proof)
    verifying = signing.fits(signing.push(app.secret.encode(), app.push, raw), proof)
    if not (proven or verifying):
        raise Forged("the signature does not fit")
    body = _body(raw)
    if is_ping(body):
        return ()
    if not proven:
        raise Forged("signed with the app's key instead of the push key")
    return told(body)


def _body(raw: bytes) -> Found:
    try:
        return mapping(decoded(raw)) if raw.strip() else {}
    except ValueError as error:
        raise Forged("the body is not JSON") from error


def is_ping(body: Found) -> bool:
    """A test push: no code, or nothing in it."""
    return not whole(body.get("code"))


def told(body: Found) -> list[Push]:
    """The pushes in a body that is believed; a push about several shops becomes one for each."""
    code, data = whole(body.get("code")), mapping(body.get("data"))
    kind = KINDS.get(code, "other")
    if kind in ("access_ended", "access_ends"):
        return [_about_access(kind, code, shop, body, data) for shop in _shops(body, data) or [""]]
    shop = next(iter(_shops(body, data)), "")
    ids = _listed(data, ORDERS if kind in ("order", "package", "document") else PRODUCTS if kind != "other" else ())
    status = said(data.get("status")) or said(data.get("tracking_no"))
    moment = at(data.get("update_time")) or at(body.get("timestamp"))
    return [Push(_key(shop, code, ids, data), kind, shop, ids, status, moment, data)]


def _about_access(kind: str, code: int, shop: str, body: Found, data: Found) -> Push:
    """Such a push has no moment of its own: the same words on another day are news, within a day they are a repetition."""
    ends = at(data.get("expire_before"))
    day = said(data.get("expire_before")) or whole(body.get("timestamp")) // DAY
    key = mark("shopee", shop, code, day, *(said(data.get(name)) for name in ("authorize_type", "extra")))
    return Push(key, kind, shop, (), said(data.get("authorize_type")), ends or at(body.get("timestamp")), data)


def _shops(body: Found, data: Found) -> list[str]:
    """Whose push it is: outside, inside under either spelling, in lists, or only in a sentence."""
    single = [said(source.get(name)) for source in (body, data) for name in ("shop_id", "shopid")]
    listed = [said(one) for name in ("shop_id_list", "shop_expire_soon") for one in _list(data.get(name))]
    found = [one for one in (*single, *listed) if one not in ("", "0")] or NAMED.findall(said(data.get("extra")))
    return list(dict.fromkeys(found))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _listed(data: Found, names: Sequence[str]) -> list[str]:
    """The ids under whichever spelling, alone or in the rows of `items`."""
    rows_too = [data, *rows(data.get("items"))]
    return list(dict.fromkeys(found for one in rows_too for name in names if (found := said(one.get(name)))))


def _key(shop: str, code: int, ids: Sequence[str], data: Found) -> str:
    parts = [f"{name}={said(data.get(name))}" for name in PARTS if said(data.get(name))]
    return mark("shopee", shop, code, *ids, *parts) if ids else mark("shopee", shop, code, _plain(data))


def _plain(data: Found) -> str:
    return json.dumps(data, sort_keys=True, default=str)


# --- what is switched on
def hooks(kept: Found, address: str, shop_id: str) -> Hooks:
    """The app's configuration, seen from one shop: a shop that is blocked hears as little as a suspended address."""
    ours = said(kept.get("callback_url")) == address
    present = [said(one) for one in _list(kept.get("push_config_on_list"))] if ours else []
    blocked = shop_id in map(said, _list(kept.get("blocked_shop_id")))
    return Hooks(WANTED, present, said(kept.get("live_push_status")).casefold() != "suspended" and not blocked)


def mended(kept: Found, address: str, shop_id: str) -> dict[str, Any]:
    """The configuration that has everything on at our address; other shops stay blocked as they are."""
    body: dict[str, Any] = {"callback_url": address, "set_push_config_on": [int(one) for one in WANTED]}
    blocked = [one for one in _list(kept.get("blocked_shop_id")) if said(one) != shop_id]
    return {**body, "blocked_shop_id_list": blocked} if _list(kept.get("blocked_shop_id")) else body


# --- what never arrived
def missed(answer: Found) -> Page[Push]:
    """Pushes that were lost; the cursor is the last message's id, "" when there is none."""
    found = [one for row in rows(answer.get("push_message_list")) for one in told(whole_body(row))]
    return Page(found, said(answer.get("last_message_id")) if found else "")


def whole_body(row: Found) -> Found:
    """`data` is documented as text and shown as an object, and may be the whole push or only its data."""
    inner = row.get("data")
    if isinstance(inner, str):
        try:
            inner = decoded(inner.encode())
        except ValueError:
            inner = {}
    found = mapping(inner)
    return found if "code" in found and "data" in found else {**row, "data": found}
