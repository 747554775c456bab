"""Webhooks: one event kind and URL each, signed with RSA over the time and the raw body."""

import json
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from app.sandbox.carriers import news, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.scope import Scope
from app.sandbox.stripe.webhooks import Letter

from . import keys
from .dialect import NAME, api, choice, get, invalid, kind_of, number, problem, refusal, required

KIND = kind_of("webhook")
TIMEOUT = (2, 10)
EVENTS = (
    "batch", "batch_processed_v2", "carrier_connected", "order_source_refresh_complete", "rate", "report_complete",
    "sales_orders_imported", "track", "track_event_v2", "fulfillment_shipped_v2", "fulfillment_canceled_v2",
)  # fmt: skip
SIGNED = "x-shipengine"


def letter(scope: Scope, hook: Doc, secret: Doc, event: Doc) -> Letter:
    """An event on its way; the time in the signature is the real one."""
    payload = json.dumps(event["payload"], ensure_ascii=False).encode()
    timestamp = datetime.fromtimestamp(int(time.time()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    key, signature = keys.sign(scope.config.data, payload, timestamp)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "ShipEngine/v1",
        f"{SIGNED}-rsa-sha256-key-id": key,
        f"{SIGNED}-rsa-sha256-signature": signature,
        f"{SIGNED}-timestamp": timestamp,
        **{one["key"]: one["value"] for one in hook["headers"]},
    }
    return Letter(hook["url"], payload, headers, TIMEOUT)


def announce(scope: Scope, kind: str, payload: Doc) -> None:
    """Queue an event for the webhooks of its kind; nothing is kept when there are none."""
    hooks = [hook["webhook_id"] for hook in store.where(scope, KIND, event=kind)]
    if hooks:
        news.tell(scope, NAME, kind, payload, hooks)


@api.on("POST", "/environment/webhooks")
def create(call: Call) -> Reply:
    """Tell `url` about `event`, with `headers` of its own; 409 when it is told already."""
    hook = {"webhook_id": number(call), **_members(call.body)}
    if store.first(call.scope, KIND, event=hook["event"], url=hook["url"]):
        words = f"A webhook for {hook['event']} and this URL already exists."
        raise refusal(409, problem("business_rules", "webhook_event_type_conflict", words))
    return Reply(store.add(call.scope, KIND, hook["webhook_id"], hook))


def _members(wish: Doc) -> Doc:
    for name in ("event", "url"):
        if not wish.get(name):
            raise required(name)
    event, parts = choice(wish, "event", EVENTS, ""), urlsplit(str(wish["url"]))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid("url", "url must be an absolute address.", wish["url"])
    headers = [{"key": str(one["key"]), "value": str(one["value"])} for one in wish.get("headers") or []]
    return {"name": wish.get("name"), "event": event, "url": wish["url"], "headers": headers, "store_id": None}


@api.on("GET", "/environment/webhooks/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One webhook."""
    return Reply(get(call, "webhook", identifier))


@api.on("GET", "/environment/webhooks")
def search(call: Call) -> Reply:
    """All webhooks, as a bare list."""
    return Reply(store.where(call.scope, KIND))


@api.on("PUT", "/environment/webhooks/<identifier>")
def update(call: Call, identifier: str) -> Reply:
    """Change a webhook's URL or headers."""
    hook = get(call, "webhook", identifier)
    store.save(call.scope, identifier, {**hook, **_members({**hook, **call.body})})
    return Reply(None, 204)


@api.on("DELETE", "/environment/webhooks/<identifier>")
def remove(call: Call, identifier: str) -> Reply:
    """Tell this URL nothing more."""
    store.remove(call.scope, get(call, "webhook", identifier)["webhook_id"])
    return Reply(None, 204)
