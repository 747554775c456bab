"""Events: every change that is worth a webhook, kept for `GET /events` and sent to every URL of the account."""

import json

from app.sandbox.carriers import news, store
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.scope import Scope

from .dialect import NAME, api, get, kind_of, page, refusal, stamp

HOOK = kind_of("webhook")


def announce(scope: Scope, kind: str, result: Doc, before: Doc | None = None) -> None:
    """Keep the event and queue it for every webhook that is not disabled; all URLs get all kinds."""
    now = stamp(scope.now())
    event: Doc = {
        "description": kind,
        "mode": "test",
        "previous_attributes": before or {},
        "created_at": now,
        "pending_urls": [],
        "completed_urls": [],
        "updated_at": now,
        "id": f"evt_{token()}",
        "user_id": user_id(scope),
        "status": "pending",
        "object": "Event",
        "result": result,
    }
    hooks = [hook for hook in store.where(scope, HOOK) if not hook["disabled_at"]]
    event["pending_urls"] = [hook["url"] for hook in hooks]
    news.tell(scope, NAME, kind, event, [hook["id"] for hook in hooks], event["id"])


def user_id(scope: Scope) -> str:
    """The id of the account's user: always the same."""
    return f"user_{scope.account.encode().hex()[-32:]:0>32}"


def _shown(call: Call, event: Doc) -> Doc:
    """The event without its result, and how its deliveries stand."""
    payload = {name: value for name, value in event["payload"].items() if name != "result"}
    rows = news.deliveries(call.scope, event["id"])
    urls = {hook["id"]: hook["url"] for hook in store.where(call.scope, HOOK)}
    done = {row["endpoint"] for row in rows if row["state"] == "delivered"}
    payload["completed_urls"] = [urls[one] for one in sorted(done) if one in urls]
    payload["pending_urls"] = [urls[one] for one in sorted({row["endpoint"] for row in rows} - done) if one in urls]
    payload["status"] = "pending" if payload["pending_urls"] else "completed"
    return payload


@api.on("GET", "/events/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One event, without its result."""
    return Reply(_shown(call, get(call, "event", identifier)))


@api.on("GET", "/events")
def search(call: Call) -> Reply:
    """Events, newest first, without their results."""
    found, reply = page(call, "event", "events")
    return Reply({**reply.body, "events": [_shown(call, event) for event in found]})


@api.on("GET", "/events/<identifier>/payloads")
def payloads(call: Call, identifier: str) -> Reply:
    """What was sent to each URL and what came back."""
    return Reply({"payloads": _payloads(call, get(call, "event", identifier))})


@api.on("GET", "/events/<identifier>/payloads/<payload>")
def one_payload(call: Call, identifier: str, payload: str) -> Reply:
    """One delivery of an event."""
    found = [one for one in _payloads(call, get(call, "event", identifier)) if one["id"] == payload]
    if not found:
        raise refusal(404, "PAYLOAD.NOT_FOUND", "The payload(s) could not be found.")
    return Reply(found[0])


def _payloads(call: Call, event: Doc) -> list[Doc]:
    urls = {hook["id"]: hook["url"] for hook in store.where(call.scope, HOOK)}
    return [
        {
            "request_url": urls.get(row["endpoint"]),
            "request_headers": {"User-Agent": "EasyPost Webhooks", "Content-Type": "application/json"},
            "request_body": json.dumps(event["payload"]),
            "response_headers": {},
            "response_body": row["note"] or "",
            "response_code": row["status"],
            "total_time": 0,
            "id": f"payload_{event['id'][4:20]}{place:016x}",
            "object": "Payload",
            "created_at": event["payload"]["created_at"],
            "updated_at": event["payload"]["updated_at"],
        }
        for place, row in enumerate(news.deliveries(call.scope, event["id"]))
    ]
