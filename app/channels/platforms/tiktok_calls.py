"""Signed calls to TikTok Shop: one place that stamps, signs and sends, and that reads the envelope every answer has."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import requests

from app.channels.channel_facts import App
from app.channels.platforms.tiktok_errors import NAME, explain, refusal
from app.channels.platforms.tiktok_signing import JSON, sign
from app.core import http
from app.core.errors import ProviderError
from app.core.wire import LONG, SHORT, body_of, decoded, encoded, mapping, reading

WITHOUT_CIPHER = re.compile(
    r"^/(authorization|seller)/|^/product/\d+/(global_|compliance/|images/upload|files/upload)|^/product/\d+/brands$"
)
"""Where a shop's cipher is an error (TIKTOK.md §2.6); only a POST to brands is among them, and we send none."""
FILES = (".tiktokshop.com", ".tiktok.com", ".tiktokglobalshop.com", ".tiktok-shops.com")
"""Whose machines labels come from (open-fs-sg.tiktokshop.com, seller-us.tiktok.com, …)."""
MOST_BYTES = 20 * 1024 * 1024
"""Of an answer or a file: a page of a hundred products may bring thousands of SKUs."""


def _free() -> None:
    """No limit."""


@dataclass(frozen=True)
class Calls:
    """Calls on behalf of one seller, for one shop where `cipher` is given. Answers are the envelope's `data`."""

    app: App
    token: str = field(repr=False)
    cipher: str = field(default="", repr=False)
    pace: Callable[[], None] = field(default=_free, repr=False)

    def get(self, path: str, **query: Any) -> Mapping[str, Any]:
        return self._ask("GET", path, query=query, reads=True)

    def find(self, path: str, body: Any, **query: Any) -> Mapping[str, Any]:
        """A search: a POST that changes nothing."""
        return self._ask("POST", path, body, query, reads=True)

    def post(self, path: str, body: Any, *, timeout: tuple[float, float] = SHORT) -> Mapping[str, Any]:
        return self._ask("POST", path, body, timeout=timeout)

    def put(self, path: str, body: Any) -> Mapping[str, Any]:
        return self._ask("PUT", path, body)

    def slow(self, path: str, body: Any) -> Mapping[str, Any]:
        """A POST that TikTok takes its time for, such as booking a courier."""
        return self.post(path, body, timeout=LONG)

    def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        *,
        reads: bool = False,
        timeout: tuple[float, float] = SHORT,
    ) -> Mapping[str, Any]:
        self.pace()
        raw = b"" if method == "GET" else encoded({} if body is None else body)
        response = sent(
            method,
            f"{self.app.api}{path}?{spelled(self._signed(method, path, query or {}, raw))}",
            reads=reads,
            data=raw or None,
            headers={"x-tts-access-token": self.token, "content-type": JSON, "accept": JSON},
            timeout=timeout,
        )
        return opened(response, reads=reads)

    def _signed(self, method: str, path: str, query: Mapping[str, Any], raw: bytes) -> dict[str, str]:
        """All parameters, stamped with this moment: every attempt is signed anew (TRAPS.md D31)."""
        told = {name: _word(value) for name, value in query.items() if value not in (None, "", [])}
        told |= {"app_key": self.app.key, "timestamp": str(int(time.time()))}
        if self.cipher and not WITHOUT_CIPHER.search(path):
            told["shop_cipher"] = self.cipher
        return {**told, "sign": sign(self.app.secret, method, path, told, raw)}


def _word(value: Any) -> str:
    return ",".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def spelled(query: Mapping[str, str]) -> str:
    return urlencode(query, quote_via=quote, safe="")


def exchange(app: App, path: str, **query: str) -> Mapping[str, Any]:
    """Tokens for a code or for older tokens. Our secret stands in the address, which is why no failure ever shows one."""
    told = {"app_key": app.key, "app_secret": app.secret, **query}
    return opened(sent("GET", f"{app.auth}{path}?{spelled(told)}", reads=True, headers={"accept": JSON}), reads=True)


def sent(method: str, url: str, *, reads: bool, **options: Any) -> requests.Response:
    """The answer, whatever its status below 500. Raises ProviderError; what only reads is never unknown."""
    options.setdefault("timeout", SHORT)
    try:
        return http.call(NAME, method, url, explain=explain, allow=range(300, 500), limit=MOST_BYTES, **options)
    except ProviderError as error:
        error.unknown = error.unknown and not reads
        raise


def opened(response: requests.Response, *, reads: bool) -> Mapping[str, Any]:
    """The envelope's data. Success is code 0 and nothing else; the HTTP status decides only where there is no envelope."""
    if response.status_code >= 300:
        raise refusal(
            mapping(body_of(response)), response.status_code, reads=reads, wait=response.headers.get("Retry-After")
        )
    with reading(NAME, unknown=not reads):
        answer = decoded(response.content)
        code = int(str(answer["code"]))
    if code != 0:
        raise refusal(answer, reads=reads, wait=response.headers.get("Retry-After"))
    return mapping(answer.get("data"))


def download(app: App, url: str) -> bytes:
    """A file TikTok named. Raises ProviderError (permanent) for an address that is not TikTok's."""
    if not http.belongs(url, app.api, FILES):
        raise ProviderError(NAME, "named a file on an address that is not its own", permanent=True)
    return http.call(NAME, "GET", url, limit=MOST_BYTES, timeout=SHORT).content
