"""Webhooks on their way: signed, sent in order, tried again with growing pauses until they are accepted."""

import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

import requests

from . import objects
from .objects import Doc
from .postbox import DELIVERED, GIVEN_UP, SENDING, WAITING
from .scope import Scope

log = logging.getLogger("sandbox.stripe")
PAUSES = (1, 3, 10, 30, 120, 600, 3600, 3 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)  # seconds; three days in all
TIMEOUT = (2, 20)
SENDERS = 4
IDLE_SECONDS = 0.5
PATIENCE = 2.0  # seconds one delivery may hold up the next to the same endpoint; after that they overtake
# The next due delivery whose endpoint is not busy with another event: so events arrive in order while the receiver is
# quick, and copies of one event arrive together, as duplicates do.
NEXT = """
SELECT * FROM deliveries d WHERE state = ? AND due <= ? AND NOT EXISTS (
    SELECT 1 FROM deliveries busy WHERE busy.state = ? AND busy.endpoint = d.endpoint AND busy.event != d.event
    AND busy.sent > ?)
ORDER BY due, seq LIMIT 1
"""


def sign(payload: bytes, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header of a payload."""
    digest = hmac.new(secret.encode(), b"%d." % timestamp + payload, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


@dataclass(frozen=True, slots=True)
class Letter:
    """One webhook as it leaves; `timeout` is (connect, read) in seconds."""

    url: str
    payload: bytes
    headers: dict[str, str]
    timeout: tuple[float, float] = TIMEOUT


def _stripe_letter(scope: Scope, endpoint: Doc, secret: Doc, event: Doc) -> Letter:
    payload = json.dumps(event, indent=2, ensure_ascii=False).encode()
    # The signature carries real time even when the sandbox's clock runs ahead: receivers compare it with theirs.
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (sandbox)",
        "Stripe-Signature": sign(payload, secret["secret"], int(time.time())),
    }
    return Letter(endpoint["url"], payload, headers)


# Who writes the letter, by the kind of the endpoint; other providers add theirs. Given are the account's scope, the
# endpoint, what the sandbox alone remembers about it, and the event.
WRITERS: dict[str, Callable[[Scope, Doc, Doc, Doc], Letter]] = {"webhook_endpoint": _stripe_letter}
# Seconds before each further try, and who hears whether a try was accepted (account's scope, endpoint's id), by the same kind.
PAUSES_OF: dict[str, tuple[int, ...]] = {}
SETTLED: dict[str, Callable[[Scope, str, bool], None]] = {}


class Postman:
    """A thread that takes due deliveries from the outbox and hands each to one of a few senders."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._state = scope.state
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._free = threading.Semaphore(SENDERS)
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="sandbox-sender")
        self._thread = threading.Thread(target=self._round, name="sandbox-postman", daemon=True)
        self._local = threading.local()

    def start(self) -> None:
        """Begin; what was being sent when the sandbox stopped is sent again."""
        self._state.run("UPDATE deliveries SET state = ? WHERE state = ?", WAITING, SENDING)
        self._thread.start()

    def stop(self) -> None:
        """Stop taking deliveries and wait for those under way."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=5)
        self._senders.shutdown(wait=True, cancel_futures=True)

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def _round(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                while not self._stop.is_set() and self._send_next():
                    pass
            except Exception:
                log.exception("The postman stumbled; he goes on")
            self._wake.wait(IDLE_SECONDS)

    def _send_next(self) -> bool:
        """Hand one due delivery to a sender; False when none is due."""
        if not self._free.acquire(timeout=1):
            return True
        row = self._claim()
        if row is None:
            self._free.release()
            return False
        self._senders.submit(self._send, row)
        return True

    def _claim(self) -> Row | None:
        """Only this thread claims, so a look without a transaction is enough (and wakes nobody when none is due)."""
        row = self._state.row(NEXT, WAITING, self._state.now(), SENDING, time.time() - PATIENCE)
        if row is None:
            return None
        claimed = self._state.run(
            "UPDATE deliveries SET state = ?, attempts = attempts + 1, sent = ? WHERE seq = ?",
            SENDING,
            time.time(),
            row["seq"],
        )
        return row if claimed else None

    def _send(self, row: Row) -> None:
        try:
            status, note = self._post(row)
            self._settle(row, status, note)
        except Exception:
            log.exception("Delivery %s could not be sent", row["seq"])
            self._settle(row, None, "The sandbox could not send it")
        finally:
            self._free.release()
            self.wake()

    def _post(self, row: Row) -> tuple[int | None, str]:
        endpoint = self._state.row("SELECT kind, account, body, secret FROM objects WHERE id = ?", row["endpoint"])
        event = self._document(row["event"])
        if endpoint is None or event is None:
            return None, "The endpoint or the event is gone"
        write = WRITERS[endpoint["kind"]]
        scope = self._scope.on(endpoint["account"])
        letter = write(scope, json.loads(endpoint["body"]), json.loads(endpoint["secret"]), event)
        try:
            answer = self._session().post(
                letter.url, data=letter.payload, headers=letter.headers, timeout=letter.timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            return None, f"{type(error).__name__}: nothing usable came from {letter.url}"
        return answer.status_code, answer.text[:300]

    def _document(self, identifier: str) -> Doc | None:
        row = self._state.row("SELECT body FROM objects WHERE id = ?", identifier)
        return json.loads(row["body"]) if row else None

    def _session(self) -> Any:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        return self._local.session

    def _settle(self, row: Row, status: int | None, note: str) -> None:
        good = status is not None and 200 <= status < 300
        tried = row["attempts"] + 1
        endpoint = self._state.row("SELECT kind, account FROM objects WHERE id = ?", row["endpoint"])
        pauses = PAUSES_OF.get(endpoint["kind"] if endpoint else "", PAUSES)
        over = not good and (tried > len(pauses) or self._document(row["event"]) is None)
        due = row["due"] if good or over else self._state.now() + pauses[tried - 1]
        with self._state.transaction():
            self._state.run(
                "UPDATE deliveries SET state = ?, status = ?, note = ?, due = ? WHERE seq = ?",
                DELIVERED if good else GIVEN_UP if over else WAITING,
                status,
                note,
                due,
                row["seq"],
            )
            if good:
                self._count_down(row["event"])
            if endpoint and endpoint["kind"] in SETTLED:
                SETTLED[endpoint["kind"]](self._scope.on(endpoint["account"]), row["endpoint"], good)

    def _count_down(self, identifier: str) -> None:
        event = self._document(identifier)
        if event and "pending_webhooks" in event:
            rows = self._state.rows(
                "SELECT DISTINCT endpoint FROM deliveries WHERE event = ? AND endpoint NOT IN "
                "(SELECT endpoint FROM deliveries WHERE event = ? AND state = ?)",
                identifier,
                identifier,
                DELIVERED,
            )
            event["pending_webhooks"] = len(rows)
            objects.save(self._scope, event)
