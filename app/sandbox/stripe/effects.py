"""The sandbox's own ledger of what it did, so that a test can prove "exactly once" without asking the API."""

import json
from typing import Any

from app.sandbox.state import State

from .objects import Doc
from .scope import Scope


def record(scope: Scope, kind: str, doc: Doc, **details: Any) -> None:
    """Write one effect: money moved (minor units of `currency`), in the transaction that moved it."""
    scope.state.run(
        "INSERT INTO effects (kind, id, account, amount, currency, details, idempotency_key, request_id, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        kind,
        doc["id"],
        scope.account,
        doc["amount"],
        doc["currency"],
        json.dumps({"metadata": doc.get("metadata") or {}, **details}),
        scope.idempotency_key,
        scope.request_id,
        scope.now(),
    )


def listed(state: State, kind: str | None = None, newest: int | None = None) -> list[Doc]:
    """Effects in the order they happened (the newest `newest` of them, newest first, when that is given)."""
    test, values = ("WHERE kind = ?", [kind]) if kind else ("", [])
    order = "ORDER BY seq" if newest is None else f"ORDER BY seq DESC LIMIT {int(newest)}"
    return [_shown(dict(row)) for row in state.rows(f"SELECT * FROM effects {test} {order}", *values)]


def _shown(row: Doc) -> Doc:
    return {**{name: value for name, value in row.items() if name != "details"}, **json.loads(row["details"])}
