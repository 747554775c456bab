"""How Shopee is called: stamped and signed anew each time, JSON with decimals, and an error whatever the HTTP status says."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from app.channels.channel_facts import App, Connection
from app.channels.platforms import shopee_errors as errors
from app.channels.platforms import shopee_signing as signing
from app.core import http
from app.core.errors import ProviderError
from app.core.wire import FILE_BYTES, body_of, encoded, mapping, text

NAME = errors.NAME
Found = Mapping[str, Any]


def _free() -> None:
    """No limit."""


@dataclass(frozen=True)
class Line:
    """Calls for one shop; without shop and token they are Shopee's Public API."""

    app: App
    shop_id: str = ""
    token: str = field(default="", repr=False)
    pace: Callable[[], None] = field(default=_free, repr=False)

    @classmethod
    def of(cls, connection: Connection) -> "Line":
        return cls(connection.app, connection.shop.id, connection.tokens.access, connection.pace)

    def public(self) -> "Line":
        """The same app's calls that are about no shop."""
        return replace(self, shop_id="", token="")

    # --- one answer
    def get(self, path: str, **query: Any) -> Found:
        """The whole answer. Raises ProviderError when `error` is not empty."""
        return checked(self.ask("GET", path, query=query))

    def post(self, path: str, body: Mapping[str, Any]) -> Found:
        return checked(self.ask("POST", path, body), posting=True)

    def ask(self, method: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None) -> Found:
        """The answer as it is: batches say in `response` what failed, even when `error` is set."""
        response = self.send(method, path, body, query=query)
        found = body_of(response)
        if not isinstance(found, Mapping):
            raise _unread(response, posting=method != "GET")
        return found

    def download(self, path: str, body: Mapping[str, Any]) -> requests.Response:
        """A file. Raises ProviderError when JSON came instead: only its content says which of the two it is."""
        response = self.send("POST", path, body)
        if response.status_code < 400 and not _is_json(response):
            return response
        found = mapping(body_of(response))
        if not errors.code_of(found.get("error")):
            raise _unread(response, posting=False)
        raise errors.refusal(found.get("error"), found.get("message"))

    def send(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None
    ) -> requests.Response:
        self.pace()
        return http.call(
            NAME,
            method,
            f"{self.app.api}{path}",
            explain=_explain(method != "GET"),
            allow=range(400, 500),
            limit=FILE_BYTES,
            params={**self.signed(path), **(query or {})},
            data=None if body is None else encoded(body),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )

    def signed(self, path: str, timestamp: int | None = None) -> dict[str, str]:
        """The common parameters of a call made now."""
        stamp = int(time.time()) if timestamp is None else timestamp
        sign = signing.request(self.app.secret, self.app.key, path, stamp, self.token, self.shop_id)
        common = {"partner_id": self.app.key, "timestamp": str(stamp)}
        if self.shop_id:
            common |= {"access_token": self.token, "shop_id": self.shop_id}
        return {**common, "sign": sign}


def checked(found: Found, *, posting: bool = False) -> Found:
    """The answer, when it is none that refuses."""
    if errors.code_of(found.get("error")):
        raise errors.refusal(found.get("error"), found.get("message"), posting=posting)
    return found


def number(value: Any) -> int | str:
    """An id as Shopee's JSON wants it."""
    said = text(value)
    return int(said) if said.isdigit() else said


def _is_json(response: requests.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "") or response.content[:1] == b"{"


def _explain(posting: bool) -> http.Explain:
    """Reads the words of a broken server, where there are some."""

    def explain(response: requests.Response) -> http.Explained | None:
        found = mapping(body_of(response))
        code, words = errors.code_of(found.get("error")), text(found.get("message"))
        if not code:
            return None
        said = errors.refusal(code, words, posting=posting)
        return http.Explained(words or code, code, said.permanent, said.unknown, said.retry_after)

    return explain


def _unread(response: requests.Response, *, posting: bool) -> ProviderError:
    """No JSON at all: a gateway's page, or an answer cut short."""
    status = response.status_code
    if status == 429:
        return ProviderError(NAME, "is asked too much", permanent=False, retry_after=errors.SHORT_WAIT)
    if status >= 400:
        return ProviderError(NAME, f"answered {status}", permanent=status != 408, remote_code=str(status))
    return ProviderError(
        NAME, "answered something that cannot be read", permanent=False, unknown=posting, remote_code="unreadable"
    )
