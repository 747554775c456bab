"""Webhooks: where an account is told, and how each letter is signed."""

import hashlib
import hmac
import json
import unicodedata
from urllib.parse import urlsplit

from app.sandbox.carriers import store
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.objects import keep_secret
from app.sandbox.stripe.scope import Scope
from app.sandbox.stripe.webhooks import Letter

from .dialect import api, get, given, invalid, kind_of, missing, stamp

KIND = kind_of("webhook")
TIMEOUT = (2, 7)


def sign(payload: bytes, secret: str) -> str:
    """The value of `X-Hmac-Signature`: the key is the NFKD form of the secret in UTF-8."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, payload, hashlib.sha256).hexdigest()


def letter(scope: Scope, hook: Doc, secret: Doc, event: Doc) -> Letter:
    """An event on its way to a webhook."""
    payload = json.dumps(event["payload"], ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "EasyPost Webhooks"}
    headers |= {header["name"]: header["value"] for header in hook["custom_headers"]}
    if secret.get("secret"):
        headers["X-Hmac-Signature"] = sign(payload, secret["secret"])
    return Letter(hook["url"], payload, headers, TIMEOUT)


@api.on("POST", "/webhooks")
def create(call: Call) -> Reply:
    """Tell `url` everything; `webhook_secret` signs, `custom_headers` go along."""
    wish = given(call, "webhook")
    url = str(wish.get("url") or "")
    if not url:
        raise missing("url")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise invalid("url", "must be a valid URL")
    hook: Doc = {
        "id": f"hook_{token()}",
        "object": "Webhook",
        "mode": "test",
        "url": url,
        "created_at": stamp(call.scope.now()),
        "disabled_at": None,
        "custom_headers": _headers(wish),
    }
    store.add(call.scope, KIND, hook["id"], hook, {"secret": wish.get("webhook_secret")})
    return Reply(hook, 201)


def _headers(wish: Doc) -> list[Doc]:
    given_ = wish.get("custom_headers") or []
    if any(not isinstance(one, dict) or not one.get("name") for one in given_):
        raise invalid("custom_headers", "must be a list of name and value")
    return [{"name": str(one["name"]), "value": str(one.get("value", ""))} for one in given_]


@api.on("GET", "/webhooks/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One webhook; the secret is never told."""
    return Reply(get(call, "webhook", identifier))


@api.on("GET", "/webhooks")
def search(call: Call) -> Reply:
    """All webhooks."""
    return Reply({"webhooks": store.where(call.scope, KIND)})


def _update(call: Call, identifier: str) -> Reply:
    """A new secret or new headers; a webhook that was disabled listens again."""
    hook = get(call, "webhook", identifier)
    wish = call.members("webhook") or call.body
    if "custom_headers" in wish:
        hook["custom_headers"] = _headers(wish)
    if "webhook_secret" in wish:
        keep_secret(call.scope, hook["id"], secret=wish["webhook_secret"])
    return Reply(store.save(call.scope, hook["id"], {**hook, "disabled_at": None}))


for _method in ("PATCH", "PUT"):
    api.on(_method, "/webhooks/<identifier>")(_update)


@api.on("DELETE", "/webhooks/<identifier>")
def remove(call: Call, identifier: str) -> Reply:
    """Tell this URL nothing more."""
    store.remove(call.scope, get(call, "webhook", identifier)["id"])
    return Reply({})
