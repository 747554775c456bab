"""How TikTok Shop speaks: the envelope around every answer, its errors, ids, amounts and opaque page tokens."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from app.sandbox.carriers.wire import Refusal, Reply
from app.sandbox.market import store
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc
from app.sandbox.stripe.amounts import exponent
from app.sandbox.stripe.scope import Scope

NAME = "tiktok"
APP_KEY, APP_SECRET, SERVICE = "sandbox-tiktok", "sandbox-tiktok-app-secret", "sandbox-service"
MANY = 36009004
LIMITED, INTERNAL, NO_PATH, FORMAT, METHOD = 36009002, 36009003, 36009009, 36009022, 36009010
WORDS: Mapping[int, tuple[int, int, str]] = {
    400: (400, FORMAT, "Invalid request format. The request body format must be `application/json` for structured data or `multipart/form-data` for binary files."),
    404: (404, NO_PATH, "Invalid path. The specified path does not match any available endpoint."),
    405: (405, METHOD, "Invalid method. The HTTP method used is not supported by this endpoint."),
    429: (429, LIMITED, "Too many requests. You've made too many requests in a short period of time."),
    500: (500, INTERNAL, "Internal error. Please try again. If the issue persists after multiple attempts, please contact platform support."),
}  # fmt: skip
CANNOT = {
    "gone": (12052048, "You cannot edit the specified product(s) as it isn't listed in your account or shop."),
    "unknown": (21008111, "The order or package does not belong to the current seller."),
    "cancel_asked": (10007014, "package in freeze status"),
    "already": (21011036, "The package has been shipped already."),
    "holiday": (12052901, "The product in its current status is not available for this operation. Change the product status and try again."),
}  # fmt: skip
"""Of these, 21011036 is the sandbox's own choice: the documents name no code for it."""
FIRST_IDS = {
    "shop": 7_495_540_735_365_000_000, "warehouse": 7_068_517_275_539_000_000, "product": 1_729_592_969_712_000_000,
    "sku": 1_729_388_324_987_000_000, "order": 576_461_413_038_000_000, "line": 577_086_512_123_000_000,
    "package": 1_153_132_168_123_000_000, "cancel": 4_035_318_504_086_000_000, "return": 4_035_227_913_481_000_000,
    "buyer": 7_021_436_810_468_000_000,
}  # fmt: skip
"""Digits of the lengths that real ids have: beyond 2^53, so that nobody can keep them in a float."""


# --- answers
def envelope(data: Any = None, code: int = 0, message: str = "Success") -> Doc:
    return {"code": code, "message": message, "request_id": request_id(), "data": data}


def request_id() -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime()) + secrets.token_hex(10).upper()


def told(data: Any = None) -> Reply:
    """A success. Objects are never null in one."""
    return Reply(envelope({} if data is None else data))


def refusal(code: int, message: str, status: int = 200) -> Refusal:
    """A no. What the endpoints themselves refuse comes with HTTP 200, as the body's code decides."""
    return Refusal(status, envelope(None, code, message))


def bad(message: str) -> Refusal:
    """36009004 with the words that say which of its many meanings it has."""
    return refusal(MANY, message, 400)


def plain(status: int) -> Refusal:
    known, code, words = WORDS[status]
    return refusal(code, words, known)


def cannot(error: CannotDo) -> Refusal:
    code, words = CANNOT.get(error.code, (21011001, str(error)))
    return refusal(code, words)


def item_error(code: int, message: str, detail: Doc) -> Doc:
    """One failure inside a success."""
    return {"code": code, "message": message, "detail": detail}


# --- ids, amounts
def maker(noun: str) -> Callable[[Scope], str]:
    """Ids that are given once at the whole platform, not only in one shop."""
    return lambda scope: str(
        FIRST_IDS[noun] + store.following(scope.on(NAME), noun, 1) * 7919 + secrets.randbelow(7919)
    )


def major(minor: int, currency: str) -> str:
    """A decimal string in major units without needless zeros: "117.5", "5000"."""
    amount = Decimal(minor).scaleb(-exponent(currency.lower()))
    return f"{amount.normalize():f}" if amount else "0"


def minor(text: object, currency: str) -> int:
    """Raises Refusal for what is no such amount."""
    try:
        scaled = Decimal(str(text)).scaleb(exponent(currency.lower()))
    except ArithmeticError as error:
        raise refusal(12052012, "Incorrect price format") from error
    if not isinstance(text, str) or scaled != scaled.to_integral_value():
        raise refusal(12052012, "Incorrect price format")
    return int(scaled)


# --- pages
def page_token(place: Any, filters: Any) -> str:
    """Opaque, and with a plus and a slash in it, as TikTok's may have: whoever does not encode them loses."""
    written = json.dumps([place, _mark(filters)]).encode()
    return f"6A+/{base64.b64encode(written).decode()}"


def page_place(token: str, filters: Any) -> Any:
    """Where the page begins; None for the first. Raises Refusal for a token that is damaged or of another search."""
    if not token:
        return None
    try:
        place, mark = json.loads(base64.b64decode(token.removeprefix("6A+/"), validate=True))
    except ValueError as error:
        raise bad("Invalid `page_token` query parameter.") from error
    if not token.startswith("6A+/") or mark != _mark(filters):
        raise bad("Invalid `page_token` query parameter: filters and sorting must stay the same.")
    return place


def _mark(filters: Any) -> str:
    return hashlib.sha256(json.dumps(filters, sort_keys=True).encode()).hexdigest()[:12]


def page_size(query: Mapping[str, str], most: int = 100, usual: int = 20) -> int:
    """Raises Refusal outside 1 to `most`."""
    given = query.get("page_size", str(usual))
    if not given.isdigit() or not 1 <= int(given) <= most:
        raise bad(f"Invalid `page_size` query parameter: from 1 to {most}.")
    return int(given)


def ids_of(body: Any, name: str, most: int) -> list[str]:
    """A list of ids in a body; numbers are refused, because ids are strings. Raises Refusal."""
    given = body.get(name) if isinstance(body, dict) else None
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given) or len(given) > most:
        raise bad(f"param body.{name} is invalid: at most {most} strings")
    return given
