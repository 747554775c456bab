"""How Shopee speaks: who signs, what an answer looks like, and how it says no."""

import hashlib
import hmac
import time
from typing import Any

from flask import Blueprint, request

from app.sandbox.carriers.store import token
from app.sandbox.market import shops
from app.sandbox.market.calls import Call, Dialect, Door, Refusal, Reply, scope
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc

from . import tokens
from .styles import NAME
from .words import whole

PARTNER_ID, PARTNER_KEY = 2000001, "sandbox-shopee-partner-key"
PUBLIC = ("/api/v2/auth/", "/api/v2/public/", "/api/v2/push/")
FRESH = 300
TROUBLE = {
    400: ("error_param", "parameter invalid"),
    404: ("error_param", "Permission denied. This API is currently offline or the request path is incorrect."),
    429: ("error_rate_limit", "Too many requests. You have reached the rate limit. Please try again later."),
    500: ("error_server", "Something wrong. Please try later."),
}
TRANSLATED = {
    "gone": ("error_item_not_found", "Item_id is not found."),
    "unknown": ("error_not_found", "Wrong parameters, detail: {}"),
    "holiday": ("error_holiday_mode_change_stock", "Stock cannot be changed while the shop is in holiday mode."),
    "floor": ("error_auth", "Total stock must be more than reserved stock."),
    "already": (" logistics.package_already_shipped", "The package has been shipped."),
    "state": ("logistics.order_status_error", "Order status does not support this operation. Detail: {}"),
    "cancel_asked": ("logistics.order_status_error", "The order is in cancellation. Detail: {}"),
    "not_asked": ("order.cancel_order_invalid_status", "Invalid order_status.The order status should be IN_CANCEL."),
}


def refusal(error: str, message: str, status: int = 200, **more: Any) -> Refusal:
    """`error` and `message` at the top; many refusals come with HTTP 200."""
    return Refusal(status, {"error": error, "message": message, "request_id": token(), **more})


def param(detail: str) -> Refusal:
    """A parameter that makes no sense."""
    return refusal("error_param", f"Wrong parameters, detail: {detail}.")


def plain(status: int) -> Refusal:
    """The plain troubles: 400, 404, 429, 500."""
    return refusal(*TROUBLE[status], status=status)


def cannot(error: CannotDo) -> Refusal:
    """What the marketplace refuses, in Shopee's names."""
    code, message = TRANSLATED.get(error.code, ("error_param", "Wrong parameters, detail: {}"))
    return refusal(code, message.format(str(error)))


def over_day() -> Refusal:
    """The app's daily quota is used up."""
    words = "The total API call number made by your APP has reached the daily API call limit, please try again after 00: 00 (UTC+08:00)"
    return refusal("error_limit", words)


def sign(base: str, key: str = PARTNER_KEY) -> str:
    """HMAC-SHA256 in hex; the key is the console's string."""
    return hmac.new(key.encode(), base.encode(), hashlib.sha256).hexdigest()


def signed_path() -> str:
    """The path as the platform knows it: the sandbox's own prefix is not part of it."""
    return request.path.removeprefix(f"/{NAME}")


def _key() -> str:
    """Prove the request; the account is the shop, or the platform for Public APIs."""
    path, args = signed_path(), request.args
    check_app(args.get("partner_id"), args.get("timestamp"), args.get("sign"))
    if path.startswith(PUBLIC):
        _fits(f"{args['partner_id']}{path}{args['timestamp']}", args["sign"])
        return NAME
    for name in ("access_token", "shop_id"):
        if not args.get(name):
            raise refusal("error_param", f"There is no {name} in query.", 403)
    shop_id = args["shop_id"]
    _fits(f"{args['partner_id']}{path}{args['timestamp']}{args['access_token']}{shop_id}", args["sign"])
    _speaks_for(args["access_token"], shop_id)
    return f"{NAME}:{shop_id}"


def check_app(partner_id: str | None, timestamp: str | None, signature: str | None) -> None:
    """The common parameters, in the order that the platform complains about them. Raises Refusal."""
    if not partner_id:
        raise refusal("error_param", "There is no partner_id in query.", 403)
    if whole(partner_id) != PARTNER_ID:
        raise refusal("error_param", "Invalid partner_id.", 403)
    if not timestamp:
        raise refusal("error_param", "no timestamp", 403)
    moment = whole(timestamp)
    if moment is None or not 0 <= moment <= 4294967295:
        raise refusal("error_param", "Invalid timestamp", 403)
    if abs(time.time() - moment) > FRESH:
        raise refusal("error_param", "Timestamp is expired.", 403)
    if not signature:
        raise refusal("error_param", "There is no sign in query.", 403)


def _fits(base: str, signature: str) -> None:
    if not hmac.compare_digest(sign(base).encode(), signature.encode()):
        raise refusal("error_sign", "Wrong sign.", 403)


def _speaks_for(access_token: str, shop_id: str) -> None:
    here = scope(NAME)
    try:
        tokens.check(here, access_token, shop_id)
    except tokens.Refused as error:
        raise refusal(error.error, error.message, 403) from error
    shop = shops.get(here, NAME, shop_id)
    if shop is None:
        raise refusal("error_auth", "Invalid partner_id or shopid.", 403)
    if shop["suspended"]:
        raise refusal("shop_banned", "The shop account has been banned.", 403)


blueprint = Blueprint(NAME, __name__, url_prefix=f"/{NAME}/api/v2")
dialect = Dialect(name=NAME, key=_key, refuse=plain, cannot=cannot, over_day=over_day)
api = Door(blueprint, dialect)


def answer(response: Any = None, **top: Any) -> Reply:
    """What went well; `top` for the few answers whose members are not inside `response`."""
    body = {"error": "", "message": "", "warning": "", "request_id": token(), **top}
    return Reply(body if response is None else {**body, "response": response})


def shop_of(call: Call) -> Doc:
    """The shop that a call speaks for."""
    return shops.of_scope(call.scope)


def given(call: Call, name: str) -> str:
    """A parameter of the query that must be there. Raises Refusal."""
    value = call.query.get(name, "").strip()
    if not value:
        raise refusal("error_param", f"There is no {name} in query.")
    return value


def counted(call: Call, name: str, least: int, most: int, default: int | None = None) -> int:
    """A number of the query within its limits. Raises Refusal."""
    value = whole(call.query.get(name, default))
    if value is None or not least <= value <= most:
        raise param(f"{name} must be between {least} and {most}")
    return value


def members(call: Call, name: str, most: int) -> list[Doc]:
    """A list of objects in the body, between 1 and `most`. Raises Refusal."""
    found = call.body.get(name) if isinstance(call.body, dict) else None
    if not isinstance(found, list) or not 1 <= len(found) <= most or not all(isinstance(one, dict) for one in found):
        raise param(f"{name} must have 1 to {most} entries")
    return found


def said(call: Call, name: str) -> str:
    """A member of the body that must be there. Raises Refusal."""
    value = call.body.get(name) if isinstance(call.body, dict) else None
    if value in (None, ""):
        raise param(f"{name} is required")
    return str(value)
