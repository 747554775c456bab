"""Who asks: Basic or keys in the query over HTTPS, a signature of OAuth 1.0a over plain HTTP. In the order that WooCommerce checks."""

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Mapping
from urllib.parse import quote

from flask import Request

from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

from . import keys

WINDOW = 15 * 60
OAUTH = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
METHODS = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}
AUTH = "woocommerce_rest_authentication_error"

_lock = threading.Lock()
_nonces: dict[str, dict[str, int]] = {}


class Denied(Exception):
    """401: `code` is the site's."""

    def __init__(self, words: str, code: str = AUTH) -> None:
        super().__init__(words)
        self.code = code


def check(scope: Scope, shop: Doc, asked: Request) -> None:
    """Raises Denied unless a key of the site proves itself and may do what is asked."""
    found = _secure(scope, shop, asked) if is_https(shop, asked) else _signed(scope, asked)
    if found is None:
        raise Denied("Sorry, you cannot list resources.", "woocommerce_rest_cannot_view")
    writes = asked.method not in ("GET", "HEAD", "OPTIONS")
    if writes and found["permissions"] == "read":
        raise Denied("The API key provided does not have write permissions.")
    if not writes and found["permissions"] == "write":
        raise Denied("The API key provided does not have read permissions.")


def is_https(shop: Doc, asked: Request) -> bool:
    """Whether the site thinks that it was asked over HTTPS."""
    return asked.is_secure or asked.headers.get("X-Forwarded-Proto") == "https" or bool(shop["private"].get("https"))


def _secure(scope: Scope, shop: Doc, asked: Request) -> Doc | None:
    """Nobody at all is no error yet: WordPress then sees a stranger."""
    key, secret = asked.args.get("consumer_key", ""), asked.args.get("consumer_secret", "")
    basic = asked.authorization
    if not key and basic and basic.type == "basic" and not shop["private"].get("strips_authorization"):
        key, secret = basic.username or "", basic.password or ""
    if not key or not secret:
        return None
    found = keys.find(scope, key)
    if found is None:
        raise Denied("Consumer key is invalid.")
    if not hmac.compare_digest(found["secret"].encode(), secret.encode()):
        raise Denied("Consumer secret is invalid.")
    return found


def _signed(scope: Scope, asked: Request) -> Doc | None:
    params = {name: value for name, value in asked.args.items() if name in OAUTH}
    if not any(params.values()):
        return None
    missing = [name for name in OAUTH if not params.get(name)]
    if missing:
        raise Denied(
            f"Missing OAuth parameters {', '.join(missing)}", "woocommerce_rest_authentication_missing_parameter"
        )
    found = keys.find(scope, params["oauth_consumer_key"])
    if found is None:
        raise Denied("Consumer key is invalid.")
    _check_signature(found, asked)
    _check_moment(found["hash"], params["oauth_timestamp"], params["oauth_nonce"])
    return found


def _check_signature(found: Doc, asked: Request) -> None:
    kind = asked.args["oauth_signature_method"]
    if kind not in METHODS:
        raise Denied("Invalid signature - signature method is invalid.")
    expected = sign(asked.method, asked.base_url, asked.args.to_dict(), found["secret"], kind)
    if not hmac.compare_digest(expected.encode(), asked.args["oauth_signature"].encode()):
        raise Denied("Invalid signature - provided signature does not match.")


def sign(method: str, url: str, params: Mapping[str, str], secret: str, kind: str = "HMAC-SHA256") -> str:
    """The signature of a request: method, address, and every parameter but the signature, sorted and encoded twice."""
    pairs = sorted((_code(name), _code(value)) for name, value in params.items() if name != "oauth_signature")
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    text = "&".join((method.upper(), _code(url), _code(joined)))
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), METHODS[kind]).digest()).decode()


def _code(text: str) -> str:
    return quote(text, safe="~")


def _check_moment(key: str, said: str, nonce: str) -> None:
    """By real time, whatever the sandbox's clock says: whoever signs goes by it too."""
    now = int(time.time())
    if not said.isdigit() or abs(now - int(said)) > WINDOW:
        raise Denied("Invalid timestamp.")
    with _lock:
        known = {one: at for one, at in _nonces.get(key, {}).items() if at >= now - WINDOW}
        if nonce in known:
            raise Denied("Invalid nonce - nonce has already been used.")
        _nonces[key] = {**known, nonce: int(said)}
