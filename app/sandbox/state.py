"""What the sandbox remembers: one SQLite file, one connection, one lock, and a clock that can be moved forward."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL, secret TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, account, seq);
CREATE INDEX IF NOT EXISTS objects_charge ON objects (kind, json_extract(body, '$.charge'))
    WHERE json_extract(body, '$.charge') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_source ON objects (kind, json_extract(body, '$.source_transaction'))
    WHERE json_extract(body, '$.source_transaction') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_group ON objects (kind, json_extract(body, '$.transfer_group'))
    WHERE json_extract(body, '$.transfer_group') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_intent ON objects (kind, json_extract(body, '$.payment_intent'))
    WHERE json_extract(body, '$.payment_intent') IS NOT NULL;
CREATE TABLE IF NOT EXISTS funds (
    txn TEXT PRIMARY KEY, account TEXT NOT NULL, currency TEXT NOT NULL, net INTEGER NOT NULL,
    available_on INTEGER NOT NULL, payout TEXT);
CREATE INDEX IF NOT EXISTS funds_account ON funds (account, currency, available_on, net);
CREATE INDEX IF NOT EXISTS funds_payout ON funds (payout) WHERE payout IS NOT NULL;
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    request_id TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS effects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, details TEXT NOT NULL, idempotency_key TEXT,
    request_id TEXT, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, status INTEGER, note TEXT, sent REAL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due, seq);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS timers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, task TEXT NOT NULL, subject TEXT NOT NULL,
    UNIQUE (task, subject, due));
CREATE INDEX IF NOT EXISTS timers_due ON timers (due);
"""
TABLES = ("settings", "objects", "funds", "idempotency", "effects", "deliveries", "faults", "timers")


class State:
    """One SQLite file shared by every thread; writers wait for each other, so no two see the same "before"."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._tell: Callable[[], None] | None = None
        self._tables = list(TABLES)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self._offset = int(self.setting("clock_offset", 0))

    def close(self) -> None:
        """Close the file; every later call raises sqlite3.ProgrammingError."""
        with self._lock:
            self._db.close()

    def extend(self, schema: str, *tables: str) -> None:
        """Add a provider's own tables (`CREATE … IF NOT EXISTS`); `reset` empties them with the others."""
        with self._lock:
            self._db.executescript(schema)
            self._tables += tables

    # --- transactions -----------------------------------------------------------------------------------------------
    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens or nothing does; a nested block is a savepoint of its own."""
        with self._lock:
            name = f"s{self._depth}"
            self._db.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._undo(name)
                raise
            self._keep(name)

    def _undo(self, name: str) -> None:
        self._depth -= 1
        if self._depth:
            self._db.execute(f"ROLLBACK TO {name}")
            self._db.execute(f"RELEASE {name}")
        else:
            self._db.execute("ROLLBACK")

    def _keep(self, name: str) -> None:
        self._depth -= 1
        if self._depth:
            self._db.execute(f"RELEASE {name}")
            return
        self._db.execute("COMMIT")
        if self._tell:
            self._tell()

    def on_change(self, tell: Callable[[], None]) -> None:
        """Call `tell` after every kept transaction (it must return at once)."""
        self._tell = tell

    # --- rows -------------------------------------------------------------------------------------------------------
    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def run(self, sql: str, *values: Any) -> int:
        """Execute a change; returns the number of rows it touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    # --- settings and clock -----------------------------------------------------------------------------------------
    def setting(self, name: str, default: Any = None) -> Any:
        """A remembered JSON value."""
        row = self.row("SELECT value FROM settings WHERE name = ?", name)
        return default if row is None else json.loads(row["value"])

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value under a name."""
        self.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, json.dumps(value))

    def now(self) -> int:
        """Seconds since 1970 by the sandbox's clock, which may run ahead of the real one."""
        return int(time.time()) + self._offset

    def advance(self, seconds: int) -> int:
        """Move the clock forward by `seconds` (never back); returns the new time."""
        if seconds < 0:
            raise ValueError("The sandbox's clock only goes forward.")
        with self.transaction():
            self._offset += seconds
            self.remember("clock_offset", self._offset)
        return self.now()

    def reset(self) -> None:
        """Forget everything, and put the clock back to real time."""
        with self.transaction():
            for table in self._tables:
                self.run(f"DELETE FROM {table}")
            self._offset = 0
