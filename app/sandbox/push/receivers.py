"""Browsers that subscribed, with their keys, what reached them, and what the service shall answer instead of taking a message."""

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.sandbox.state import State

CURVE = ec.SECP256R1()
SCHEMA = """
CREATE TABLE IF NOT EXISTS push_receivers (
    token TEXT PRIMARY KEY, private TEXT NOT NULL, auth TEXT NOT NULL, server_key TEXT NOT NULL, ended INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS push_messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, topic TEXT, ttl INTEGER NOT NULL, urgency TEXT NOT NULL,
    body TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS push_faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, status INTEGER NOT NULL, retry_after INTEGER,
    remaining INTEGER NOT NULL);
"""


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Raises ValueError for what is no base64url."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A browser's subscription. `server_key` is the only application server whose messages it takes; empty for any."""

    token: str
    private: int
    auth: bytes
    server_key: str
    ended: bool

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.private, CURVE)

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is answered instead, and how many seconds the sender shall wait."""

    status: int
    retry_after: int | None


class Receivers:
    """Every browser that subscribed here."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.extend(SCHEMA, "push_receivers", "push_messages", "push_faults")

    def now(self) -> int:
        """Seconds since 1970, by the sandbox's clock."""
        return self._state.now()

    def subscribe(self, server_key: str) -> Receiver:
        """A browser with keys of its own."""
        private = ec.generate_private_key(CURVE).private_numbers().private_value
        made = Receiver(secrets.token_urlsafe(24), private, secrets.token_bytes(16), server_key, False)
        sql = "INSERT INTO push_receivers (token, private, auth, server_key) VALUES (?, ?, ?, ?)"
        self._state.run(sql, made.token, hex(made.private), encoded(made.auth), made.server_key)
        return made

    def find(self, token: str) -> Receiver | None:
        row = self._state.row("SELECT * FROM push_receivers WHERE token = ?", token)
        if row is None:
            return None
        return Receiver(token, int(row["private"], 16), decoded(row["auth"]), row["server_key"], bool(row["ended"]))

    def end(self, token: str) -> None:
        """The browser unsubscribed: the service answers 410 from now on."""
        self._state.run("UPDATE push_receivers SET ended = 1 WHERE token = ?", token)

    def plant(self, token: str, fault: Fault, times: int) -> None:
        sql = "INSERT INTO push_faults (token, status, retry_after, remaining) VALUES (?, ?, ?, ?)"
        self._state.run(sql, token, fault.status, fault.retry_after, times)

    def fault(self, token: str) -> Fault | None:
        """What was planted for the next message, used up once."""
        with self._state.transaction():
            sql = "SELECT * FROM push_faults WHERE token = ? AND remaining > 0 ORDER BY seq LIMIT 1"
            row = self._state.row(sql, token)
            if row is None:
                return None
            self._state.run("UPDATE push_faults SET remaining = remaining - 1 WHERE seq = ?", row["seq"])
        return Fault(row["status"], row["retry_after"])

    def keep(self, token: str, body: bytes, *, topic: str | None, ttl: int, urgency: str) -> int:
        """Note a message that was opened; returns its number."""
        sql = "INSERT INTO push_messages (token, topic, ttl, urgency, body, created) VALUES (?, ?, ?, ?, ?, ?)"
        with self._state.transaction():
            self._state.run(sql, token, topic, ttl, urgency, body.decode(), self._state.now())
            row = self._state.row("SELECT max(seq) AS seq FROM push_messages")
        return int(row["seq"]) if row else 0

    def messages(self, token: str = "", limit: int = 100) -> list[dict[str, Any]]:
        """What reached one browser, or all of them, newest first."""
        sql = "SELECT * FROM push_messages WHERE ? IN ('', token) ORDER BY seq DESC LIMIT ?"
        return [{**dict(row), "body": _read(row["body"])} for row in self._state.rows(sql, token, limit)]


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
