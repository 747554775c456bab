"""Who is speaking: the checks every call goes through, in the order TikTok makes them (TIKTOK.md §2-4)."""

import hashlib
import hmac
import re
import time

from flask import request

from app.sandbox.market import shops
from app.sandbox.market.calls import Dialect, Door, scope
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

from . import grants
from .dialect import APP_KEY, APP_SECRET, FORMAT, NAME, bad, cannot, plain, refusal

OLDEST, NEWEST = 300, 30
UNSIGNED = ("sign", "access_token", "x-tts-access-token")
WITHOUT_CIPHER = re.compile(
    r"^/(authorization|seller)/|^/product/\d{6}/(global_|compliance/|images/upload$|files/upload$)"
)


def path() -> str:
    """The path as TikTok knows it: what stands behind the sandbox's `/tiktok`."""
    return request.path.removeprefix(f"/{NAME}")


def expected(secret: str, method: str, path: str, query: dict[str, str], body: bytes, content_type: str) -> str:
    """The signature that fits a request."""
    told = path + "".join(name + query[name] for name in sorted(query) if name not in UNSIGNED)
    message = told.encode()
    if method != "GET" and not content_type.lower().startswith("multipart/form-data"):
        message += body
    return hmac.new(secret.encode(), secret.encode() + message + secret.encode(), hashlib.sha256).hexdigest()


def key() -> str:
    """The account of a call that may go on: `tiktok:<shop>`, or `tiktok` where no shop is named. Raises Refusal."""
    if request.args.get("app_key") != APP_KEY:
        raise bad("Invalid credentials. Invalid `app_key` query parameter.")
    _signed()
    _formed()
    grant = _grant(scope())
    wanted = grants.needed(path())
    if wanted and wanted not in grant["scopes"]:
        raise refusal(105005, "Access denied. The app is not authorized to access the endpoint because the access scopes granted for the app or the access token do not contain the required access scope for the endpoint.", 401)  # fmt: skip
    return _account(scope(), grant)


def _signed() -> None:
    given = request.args.get("sign", "")
    if not given:
        raise bad("Missing credentials. The request does not include a required signature in the query.")
    _timely(request.args.get("timestamp", ""))
    if any(len(values) > 1 for values in request.args.listvalues()):
        raise bad("invalid param error: a query parameter was given twice")
    sign = expected(
        APP_SECRET, request.method, path(), request.args.to_dict(), request.get_data(), request.content_type or ""
    )
    if not hmac.compare_digest(sign.encode(), given.encode()):
        raise refusal(106001, "Invalid credentials. The `sign` query parameter is invalid.", 401)


def _timely(stamp: str) -> None:
    """By the real clock: the sandbox's own may be ahead, callers' are not."""
    words = "Invalid timestamp. The value of the `timestamp` query parameter must not"
    if not stamp.isdigit():
        raise bad(f"{words} be lesser than 0.")
    if int(stamp) < time.time() - OLDEST:
        raise bad(f"{words} be earlier than 5 minutes before the current time.")
    if int(stamp) > time.time() + NEWEST:
        raise bad(f"{words} exceed the current time by more than 30 seconds.")


def _formed() -> None:
    if request.method != "GET" and (request.content_type or "").split(";")[0].strip().lower() != "application/json":
        raise refusal(FORMAT, plain(400).reply.body["message"], 400)


def _grant(scope: Scope) -> Doc:
    grant = grants.by_access(scope, request.headers.get("x-tts-access-token", ""))
    if grant is None or grant["ended"]:
        raise bad("Invalid credentials. The `x-tts-access-token` header is invalid.")
    if grant["access_until"] <= scope.now():
        raise refusal(
            105002, "Expired credentials. The `access_token` or `x-tts-access-token` header has expired.", 401
        )
    return grant


def _account(scope: Scope, grant: Doc) -> str:
    """Which shop is meant, by its cipher; the shop must be among those the seller allowed."""
    cipher = request.args.get("shop_cipher")
    if WITHOUT_CIPHER.search(path()):
        if cipher is not None:
            raise bad("Unexpected identifier. The `shop_cipher` query parameter is not required for this request.")
        return NAME
    if not cipher:
        raise refusal(106013, "Missing identifier. The `shop_cipher` query parameter is required to identify the target shop.", 400)  # fmt: skip
    for one in grant["shops"]:
        shop = shops.get(scope, NAME, one)
        if shop and hmac.compare_digest(shop["private"]["cipher"].encode(), cipher.encode()):
            return f"{NAME}:{one}"
    raise bad("Invalid identifier. The `shop_id` query parameter is invalid.")


def granted(scope: Scope) -> Doc:
    """The grant behind the call that is being answered. Raises Refusal."""
    return _grant(scope)


def app_only() -> str:
    """For the exchange of tokens: our app's key and secret, unsigned. Raises Refusal."""
    if request.args.get("app_key") != APP_KEY:
        raise bad("Invalid credentials. Invalid `app_key` query parameter.")
    if not hmac.compare_digest(request.args.get("app_secret", "").encode(), APP_SECRET.encode()):
        raise bad("Invalid credentials. Invalid `app_secret` query parameter.")
    return NAME


signed = Dialect(name=NAME, key=key, refuse=plain, cannot=cannot)
unsigned = Dialect(name=NAME, key=app_only, refuse=plain, cannot=cannot)
__all__ = ["Door", "app_only", "expected", "granted", "key", "signed", "unsigned"]
