"""Documents of the marketplace. Ids are unique inside one shop only, as they are at the platforms, so they have tables of their own."""

import json
from collections.abc import Iterable, Sequence
from sqlite3 import Row
from typing import Any

from app.sandbox.stripe.scope import Scope

Doc = dict[str, Any]
SCHEMA = """
CREATE TABLE IF NOT EXISTS market_docs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (account, kind, id));
CREATE INDEX IF NOT EXISTS market_docs_updated ON market_docs (account, kind, updated, seq);
CREATE INDEX IF NOT EXISTS market_docs_created ON market_docs (account, kind, created, seq);
CREATE TABLE IF NOT EXISTS market_parts (
    account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (account, kind, id));
CREATE INDEX IF NOT EXISTS market_parts_owner ON market_parts (account, kind, owner);
CREATE TABLE IF NOT EXISTS market_counters (
    account TEXT NOT NULL, noun TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (account, noun));
"""
TABLES = ("market_docs", "market_parts", "market_counters")


def add(scope: Scope, kind: str, doc: Doc) -> Doc:
    """Keep a new document under its `id`; `created` and `updated` are set where it does not bring them."""
    now = scope.now()
    doc = {**doc, "created": doc.get("created") or now, "updated": doc.get("updated") or doc.get("created") or now}
    scope.state.run(
        "INSERT INTO market_docs (account, kind, id, created, updated, body) VALUES (?, ?, ?, ?, ?, ?)",
        scope.account,
        kind,
        doc["id"],
        doc["created"],
        doc["updated"],
        json.dumps(doc),
    )
    return doc


def save(scope: Scope, kind: str, doc: Doc) -> Doc:
    """Keep the changed document; `updated` becomes now."""
    doc["updated"] = scope.now()
    kept = {name: value for name, value in doc.items() if name != "seq"}
    scope.state.run(
        "UPDATE market_docs SET body = ?, updated = ? WHERE account = ? AND kind = ? AND id = ?",
        json.dumps(kept),
        doc["updated"],
        scope.account,
        kind,
        doc["id"],
    )
    return doc


def find(scope: Scope, kind: str, identifier: object) -> Doc | None:
    """The document with this id in the scope's account."""
    row = scope.state.row(
        "SELECT seq, body FROM market_docs WHERE account = ? AND kind = ? AND id = ?",
        scope.account,
        kind,
        str(identifier),
    )
    return _doc(row) if row else None


def find_many(scope: Scope, kind: str, identifiers: Iterable[object]) -> list[Doc]:
    """Those of the ids that exist, in the order they were asked for."""
    found = (find(scope, kind, one) for one in dict.fromkeys(identifiers))
    return [one for one in found if one is not None]


def listed(
    scope: Scope,
    kind: str,
    *,
    by: str = "created",
    since: int | None = None,
    until: int | None = None,
    after: tuple[int, int] | None = None,
    limit: int | None = None,
    offset: int = 0,
    newest: bool = False,
) -> list[Doc]:
    """Documents whose moment `by` (created or updated) lies in [since, until), oldest first unless `newest`.

    `after` is (moment, seq) of the last one already seen; each document brings its `seq`.
    """
    column = {"created": "created", "updated": "updated"}[by]
    sql, values = _window(scope, kind, column, since, until)
    if after:
        sql += f" AND ({column}, seq) {'<' if newest else '>'} (?, ?)"
        values += after
    way = "DESC" if newest else "ASC"
    sql += f" ORDER BY {column} {way}, seq {way} LIMIT ? OFFSET ?"
    rows = scope.state.rows("SELECT seq, body" + sql, *values, -1 if limit is None else limit, offset)
    return [_doc(row) for row in rows]


def count(scope: Scope, kind: str, *, by: str = "created", since: int | None = None, until: int | None = None) -> int:
    """How many documents lie in the window."""
    column = {"created": "created", "updated": "updated"}[by]
    sql, values = _window(scope, kind, column, since, until)
    row = scope.state.row("SELECT count(*) AS n" + sql, *values)
    return int(row["n"]) if row else 0


def _window(scope: Scope, kind: str, column: str, since: int | None, until: int | None) -> tuple[str, list[Any]]:
    sql = " FROM market_docs WHERE account = ? AND kind = ?"
    values: list[Any] = [scope.account, kind]
    for sign, moment in ((">=", since), ("<", until)):
        if moment is not None:
            sql += f" AND {column} {sign} ?"
            values.append(moment)
    return sql, values


def _doc(row: Row) -> Doc:
    return {**json.loads(row["body"]), "seq": row["seq"]}


# --- parts of documents that have ids of their own: SKUs of a product, packages, cancellations and returns of an order ---
def point(scope: Scope, kind: str, owner: str, parts: Sequence[str]) -> None:
    """Remember that these parts belong to the document `owner`; what pointed there before is forgotten."""
    state = scope.state
    state.run("DELETE FROM market_parts WHERE account = ? AND kind = ? AND owner = ?", scope.account, kind, owner)
    for part in parts:
        state.run("INSERT OR REPLACE INTO market_parts VALUES (?, ?, ?, ?)", scope.account, kind, part, owner)


def owner_of(scope: Scope, kind: str, part: object) -> str | None:
    """The id of the document that a part belongs to."""
    row = scope.state.row(
        "SELECT owner FROM market_parts WHERE account = ? AND kind = ? AND id = ?", scope.account, kind, str(part)
    )
    return row["owner"] if row else None


def following(scope: Scope, noun: str, start: int = 1, step: int = 1) -> int:
    """The next number of a count that never gives one twice in the scope's account."""
    row = scope.state.row(
        "INSERT INTO market_counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + ? RETURNING value",
        scope.account,
        noun,
        start,
        step,
    )
    assert row is not None
    return int(row["value"])
