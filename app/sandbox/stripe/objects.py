"""Stripe's objects as JSON documents, each belonging to the platform or to one connected account."""

import json
from collections.abc import Callable
from typing import Any

from app.sandbox.state import State

from .errors import missing
from .scope import Scope

Doc = dict[str, Any]


def add(scope: Scope, doc: Doc, secret: Doc | None = None) -> Doc:
    """Keep a new object; `secret` is what the sandbox remembers about it and never shows."""
    scope.state.run(
        "INSERT INTO objects (id, kind, account, created, body, secret) VALUES (?, ?, ?, ?, ?, ?)",
        doc["id"],
        doc["object"],
        scope.account,
        doc.get("created") or scope.now(),
        json.dumps(doc),
        json.dumps(secret or {}),
    )
    return doc


def save(scope: Scope, doc: Doc) -> Doc:
    """Keep the changed object."""
    scope.state.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(doc), doc["id"])
    return doc


def find(scope: Scope, kind: str, identifier: str | None) -> Doc | None:
    """The object if it exists and belongs to this account."""
    row = scope.state.row(
        "SELECT body FROM objects WHERE id = ? AND kind = ? AND account = ?", identifier, kind, scope.account
    )
    return json.loads(row["body"]) if row else None


def get(scope: Scope, kind: str, identifier: str | None, param: str = "id", status: int = 404) -> Doc:
    """The object; raises StripeError `resource_missing` (404 for the path, pass 400 for a parameter)."""
    doc = find(scope, kind, identifier)
    if doc is None:
        raise missing(kind, str(identifier), param, status)
    return doc


def owner(state: State, identifier: str) -> str | None:
    """The account an object belongs to ("" is the platform), or None when there is no such object."""
    row = state.row("SELECT account FROM objects WHERE id = ?", identifier)
    return None if row is None else row["account"]


def secret_of(scope: Scope, identifier: str) -> Doc:
    """What the sandbox alone remembers about an object."""
    row = scope.state.row("SELECT secret FROM objects WHERE id = ?", identifier)
    return json.loads(row["secret"]) if row else {}


def keep_secret(scope: Scope, identifier: str, **members: Any) -> None:
    """Change what the sandbox alone remembers about an object."""
    merged = {**secret_of(scope, identifier), **members}
    scope.state.run("UPDATE objects SET secret = ? WHERE id = ?", json.dumps(merged), identifier)


def where(scope: Scope, kind: str, **members: Any) -> list[Doc]:
    """All objects of this account whose members have these values, oldest first."""
    tests = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in members)
    rows = scope.state.rows(
        f"SELECT body FROM objects WHERE kind = ? AND account = ?{tests} ORDER BY seq",
        kind,
        scope.account,
        *members.values(),
    )
    return [json.loads(row["body"]) for row in rows]


# --- lists -----------------------------------------------------------------------------------------------------------
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def listing(
    scope: Scope,
    kind: str,
    params: Doc,
    url: str,
    filters: tuple[str, ...] = (),
    extra: str = "",
    values: tuple[Any, ...] = (),
    shape: Callable[[Doc], Doc] | None = None,
) -> Doc:
    """One page, newest first, of the objects that match the parameters named in `filters` and the SQL in `extra`."""
    sql, given = "kind = ? AND account = ?" + extra, [kind, scope.account, *values]
    for name in filters:
        if params.get(name) is not None:
            sql += f" AND json_extract(body, '$.{name}') = ?"
            given.append(params[name])
    created = params.get("created")
    for name, value in (created if isinstance(created, dict) else {"": created} if created is not None else {}).items():
        sql += f" AND created {COMPARISONS.get(name, '=')} ?"
        given.append(value)
    return page(scope, sql, given, params, url, shape)


def page(
    scope: Scope, sql: str, given: list[Any], params: Doc, url: str, shape: Callable[[Doc], Doc] | None = None
) -> Doc:
    """A list object with `limit` (10) rows of the condition, moved by `starting_after` or `ending_before`."""
    limit, backwards = params.get("limit", 10), params.get("ending_before")
    cursor = backwards or params.get("starting_after")
    if cursor:
        row = scope.state.row("SELECT seq FROM objects WHERE id = ?", cursor)
        if row is None:
            raise missing("object", cursor, "ending_before" if backwards else "starting_after", 400)
        sql += f" AND seq {'>' if backwards else '<'} ?"
        given.append(row["seq"])
    order = "ASC" if backwards else "DESC"
    rows = scope.state.rows(f"SELECT body FROM objects WHERE {sql} ORDER BY seq {order} LIMIT ?", *given, limit + 1)
    docs = [json.loads(row["body"]) for row in rows[:limit]]
    if backwards:
        docs.reverse()
    data = [shape(doc) for doc in docs] if shape else docs
    return {"object": "list", "data": data, "has_more": len(rows) > limit, "url": url}


def merge_metadata(doc: Doc, params: Doc) -> None:
    """Stripe merges metadata: a key with an empty value is removed, an empty `metadata` clears all."""
    given = params.get("metadata")
    if given is None:
        return
    merged = {} if given == "" else {**(doc.get("metadata") or {}), **given}
    doc["metadata"] = {name: value for name, value in merged.items() if value != ""}


def clean_metadata(params: Doc) -> dict[str, str]:
    """The metadata of a new object: keys with empty values are left out."""
    return {name: value for name, value in (params.get("metadata") or {}).items() if value != ""}
