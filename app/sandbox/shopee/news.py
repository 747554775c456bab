"""What Shopee tells the app: signed over the registered address and the body, in no promised order, perhaps twice."""

import hashlib
import hmac
import json

from app.sandbox.market import orders, packing, pushes, shops, watching
from app.sandbox.market.store import Doc
from app.sandbox.stripe import clockwork, timers
from app.sandbox.stripe.scope import Scope
from app.sandbox.stripe.webhooks import Letter

from . import config, tokens
from .dialect import PARTNER_ID
from .styles import NAME
from .words import number, order_status

AUTHORISED, DEAUTHORISED, ORDER, TRACKING, RESERVED, EXPIRY, DOCUMENT = 1, 2, 3, 4, 8, 12, 15
NUMBER, PAPER = "shopee.number", "shopee.paper"
SOON = 3
PAUSES = (300, 1800, 10800)
TIMEOUT = (3, 3)
DEAUTHS = {
    "seller": "user cancel shop authorization",
    "platform": "shop authorization is cancelled by platform",
    "console": "partner cancel shop authorization",
}


def register() -> None:
    """Listen to the marketplace, and know how pushes are written and repeated."""
    watching.watch(NAME, changed)
    pushes.register(NAME, letter, PAUSES, config.settled)
    clockwork.TASKS[NUMBER] = _number_comes
    clockwork.TASKS[PAPER] = _paper_is_ready
    clockwork.TASKS[tokens.EXPIRING] = _expiring


# --- the post
def letter(scope: Scope, hook: Doc, secret: Doc, event: Doc) -> Letter:
    """A push as it leaves; the outer timestamp is the moment of this try."""
    body = {**event["payload"]["body"], "timestamp": scope.now()}
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Letter(hook["url"], raw, headers(config.push_key(scope), hook["url"], raw), TIMEOUT)


def headers(key: bytes, url: str, raw: bytes) -> dict[str, str]:
    """The signature is the whole Authorization header."""
    proof = hmac.new(key, url.encode() + b"|" + raw, hashlib.sha256).hexdigest()
    return {"Authorization": proof, "Content-Type": "application/json", "User-Agent": "Shopee Push (sandbox)"}


def push(scope: Scope, shop: Doc, code: int, data: Doc, about: str = "", *, of_app: bool = False) -> None:
    """Send a push if it is on. `of_app`: it names the partner instead of the shop. What is suspended counts as lost."""
    kept = config.get(scope)
    if code not in kept["on"] or int(shop["id"]) in kept["blocked"]:
        return
    whose = {"partner_id": PARTNER_ID} if of_app else {"shop_id": int(shop["id"])}
    held = kept["status"] == config.SUSPENDED
    payload = {"body": {"data": data, **whose, "code": code}, "held": held}
    inside = shops.scope_of(scope, shop)
    pushes.send(inside, NAME, str(code), payload, [] if held else [config.hook(scope)], about)


# --- consents
def authorised(scope: Scope, shop: Doc) -> None:
    """A seller said yes."""
    words = f"shop id {shop['id']} ({shop['region']}) has been authorized successfully"
    data = {"authorize_type": "shop authorization by user", "extra": words, "shop_id": int(shop["id"]), "success": 1}
    push(scope, shop, AUTHORISED, data, of_app=True)


def _ended(scope: Scope, shop: Doc, cause: str) -> None:
    """The consent is over; how the push names the shop depends on who ended it."""
    tokens.end(scope, shop["id"])
    data: Doc = {
        "authorize_type": DEAUTHS.get(cause, DEAUTHS["seller"]), "success": 1,
        "extra": f"shop id {shop['id']} ({shop['region']}) has been cancelled its authorization",
    }  # fmt: skip
    if cause == "console":
        data["shop_id"] = int(shop["id"])
    if cause == "platform":
        data |= {"shopid": int(shop["id"]), "extra": "shop authorization has been cancelled"}
    push(scope, shop, DEAUTHORISED, data, of_app=True)


def _expiring(scope: Scope, shop_id: str) -> None:
    """A week before the consent ends; one that was given anew since is left alone."""
    shop, grant = shops.get(scope, NAME, shop_id), tokens.grant_of(scope, shop_id)
    if (
        shop is None
        or grant is None
        or not grant["open"]
        or grant["expire_time"] - scope.now() > tokens.WARNING_SECONDS
    ):
        return
    data = {
        "merchant_expire_soon": [], "shop_expire_soon": [int(shop_id)], "user_expire_soon": [],
        "expire_before": grant["expire_time"], "page_no": 1, "total_page": 1,
    }  # fmt: skip
    push(scope, shop, EXPIRY, data, of_app=True)


# --- what happens in a shop
def changed(scope: Scope, shop: Doc, event: str, doc: Doc, detail: Doc) -> None:
    """The marketplace's news in Shopee's codes; what has no code is for those who ask."""
    if event in ("order_placed", "order_changed", "address_changed"):
        _order(scope, shop, doc)
    elif event == "package_changed":
        _package(scope, shop, doc, detail)
    elif event == "return_changed" and doc["state"] == "completed" and detail.get("after") == "refunded":
        _order(scope, shop, doc, "RRAOC")
    elif event == "product_changed" and detail.get("cause") == "promotion":
        _reserved(scope, shop, doc, detail)
    elif event == "access_ended":
        _ended(scope, shop, str(detail.get("cause", "")))


def _order(scope: Scope, shop: Doc, order: Doc, scenario: str = "") -> None:
    data = {
        "items": [], "ordersn": order["id"], "status": order_status(order), "completed_scenario": scenario,
        "update_time": order["updated"],
    }  # fmt: skip
    push(scope, shop, ORDER, data, order["number"])


def _package(scope: Scope, shop: Doc, order: Doc, detail: Doc) -> None:
    """A parcel that was arranged has its number soon, or has it already."""
    if detail.get("before") != "to_ship" or detail.get("after") not in ("arranged", "in_transit"):
        return
    parcel = packing.of(order, detail["package"])
    if parcel["polls"] > 0:
        later(scope, NUMBER, shop, order, parcel["id"])
    else:
        numbered(scope, shop, order, parcel["id"])


def numbered(scope: Scope, shop: Doc, order: Doc, package_id: str) -> None:
    """A parcel has its tracking number: told once for each."""
    parcel, told = packing.of(order, package_id), order["private"].setdefault("told", [])
    if parcel["tracking"] in told:
        return
    told.append(parcel["tracking"])
    orders.keep(scope, shop, order)
    data = {"ordersn": order["id"], "forder_id": "", "package_number": package_id, "tracking_no": parcel["tracking"]}
    push(scope, shop, TRACKING, data, order["number"])


def printed(scope: Scope, shop: Doc, order: Doc, package_id: str) -> None:
    """A label can be fetched: told once for each that is made."""
    paper = order["private"].get("papers", {}).get(package_id)
    if paper is None or paper.get("told"):
        return
    order["private"]["papers"][package_id] = {**paper, "polls": 0, "told": True}
    orders.keep(scope, shop, order)
    push(
        scope,
        shop,
        DOCUMENT,
        {"ordersn": order["id"], "package_number": package_id, "status": "READY"},
        order["number"],
    )


def _reserved(scope: Scope, shop: Doc, product: Doc, detail: Doc) -> None:
    sku = next((one for one in product["skus"] if one["id"] == detail.get("sku")), product["skus"][0])
    data = {
        "action": "reserve", "item_id": number(product["id"]), "variation_id": number(sku["id"]), "reserved_stock": sku["floor"],
        "update_time": product["updated"],
    }  # fmt: skip
    push(scope, shop, RESERVED, data, product["title"])


# --- what comes a little later
def later(scope: Scope, task: str, shop: Doc, order: Doc, package_id: str) -> None:
    """The carrier and the printer take a moment, whether or not anybody asks."""
    timers.set_timer(scope.state, task, f"{shop['id']}:{order['id']}:{package_id}", scope.now() + SOON)


def _of(scope: Scope, subject: str) -> tuple[Scope, Doc, Doc, Doc] | None:
    shop_id, order_id, package_id = subject.split(":")
    shop = shops.get(scope, NAME, shop_id)
    order = orders.get(scope, shop, order_id) if shop else None
    parcel = next((one for one in order["packages"] if one["id"] == package_id), None) if order else None
    return (shops.scope_of(scope, shop), shop, order, parcel) if shop and order and parcel else None


def _number_comes(scope: Scope, subject: str) -> None:
    found = _of(scope, subject)
    if found and found[3]["state"] not in ("to_ship", "cancelled"):
        inside, shop, order, parcel = found
        parcel["polls"] = 0
        numbered(inside, shop, order, parcel["id"])


def _paper_is_ready(scope: Scope, subject: str) -> None:
    found = _of(scope, subject)
    if found:
        inside, shop, order, parcel = found
        printed(inside, shop, order, parcel["id"])
