"""The outbox of webhooks: one row per event and endpoint, written together with the event."""

import json
import time
from fnmatch import fnmatchcase
from typing import Any

from app.sandbox.state import State

from . import faults
from .objects import Doc
from .scope import Scope

WAITING, SENDING, DELIVERED, DROPPED, GIVEN_UP, HELD = "waiting", "sending", "delivered", "dropped", "given up", "held"
FIRST_ID = "we_sandbox_account"
CONNECT_ID = "we_sandbox_connect"


def listeners(scope: Scope, kind: str) -> list[str]:
    """The ids of the endpoints that want this event: connect endpoints for connected accounts, others for our own."""
    rows = scope.state.rows("SELECT id, body, secret FROM objects WHERE kind = 'webhook_endpoint' ORDER BY seq")
    return [row["id"] for row in rows if _wants(row, kind, bool(scope.account))]


def _wants(row: Any, kind: str, connected: bool) -> bool:
    endpoint, secret = json.loads(row["body"]), json.loads(row["secret"])
    if endpoint["status"] != "enabled" or bool(secret.get("connect")) != connected:
        return False
    return any(name == "*" or fnmatchcase(kind, name) for name in endpoint["enabled_events"])


def post(state: State, event: Doc, endpoints: list[str]) -> None:
    """Queue one delivery per endpoint, as the faults asked for by a test have it."""
    fault = faults.take_event(state, event["type"]) if endpoints else None
    copies, status, wait = 1, WAITING, 0
    if fault:
        kind = fault["kind"]
        copies = fault.get("copies", 2) if kind == "duplicate_event" else 1
        status = {"drop_event": DROPPED, "reorder_events": HELD}.get(kind, WAITING)
        wait = int(fault.get("seconds", 1)) if kind == "slow" else 0
    for endpoint in endpoints:
        for _ in range(copies):
            queue(state, event["id"], endpoint, status, state.now() + wait)
    if fault and fault["kind"] == "reorder_events" and fault["remaining"] == 0:
        release(state)


def queue(state: State, event: str, endpoint: str, status: str = WAITING, due: int | None = None) -> None:
    """Write one delivery."""
    state.run(
        "INSERT INTO deliveries (event, endpoint, state, due) VALUES (?, ?, ?, ?)",
        event,
        endpoint,
        status,
        state.now() if due is None else due,
    )


def release(state: State) -> None:
    """Let the held deliveries go, the last one first."""
    held = state.rows("SELECT seq, event, endpoint FROM deliveries WHERE state = ? ORDER BY seq DESC", HELD)
    for row in held:
        state.run("DELETE FROM deliveries WHERE seq = ?", row["seq"])
        queue(state, row["event"], row["endpoint"])


def redeliver(state: State, event: str) -> int:
    """Queue an event once more for every endpoint it was meant for; returns how many."""
    rows = state.rows("SELECT DISTINCT endpoint FROM deliveries WHERE event = ?", event)
    for row in rows:
        queue(state, event, row["endpoint"])
    return len(rows)


def empty(state: State, patience: float = 25.0) -> None:
    """Throw away what waits and wait for what is on its way, so that nothing of the old world arrives in a new one."""
    state.run("DELETE FROM deliveries WHERE state != ?", SENDING)
    end = time.monotonic() + patience
    while state.row("SELECT 1 FROM deliveries WHERE state = ?", SENDING) and time.monotonic() < end:
        time.sleep(0.01)
