"""Webhooks: one event kind and one of test or live each; signed with the secret that Shippo has set up for the account."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, request

from app.sandbox.carriers import news, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.scope import Scope
from app.sandbox.stripe.webhooks import Letter

from .dialect import NAME, REQUIRED, TEST_FORM, api, fields, get, kind_of, new, sheet, stamp

KIND = kind_of("webhook")
EVENTS = ("transaction_created", "transaction_updated", "track_updated", "batch_created", "batch_purchased", "all")
TIMEOUT = (2, 3)
DEFAULT_SECRET = "shippo-sandbox-secret"
doors = Blueprint("shippo_doors", __name__, url_prefix="/_sandbox/shippo")


def sign(payload: bytes, secret: str, timestamp: int) -> str:
    """The value of `Shippo-Auth-Signature`."""
    digest = hmac.new(secret.encode(), b"%d." % timestamp + payload, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def letter(scope: Scope, hook: Doc, secret: Doc, event: Doc) -> Letter:
    """An event on its way; unsigned when the account's secret was taken away by the door."""
    payload = json.dumps(event["payload"], ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Shippo/1.0 (sandbox)"}
    key = scope.state.setting(_setting(scope.account), DEFAULT_SECRET)
    if key:
        headers["Shippo-Auth-Signature"] = sign(payload, key, int(time.time()))
    return Letter(hook["url"], payload, headers, TIMEOUT)


def announce(scope: Scope, kind: str, data: Doc, **more: str) -> None:
    """Queue an event for every active webhook of this kind that is for test events."""
    payload: Doc = {"event": kind, "test": True, **more, "data": data}
    hooks = store.where(scope, KIND)
    wanted = [hook["object_id"] for hook in hooks if _wants(hook, kind)]
    news.tell(scope, NAME, kind, payload, wanted)


def _wants(hook: Doc, kind: str) -> bool:
    return hook["active"] and hook["is_test"] and hook["event"] in (kind, "all")


def _setting(account: str) -> str:
    return f"shippo.hmac.{account}"


@doors.post("/hmac")
def set_secret() -> Response | tuple[Response, int]:
    """Sign the letters to an account (`token`) with `secret`; an empty one stops signing, as for most of Shippo's accounts."""
    body = request.get_json()
    account = str(body.get("token", ""))
    if not account.startswith(TEST_FORM) or not isinstance(body.get("secret"), str):
        return jsonify({"error": {"message": f"token ({TEST_FORM}…) and secret are needed"}}), 400
    current_app.extensions["sandbox.state"].remember(_setting(account), body["secret"])
    return jsonify({"token": account, "signed": bool(body["secret"])})


@api.on("POST", "/webhooks")
def create(call: Call) -> Reply:
    """Tell `url` about `event`; it hears test events only when `is_test` is true."""
    hook = new(call, **_members(call, {"active": True, "is_test": False}))
    del hook["test"], hook["object_owner"]
    store.add(call.scope, KIND, hook["object_id"], hook)
    return Reply(hook, 201)


def _members(call: Call, known: Doc) -> Doc:
    wish = {**known, **call.body}
    wrong = {name: REQUIRED for name in ("url", "event") if not wish.get(name)}
    if "event" not in wrong and wish["event"] not in EVENTS:
        wrong["event"] = f'"{wish["event"]}" is not a valid choice.'
    if "url" not in wrong and not _allowed(str(wish["url"])):
        wrong["url"] = "Enter a valid URL."
    if wrong:
        raise fields(**wrong)
    return {name: wish[name] for name in ("event", "url", "active", "is_test")}


def _allowed(url: str) -> bool:
    """https, under 200 characters; plain http only on this machine."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    return len(url) < 200 and bool(parts.hostname) and (parts.scheme == "https" or local)


@api.on("GET", "/webhooks/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One webhook."""
    return Reply(get(call, "webhook", identifier))


@api.on("GET", "/webhooks")
def search(call: Call) -> Reply:
    """All webhooks."""
    found = store.where(call.scope, KIND)
    return Reply(sheet(call, found, 1, max(1, len(found))))


@api.on("PUT", "/webhooks/<identifier>")
def update(call: Call, identifier: str) -> Reply:
    """Change a webhook."""
    hook = get(call, "webhook", identifier)
    changed = {**hook, **_members(call, hook), "object_updated": stamp(call.scope.now())}
    return Reply(store.save(call.scope, identifier, changed))


@api.on("DELETE", "/webhooks/<identifier>")
def remove(call: Call, identifier: str) -> Reply:
    """Tell this URL nothing more."""
    store.remove(call.scope, get(call, "webhook", identifier)["object_id"])
    return Reply(None, 204)
