"""One WordPress site as it is asked: where its API is, how a request proves who asks, and what errors mean.

Reference: WOOCOMMERCE.md §1-2. There is no rate limit in the core, so hosts and firewalls answer in HTML when they are tired.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from app.channels.channel import AccessEnded
from app.channels.channel_facts import Tokens
from app.channels.platforms import woocommerce_signing as signing
from app.core import outside
from app.core.errors import ProviderError
from app.core.http import Explained
from app.core.wire import body_of, decoded, encoded, mapping, reading, rows, text

NAME = "WooCommerce"
API = "/wp-json/wc/v3"
MOST = 20 * 1024 * 1024
PER_PAGE = 100
MOST_PAGES = 500
AGENT = "Guildhall"
MARK = b"\xef\xbb\xbf"
TAGS = re.compile(r"<[^>]*>")
CLOCK = re.compile(r"timestamp|nonce", re.IGNORECASE)
SIGNATURE = re.compile(r"signature", re.IGNORECASE)
REFUND_REFUSED = "woocommerce_rest_cannot_create_order_refund"

_stripped: set[str] = set()


def forget_hosts() -> None:
    """Try the Authorization header again everywhere."""
    _stripped.clear()


@dataclass(frozen=True)
class Answer:
    """A page of a list; `total` is None where the headers got lost on the way."""

    items: list[Mapping[str, Any]]
    total: int | None = None

    def more(self, end: int, per_page: int = PER_PAGE) -> bool:
        """Whether there is something behind the place where this page ends."""
        return end < self.total if self.total is not None else len(self.items) >= per_page


class Site:
    """`address` without a trailing slash. `pace` is called before each request."""

    def __init__(self, address: str, tokens: Tokens, pace: Callable[[], None]) -> None:
        self.address = address
        self._key, self._secret = tokens.access, tokens.refresh
        self._pace = pace

    # --- asking
    def get(self, path: str, **query: Any) -> Any:
        return self._read("GET", self._ask("GET", f"{self.address}{API}{path}", _words(query)))

    def find(self, path: str, **query: Any) -> Mapping[str, Any] | None:
        """One object, or None when the shop itself says that there is no such id; a missing API is an error."""
        try:
            return _object("GET", self.get(path, **query))
        except ProviderError as error:
            if (error.remote_code or "").endswith(("invalid_id", "_term_invalid")):
                return None
            raise

    def page(self, path: str, **query: Any) -> Answer:
        """Raises ProviderError for anything but a list: an empty page must not stand for a broken one."""
        response = self._ask("GET", f"{self.address}{API}{path}", _words(query))
        found = self._read("GET", response)
        if not isinstance(found, list) or len(rows(found)) < len(found):
            raise ProviderError(NAME, "answered something else than a list", permanent=False, remote_code="unreadable")
        return Answer(rows(found), _count(response, "X-WP-Total"))

    def every(self, path: str, **query: Any) -> Iterator[Mapping[str, Any]]:
        """All objects of a list, page after page."""
        for number in range(1, MOST_PAGES + 1):
            found = self.page(path, per_page=PER_PAGE, page=number, **query)
            yield from found.items
            if not found.more(number * PER_PAGE):
                return

    def send(self, method: str, path: str, body: Any, **query: Any) -> Mapping[str, Any]:
        response = self._ask(method, f"{self.address}{API}{path}", _words(query), encoded(body))
        return _object(method, self._read(method, response))

    def index(self) -> Mapping[str, Any]:
        """What the site says to everybody: its name and which APIs it has. No key goes along."""
        self._pace()
        response = self._call("GET", f"{self.address}/wp-json/", {}, None)
        return _object("GET", self._read("GET", self._accepted(response)))

    def sends_on_to(self) -> str:
        """Where the site itself says that it is, "" when it is here: shops send from http to https, from one name to another."""
        self._pace()
        try:
            response = self._call("GET", f"{self.address}/wp-json/", {}, None)
        except ProviderError as error:
            if not error.permanent or error.remote_code in ("inside", "address"):
                raise
            return ""  # a site may hide its index and still have the API
        return moved_to(response).partition("/wp-json")[0]

    # --- one request
    def _ask(self, method: str, url: str, query: Mapping[str, str], raw: bytes | None = None) -> requests.Response:
        self._pace()
        response = self._proven(method, url, query, raw)
        if self._lost_header(response):
            self._pace()
            again = self._proven(method, url, query, raw, in_query=True)
            if again.status_code not in (401, 403):
                _stripped.add(self.address)
                response = again
        return self._accepted(response)

    def _proven(
        self, method: str, url: str, query: Mapping[str, str], raw: bytes | None, in_query: bool = False
    ) -> requests.Response:
        """HTTPS carries the keys themselves; over plain HTTP only a signature goes, new with each attempt."""
        headers: dict[str, str] = {}
        params = dict(query)
        if not url.startswith("https:"):
            params = signing.oauth_params(method, url, query, self._key, self._secret)
        elif in_query or self.address in _stripped:
            params |= {"consumer_key": self._key, "consumer_secret": self._secret}
        else:
            headers["Authorization"] = signing.basic(self._key, self._secret)
        asked = f"{url}?{signing.query_string(params)}" if params else url
        return self._call(method, asked, headers, raw)

    def _call(self, method: str, url: str, headers: dict[str, str], raw: bytes | None) -> requests.Response:
        headers |= {"Accept": "application/json", "User-Agent": AGENT}
        if raw is not None:
            headers["Content-Type"] = "application/json"
        return outside.call(NAME, method, url, explain=explain, allow=(401, 403), limit=MOST, headers=headers, data=raw)

    def _lost_header(self, response: requests.Response) -> bool:
        """Some hosts throw the header away; then WordPress sees a stranger, who may not look at anything."""
        if not self.address.startswith("https:") or self.address in _stripped or response.status_code != 401:
            return False
        return text(mapping(body_of(response)).get("code")).startswith("woocommerce_rest_cannot_")

    def _accepted(self, response: requests.Response) -> requests.Response:
        if response.status_code in (401, 403):
            raise no_entry(response)
        where = urlsplit(moved_to(response))
        if where.netloc:
            words = f"sends on to {where.scheme}://{where.netloc}; connect the shop with that address"
            raise ProviderError(NAME, words, permanent=True, remote_code="moved")
        return response

    def _read(self, method: str, response: requests.Response) -> Any:
        with reading(NAME, unknown=method != "GET"):
            return decoded(response.content.removeprefix(MARK))


# --- errors
def explain(response: requests.Response) -> Explained | None:
    """`{"code", "message", "data"}`; a page of a host or firewall says nothing about the request, only about now."""
    body = mapping(body_of(response))
    code = text(body.get("code"))
    if not code:
        words = f"answered with a page instead of data ({response.status_code})"
        gone = response.status_code in (404, 410)
        return Explained(words, "page", permanent=gone, retry_after=None if gone else _wait(response))
    if code == REFUND_REFUSED:
        return Explained(plain(body.get("message")), code, permanent=True, unknown=False)
    return Explained(plain(body.get("message")) or code, code)


def no_entry(response: requests.Response) -> ProviderError:
    """A 401 or 403: our clock, our signature, a firewall, or keys that were taken back or may do too little."""
    body = mapping(body_of(response))
    code, said = text(body.get("code")), plain(body.get("message"))
    if not code:
        words = f"let nobody in ({response.status_code}): a firewall or a password stands before the shop"
        return ProviderError(NAME, words, permanent=False, retry_after=_wait(response), remote_code="page")
    if CLOCK.search(said):
        return ProviderError(NAME, said, permanent=False, retry_after=1.0, remote_code=code)
    if SIGNATURE.search(said):
        return ProviderError(NAME, said, permanent=True, remote_code=code)
    return AccessEnded(NAME, f"refused our keys: {said or code}", code)


def plain(message: Any) -> str:
    """WordPress writes its messages in HTML."""
    return html.unescape(TAGS.sub("", text(message))).strip()


def _object(method: str, found: Any) -> Mapping[str, Any]:
    """Raises ProviderError for what is no object: a change may have happened all the same."""
    if isinstance(found, Mapping):
        return found
    words = "answered something else than an object"
    raise ProviderError(NAME, words, permanent=False, unknown=method != "GET", remote_code="unreadable")


def moved_to(response: requests.Response) -> str:
    """The address that a redirect names, or ""; nobody follows it by itself."""
    if not 300 <= response.status_code < 400:
        return ""
    return urljoin(response.url, response.headers.get("Location", ""))


def _wait(response: requests.Response) -> float:
    waits = response.headers.get("Retry-After", "")
    return float(waits) if waits.isdigit() else 30.0


def _count(response: requests.Response, name: str) -> int | None:
    said = response.headers.get(name, "")
    return int(said) if said.isdigit() else None


def _words(query: Mapping[str, Any]) -> dict[str, str]:
    """Query values as text: true and false as words, lists joined by commas; None is left out."""
    return {name: _word(value) for name, value in query.items() if value is not None}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
