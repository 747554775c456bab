"""Objects of the label providers as JSON documents; each belongs to one account, which is its API key."""

import json
import secrets
from typing import Any

from app.sandbox.stripe.scope import Scope

Doc = dict[str, Any]


def token() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)


def add(scope: Scope, kind: str, identifier: str, doc: Doc, secret: Doc | None = None) -> Doc:
    """Keep a new object; `secret` is what the sandbox remembers about it and never shows."""
    scope.state.run(
        "INSERT INTO objects (id, kind, account, created, body, secret) VALUES (?, ?, ?, ?, ?, ?)",
        identifier,
        kind,
        scope.account,
        scope.now(),
        json.dumps(doc),
        json.dumps(secret or {}),
    )
    return doc


def save(scope: Scope, identifier: str, doc: Doc) -> Doc:
    """Keep the changed object."""
    scope.state.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(doc), identifier)
    return doc


def remove(scope: Scope, identifier: str) -> None:
    """Forget an object."""
    scope.state.run("DELETE FROM objects WHERE id = ? AND account = ?", identifier, scope.account)


def find(scope: Scope, kind: str, identifier: object) -> Doc | None:
    """The object if it exists and belongs to this account."""
    row = scope.state.row(
        "SELECT body FROM objects WHERE id = ? AND kind = ? AND account = ?", str(identifier), kind, scope.account
    )
    return json.loads(row["body"]) if row else None


def find_anywhere(scope: Scope, kind: str, identifier: str) -> Doc | None:
    """The object of whichever account."""
    row = scope.state.row("SELECT body FROM objects WHERE id = ? AND kind = ?", identifier, kind)
    return json.loads(row["body"]) if row else None


def where(scope: Scope, kind: str, **members: Any) -> list[Doc]:
    """The account's objects whose members have these values, oldest first."""
    tests = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in members)
    rows = scope.state.rows(
        f"SELECT body FROM objects WHERE kind = ? AND account = ?{tests} ORDER BY seq",
        kind,
        scope.account,
        *members.values(),
    )
    return [json.loads(row["body"]) for row in rows]


def first(scope: Scope, kind: str, **members: Any) -> Doc | None:
    """The newest of the account's objects with these values."""
    found = where(scope, kind, **members)
    return found[-1] if found else None


def newest(scope: Scope, kind: str, limit: int, before: str | None = None, after: str | None = None) -> list[Doc]:
    """Up to `limit` objects, newest first, older than the object `before` or newer than the object `after`."""
    test, values = "", []
    for sign, identifier in (("<", before), (">", after)):
        if identifier:
            test += f" AND seq {sign} (SELECT seq FROM objects WHERE id = ?)"
            values.append(identifier)
    rows = scope.state.rows(
        f"SELECT body FROM objects WHERE kind = ? AND account = ?{test} ORDER BY seq DESC LIMIT ?",
        kind,
        scope.account,
        *values,
        limit,
    )
    return [json.loads(row["body"]) for row in rows]


def number(scope: Scope) -> int:
    """A number that was never given before, for providers that count."""
    following = int(scope.state.setting("carriers.number", 28_000_000)) + 1
    scope.state.remember("carriers.number", following)
    return following
