"""Outgoing HTTP: time limits, a size cap and a breaker per upstream; failures become ProviderError (ARCHITECTURE.md §9)."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from app.core.errors import ProviderError

TIMEOUT = (1.0, 10.0)
MAX_BYTES = 5 * 1024 * 1024


@dataclass
class Breaker:
    """Opens after `threshold` failures in a row and lets one try through after `cooldown` seconds."""

    threshold: int = 10
    cooldown: float = 30.0
    failures: int = 0
    opened_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def closed(self) -> bool:
        with self._lock:
            if self.failures < self.threshold:
                return True
            if time.monotonic() - self.opened_at < self.cooldown:
                return False
            self.opened_at = time.monotonic()
            return True

    def success(self) -> None:
        with self._lock:
            self.failures = 0

    def failure(self) -> None:
        with self._lock:
            self.failures += 1
            if self.failures >= self.threshold:
                self.opened_at = time.monotonic()


_breakers: dict[str, Breaker] = {}


def breaker(upstream: str) -> Breaker:
    return _breakers.setdefault(upstream, Breaker())


def guard(upstream: str) -> Breaker:
    """The upstream's breaker. Raises ProviderError (temporary) while it is open."""
    gate = breaker(upstream)
    if not gate.closed():
        raise ProviderError(
            upstream, "not called: it failed repeatedly a moment ago", permanent=False, retry_after=gate.cooldown
        )
    return gate


def call(upstream: str, method: str, url: str, **options: Any) -> requests.Response:
    """One request. Raises ProviderError: `unknown` when the answer was lost after sending, `permanent` on 4xx but 408/429."""
    gate = guard(upstream)
    options.setdefault("timeout", TIMEOUT)
    try:
        response = requests.request(method, url, allow_redirects=False, stream=True, **options)
        body = response.raw.read(MAX_BYTES + 1, decode_content=True)
    except requests.ConnectTimeout as error:
        gate.failure()
        raise ProviderError(upstream, "could not connect in time", permanent=False) from error
    except (requests.RequestException, OSError) as error:
        gate.failure()
        raise ProviderError(upstream, type(error).__name__, permanent=False, unknown=method != "GET") from error
    if len(body) > MAX_BYTES:
        raise ProviderError(upstream, "the answer is too large", permanent=True)
    response._content = body
    return _checked(upstream, gate, response)


def _checked(upstream: str, gate: Breaker, response: requests.Response) -> requests.Response:
    if response.status_code >= 500:
        gate.failure()
        raise ProviderError(upstream, f"answered {response.status_code}", permanent=False, unknown=True)
    gate.success()
    if response.status_code in (408, 429):
        waits = response.headers.get("Retry-After", "")
        raise ProviderError(
            upstream,
            f"answered {response.status_code}",
            permanent=False,
            retry_after=float(waits) if waits.isdigit() else 5.0,
        )
    if response.status_code >= 400:
        raise ProviderError(
            upstream, f"answered {response.status_code}", permanent=True, remote_code=str(response.status_code)
        )
    return response
