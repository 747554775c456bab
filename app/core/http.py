"""Outgoing HTTP: time limits, a size cap and a breaker per upstream; failures become ProviderError (ARCHITECTURE.md §9)."""

import re
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError

from app.core.errors import ProviderError

TIMEOUT = (1.0, 10.0)
MAX_BYTES = 5 * 1024 * 1024
LONGEST = 300
NEVER_SENT = (NewConnectionError, NameResolutionError)
SECRETS = (
    (re.compile(r"(https?://[^\s?\"'<>]*)\?[^\s\"'<>]*"), r"\1?…"),
    (re.compile(r"\b(EZ[AT]K|shippo_(?:live|test)_|sk_(?:live|test)_|TEST_)[A-Za-z0-9+/=_-]{6,}"), r"\1…"),
    (re.compile(r"\b(Bearer|Basic|ShippoToken)\s+\S+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "…@…"),
)


@dataclass(frozen=True)
class Explained:
    """What an error body means: its words, the provider's own code, and what differs from the rule for its status."""

    message: str
    code: str = ""
    permanent: bool | None = None
    unknown: bool | None = None
    retry_after: float | None = None


Explain = Callable[[requests.Response], Explained | None]
Send = Callable[..., requests.Response]


class NotSent(Exception):
    """A request was refused on our side: nothing left this machine. `permanent` when asking again is useless."""

    def __init__(self, words: str, code: str, *, permanent: bool = True) -> None:
        super().__init__(words)
        self.code = code
        self.permanent = permanent

    def told(self, upstream: str) -> ProviderError:
        return ProviderError(upstream, str(self), permanent=self.permanent, remote_code=self.code)


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


def held_back() -> list[str]:
    """Upstreams that this process does not call at the moment, because they failed repeatedly."""
    now = time.monotonic()
    return sorted(
        name for name, one in _breakers.items() if one.failures >= one.threshold and now - one.opened_at < one.cooldown
    )


def guard(upstream: str) -> Breaker:
    """The upstream's breaker. Raises ProviderError (temporary) while it is open."""
    gate = breaker(upstream)
    if not gate.closed():
        raise ProviderError(
            upstream, "not called: it failed repeatedly a moment ago", permanent=False, retry_after=gate.cooldown
        )
    return gate


def call(
    upstream: str,
    method: str,
    url: str,
    *,
    explain: Explain | None = None,
    allow: Collection[int] = (),
    limit: int = MAX_BYTES,
    send: Send = requests.request,
    gate: Breaker | None = None,
    seconds: float | None = None,
    **options: Any,
) -> requests.Response:
    """One request. Raises ProviderError: `unknown` when the answer was lost after sending, `permanent` on 4xx but 408/429.

    `explain` reads the provider's words out of an error body, `allow` lists statuses that are an answer like any other.
    `send` and `gate` are outside.py's for addresses that a tenant typed; `seconds` ends a body that comes in drops.
    Nothing is chained to what is raised: the cause would carry the address with its signature into logs.
    """
    gate = gate or guard(upstream)
    options.setdefault("timeout", TIMEOUT)
    try:
        response = send(method, url, allow_redirects=False, stream=True, **options)
        body = _body(response, limit, seconds)
    except NotSent as error:
        raise error.told(upstream) from None
    except (requests.RequestException, HTTPError, OSError) as error:
        gate.failure()
        raise _unanswered(upstream, method, error) from None
    if len(body) > limit:
        raise ProviderError(upstream, "the answer is too large", permanent=True, unknown=method != "GET")
    response._content = body
    return _checked(upstream, gate, response, explain, allow)


def _body(response: requests.Response, limit: int, seconds: float | None) -> bytes:
    """At most one byte more than `limit`. Raises TimeoutError when it takes longer than `seconds`."""
    if seconds is None:
        return response.raw.read(limit + 1, decode_content=True)
    end, found = time.monotonic() + seconds, bytearray()
    while len(found) <= limit and (part := response.raw.read1(limit + 1 - len(found), decode_content=True)):
        found += part
        if time.monotonic() > end:
            response.close()
            raise TimeoutError("the answer comes too slowly")
    return bytes(found)


def _unanswered(upstream: str, method: str, error: Exception) -> ProviderError:
    """A request that found no open door carried nothing; any other without an answer may have had its effect."""
    if isinstance(error, requests.ConnectTimeout):
        return ProviderError(upstream, "could not connect in time", permanent=False)
    if isinstance(getattr(error.args[0] if error.args else None, "reason", None), NEVER_SENT):
        return ProviderError(upstream, "could not be reached", permanent=False)
    late = isinstance(error, requests.Timeout | TimeoutError | ReadTimeoutError)
    words = "did not answer in time" if late else "ended the connection without an answer"
    return ProviderError(upstream, words, permanent=False, unknown=method != "GET")


def _checked(
    upstream: str, gate: Breaker, response: requests.Response, explain: Explain | None, allow: Collection[int]
) -> requests.Response:
    if response.status_code >= 500:
        gate.failure()
    else:
        gate.success()
    if response.status_code < 400 or response.status_code in allow:
        return response
    raise _refused(upstream, response, explain(response) if explain else None)


def _refused(upstream: str, response: requests.Response, said: Explained | None) -> ProviderError:
    """The rule for a status, and what the provider's own words change about it."""
    status = response.status_code
    said = said or Explained("")
    broken, busy = status >= 500 or status == 408, status in (408, 429)
    return ProviderError(
        upstream,
        redacted(said.message) or f"answered {status}",
        permanent=not (broken or busy) if said.permanent is None else said.permanent,
        unknown=broken if said.unknown is None else said.unknown,
        retry_after=said.retry_after or (_wait(response) if busy else None),
        remote_code=said.code or (None if broken or busy else str(status)),
    )


def _wait(response: requests.Response) -> float:
    waits = response.headers.get("Retry-After", "")
    return float(waits) if waits.isdigit() else 5.0


def redacted(words: str) -> str:
    """A provider's words without what must not be kept: keys, signed addresses, e-mail addresses. Cut to a readable length."""
    for pattern, instead in SECRETS:
        words = pattern.sub(instead, words)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def belongs(url: str, base: str, hosts: Collection[str] = ()) -> bool:
    """Whether an address that a provider wrote may be fetched: the base's own origin, or https on one of `hosts`.

    A host that starts with a dot stands for every name below it. Everything else could point into our own network.
    """
    try:
        asked, ours = urlsplit(url), urlsplit(base)
        if ours.hostname and (asked.scheme, asked.hostname, asked.port) == (ours.scheme, ours.hostname, ours.port):
            return not asked.username
        name, port = asked.hostname or "", asked.port
    except ValueError:
        return False
    if asked.scheme != "https" or port not in (None, 443) or asked.username:
        return False
    return any(name == host or (host.startswith(".") and name.endswith(host)) for host in hosts)
