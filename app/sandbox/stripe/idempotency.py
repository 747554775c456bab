"""Idempotency keys: the first executed answer is kept and given again; the same key in flight is refused."""

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from app.sandbox.state import State

from .errors import StripeError

LONGEST_KEY = 255
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer, as it was sent the first time."""

    status: int
    body: str
    request_id: str


def digest(method: str, path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(repr((method, path, sorted(pairs))).encode()).hexdigest()


class Keys:
    """The keys in flight (in memory, so that a crash forgets them) and the answers of those that are done."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._flying: set[tuple[str, str]] = set()

    def begin(self, account: str, key: str, wanted: str) -> Answer | None:
        """The stored answer, or None with the key now in flight; raises 409, or 400 for other parameters."""
        if len(key) > LONGEST_KEY:
            raise StripeError(f"Idempotency keys can be at most {LONGEST_KEY} characters.", kind="idempotency_error")
        with self._lock:
            if (account, key) in self._flying:
                raise StripeError(
                    "There is currently another in-progress request using this Idempotent Key (that probably means you "
                    "submitted twice, and the other request is still going through). Please try again later.",
                    status=409,
                    code="idempotency_key_in_use",
                    kind="invalid_request_error",
                )
            found = self._find(account, key, wanted)
            if found is None:
                self._flying.add((account, key))
            return found

    def _find(self, account: str, key: str, wanted: str) -> Answer | None:
        row = self._state.row("SELECT * FROM idempotency WHERE account = ? AND key = ?", account, key)
        if row is None or row["created"] + KEPT_SECONDS < self._state.now():
            return None  # a pruned key executes again, as it does at Stripe after a day
        if row["digest"] != wanted:
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                f"using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return Answer(row["status"], row["body"], row["request_id"])

    def keep(self, account: str, key: str, wanted: str, answer: Answer) -> None:
        """Store the answer in the transaction of its effects."""
        self._state.run(
            "INSERT OR REPLACE INTO idempotency (account, key, digest, status, body, request_id, created) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            account,
            key,
            wanted,
            answer.status,
            answer.body,
            answer.request_id,
            self._state.now(),
        )

    def end(self, account: str, key: str) -> None:
        """The request is over, whatever came of it."""
        with self._lock:
            self._flying.discard((account, key))
