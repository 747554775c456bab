"""JSON over HTTP as all providers speak it: decimals stay decimals, errors keep their words, lost answers stay unknown.

A float is an amount that nobody can explain, so amounts are read as Decimal and kept in minor units.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import requests

from app.core import http
from app.core.errors import ProviderError
from app.core.money import Money, exponent

SHORT = (2, 10)
LONG = (2, 35)
"""For calls that cost money: carriers take up to half a minute, and a job ends within 45 s (TRAPS.md D35)."""
FILE_BYTES = 20 * 1024 * 1024
MOST_REDIRECTS = 3
FRACTION = re.compile(r"(\.\d{6})\d+")


@dataclass(frozen=True)
class Wire:
    """One provider's API. `name` is what people read, `hosts` are those its files may come from besides its own."""

    name: str
    base: str
    headers: Mapping[str, str] = field(repr=False)
    explain: http.Explain
    hosts: Collection[str] = ()

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, query=query)

    def find(self, path: str, **query: Any) -> Any | None:
        """Like `get`, and None for what does not exist."""
        return self.ask("GET", path, query=query, allow=(404,))

    def post(self, path: str, body: Any, *, timeout: tuple[float, float] = SHORT) -> Any:
        return self.ask("POST", path, body, timeout=timeout)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        timeout: tuple[float, float] = SHORT,
        allow: Collection[int] = (),
    ) -> Any:
        """The parsed answer, or None for a status in `allow`. Raises ProviderError; an answer that cannot be read is lost."""
        headers = {**self.headers, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        response = http.call(
            self.name,
            method,
            path if path.startswith("http") else f"{self.base}{path}",
            explain=self.explain,
            allow=allow,
            params=query or None,
            data=None if body is None else encoded(body),
            headers=headers,
            timeout=timeout,
        )
        if response.status_code in allow:
            return None
        with reading(self.name, unknown=method != "GET"):
            return decoded(response.content) if response.content.strip() else {}

    def belongs(self, url: str) -> bool:
        return http.belongs(url, self.base, self.hosts)

    def download(self, url: str) -> bytes:
        """A file the provider named. Raises ProviderError (permanent) for an address that is not the provider's."""
        for _ in range(MOST_REDIRECTS):
            if not self.belongs(url):
                raise ProviderError(self.name, "named a file on an address that is not its own", permanent=True)
            ours = http.belongs(url, self.base)
            response = http.call(
                self.name, "GET", url, headers=dict(self.headers) if ours else {}, limit=FILE_BYTES, timeout=SHORT
            )
            if not response.is_redirect:
                return response.content
            url = requests.compat.urljoin(url, response.headers["Location"])
        raise ProviderError(self.name, "sends from address to address without a file", permanent=True)


@contextmanager
def reading(name: str, *, unknown: bool = False) -> Iterator[None]:
    """Around the reading of an answer: what cannot be read raises ProviderError, `unknown` where money may have moved."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        words = f"answered something that cannot be read ({type(error).__name__})"
        raise ProviderError(name, words, permanent=False, unknown=unknown, remote_code="unreadable") from error


def decoded(raw: bytes) -> Any:
    """JSON whose numbers with a point are Decimal, without NUL in any text. Raises ValueError."""
    found = json.loads(raw, parse_float=Decimal)
    return without_nul(found) if b"\\u0000" in raw else found


def encoded(body: Any) -> bytes:
    """JSON; a Decimal becomes the shortest number that reads back as itself."""
    return json.dumps(body, default=_number, ensure_ascii=False, separators=(",", ":")).encode()


def _number(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def body_of(response: requests.Response) -> Any:
    """The parsed body of an error, or None: proxies answer in HTML."""
    try:
        return decoded(response.content)
    except ValueError:
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value when it is an object, else an empty one: providers send null, "" and [] for «nothing»."""
    return value if isinstance(value, Mapping) else {}


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; anything else is left out."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty: providers take "" for a value."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def decimal(amount: Any) -> Decimal:
    """A provider's number, written as text or as a JSON number. Raises ValueError for what is none."""
    try:
        value = Decimal(str(amount))
    except ArithmeticError as error:
        raise ValueError(f"not a number: {amount!r}") from error
    if not value.is_finite():
        raise ValueError(f"not a number: {amount!r}")
    return value


def minor(amount: Decimal, currency: str) -> int:
    """Minor units; providers write up to five decimals, so the sum is rounded half-even once."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_EVEN))


def major(minor_units: int, currency: str) -> str:
    """An amount as providers read it: "45.00" for 4500 USD, "45" for 45 JPY."""
    return f"{Money(minor_units, currency).decimal:f}"


def moment(text: Any) -> datetime | None:
    """A provider's time. Without a zone it is UTC; seven digits after the second are six; words are None."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        found = datetime.fromisoformat(FRACTION.sub(r"\1", text.strip()))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def mark(*parts: Any) -> str:
    """A key for something that has none of its own: the same parts give the same key."""
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:40]


def without_nul(value: Any) -> Any:
    """A message as PostgreSQL can keep it: no U+0000 in any text, which a buyer may have typed at the provider's."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [without_nul(one) for one in value]
    if isinstance(value, dict):
        return {without_nul(name): without_nul(one) for name, one in value.items()}
    return value
