"""Requests to addresses that a tenant typed: public ones only, decided where the connection is made (SECURITY.md §3).

requests-hardened looks a name up once, refuses what lies inside, and connects to the very address it has checked; so neither a
second answer of the name server nor a redirect leads elsewhere. The one exception is the sandbox in development.
"""

import ipaddress
import re
import socket
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.exceptions import LocationValueError

from app.core import http, settings

PORTS = {"https": (443, 8443), "http": (80, 8080)}
SECONDS = 20.0
"""How long a body may take altogether; each read of it has its own limit."""
REFUSED = (ipaddress.ip_network("::/96"), ipaddress.ip_network("fec0::/10"))
"""IPv4 written as old IPv6, and site-local addresses: inside, though the library lets them pass."""
NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?")
NO_ADDRESS = "this is not an address on the web"
INSIDE = "this address is inside a private network, which is not called; give the public address of the shop"


class Outward(IPFilterAdapter):
    """The library's filter, and the ranges it does not know."""

    def build_connection_pool_key_attributes(self, *args: Any, **options: Any) -> Any:
        host, pool = super().build_connection_pool_key_attributes(*args, **options)
        if refused(host["host"].strip("[]")):
            raise InvalidIPAddress(host["host"])
        return host, pool


class Session(HTTPSession):
    """Never a redirect, never a proxy from the environment: it would look the name up once more."""

    def __init__(self) -> None:
        super().__init__(Config(True, False, never_redirect=True, default_timeout=http.TIMEOUT))
        self.trust_env = False
        self.mount("http://", Outward(is_https_proto=False))
        self.mount("https://", Outward(is_https_proto=True))


def call(upstream: str, method: str, url: str, **options: Any) -> requests.Response:
    """Like `http.call`, for an address that a tenant typed, with one breaker per host: a broken shop holds up nobody else's.

    Raises ProviderError; permanent with the code "address" or "inside", and nothing was sent, where the address is refused.
    """
    try:
        gate = http.guard(f"{upstream} at {checked(url).netloc}")
    except http.NotSent as error:
        raise error.told(upstream) from None
    return http.call(upstream, method, url, send=_send, gate=gate, seconds=SECONDS, **options)


def checked(url: str) -> SplitResult:
    """The parts of an address that may be asked, its host in ASCII. Raises http.NotSent with words fit for a form.

    Nothing is looked up: what a name leads to is decided when it is called.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, _ascii(parts.hostname or "")
    except ValueError:
        raise http.NotSent(NO_ADDRESS, "address") from None
    if parts.scheme not in PORTS or not host or parts.username is not None:
        raise http.NotSent(NO_ADDRESS, "address")
    parts = parts._replace(netloc=host if port is None else f"{host}:{port}")
    if is_sandbox(url):
        return parts
    if port is not None and port not in PORTS[parts.scheme]:
        raise http.NotSent(f"port {port} is not called; shops answer on 443 or 80", "address")
    if host.rstrip(".") == "localhost" or refused(host.strip("[].")):
        raise http.NotSent(INSIDE, "inside")
    return parts


def _ascii(host: str) -> str:
    """A host as the web writes it: lower case, other scripts in punycode, an IPv6 address in brackets. Raises ValueError."""
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host)}]"
    found = host.encode("idna").decode().lower()
    if not NAME.fullmatch(found):
        raise ValueError(f"not a host name: {host!r}")
    return found


def refused(host: str) -> bool:
    """Whether a host written as an address lies inside; a name is not known before it is looked up."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return not found.is_global or found.is_multicast or any(found in net for net in REFUSED)


def is_sandbox(url: str) -> bool:
    """Whether the address is the sandbox's own, which development alone may call although it lies inside."""
    chosen = settings.current()
    return chosen.development and bool(chosen.sandbox_url) and _origin(url) == _origin(chosen.sandbox_url)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _send(method: str, url: str, **options: Any) -> requests.Response:
    checked(url)
    if is_sandbox(url):
        return requests.request(method, url, **options)
    try:
        with Session() as session:
            return session.request(method, url, **options)
    except InvalidIPAddress:
        raise http.NotSent(INSIDE, "inside") from None
    except (requests.exceptions.InvalidURL, LocationValueError, UnicodeError):
        raise http.NotSent(NO_ADDRESS, "address") from None
    except requests.ConnectionError as error:
        if isinstance(error.__cause__, socket.gaierror):
            raise http.NotSent("this address is not known in the web", "unknown_host", permanent=False) from None
        raise
