"""Requests per minute and account: always told in headers, refused only where a door has set a limit."""

import threading
import time
from dataclasses import dataclass

from app.sandbox.stripe.scope import Scope

_lock = threading.Lock()
_counted: dict[tuple[str, str], tuple[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Meter:
    """Where an account stands in this minute; `reset` is in seconds."""

    limit: int
    used: int
    reset: int
    strict: bool

    @property
    def over(self) -> bool:
        return self.strict and self.used > self.limit

    def headers(self, prefix: str) -> dict[str, str]:
        """`<prefix>-Limit`, `-Remaining` and `-Reset`; nothing for a provider that tells nothing."""
        if not prefix:
            return {}
        left = max(0, self.limit - self.used)
        values = {"Limit": self.limit, "Remaining": left, "Reset": self.reset}
        return {f"{prefix}-{name}": str(value) for name, value in values.items()}


def setting(provider: str) -> str:
    """The name under which a door's limit is remembered."""
    return f"carriers.limit.{provider}"


def count(scope: Scope, provider: str, usual: int) -> Meter:
    """Count one request."""
    now = time.time()
    minute, key = int(now // 60), (provider, scope.account)
    with _lock:
        last, used = _counted.get(key, (minute, 0))
        used = used + 1 if last == minute else 1
        _counted[key] = (minute, used)
    strict = int(scope.state.setting(setting(provider), 0))
    return Meter(strict or usual, used, 60 - int(now % 60), bool(strict))


def forget() -> None:
    """Begin the minute anew for everybody."""
    with _lock:
        _counted.clear()
