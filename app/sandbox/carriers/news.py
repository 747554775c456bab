"""Webhooks of the label providers: who listens, and what is put into the post."""

import json
from collections.abc import Iterable
from typing import Any

from app.sandbox.stripe import postbox
from app.sandbox.stripe.scope import Scope

from . import store
from .store import Doc, token


def tell(scope: Scope, provider: str, kind: str, payload: Doc, hooks: Iterable[str], identifier: str = "") -> str:
    """Keep an event and queue it for the endpoints with these ids; returns the event's id."""
    event: Doc = {"id": identifier or f"event_{token()}", "type": kind, "payload": json.loads(json.dumps(payload))}
    store.add(scope, f"{provider}.event", event["id"], event)
    postbox.post(scope.state, event, list(hooks))
    return str(event["id"])


def deliveries(scope: Scope, event: str) -> list[dict[str, Any]]:
    """How an event's deliveries stand, oldest first: endpoint, state, attempts, status, note."""
    rows = scope.state.rows(
        "SELECT endpoint, state, attempts, status, note FROM deliveries WHERE event = ? ORDER BY seq", event
    )
    return [dict(row) for row in rows]
