"""Addresses that tenants type: nothing inside is ever asked, whatever the name server or a redirect says (SECURITY.md §3)."""

import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3.util.connection

from app.core import http, outside, settings
from app.core.errors import ProviderError
from tests.certificates import certificate

PUBLIC = "93.184.216.34"
INSIDE = [
    "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1", "10.0.0.7",
    "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.9", "[fd00::1]", "[fe80::1]", "[fec0::1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "192.0.2.1", "198.18.0.1", "192.88.99.1", "224.0.0.1",
]  # fmt: skip


@dataclass
class Inside:
    """A server on loopback that must stay untouched, or stands for a public one when the network is bent towards it."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"ok":true}'
    drops: bool = False


@pytest.fixture
def inside() -> Iterator[Inside]:
    found = Inside()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(found))
    found.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()
    for name in [name for name in http._breakers if name.startswith("Shop at ")]:
        http._breakers.pop(name)


def handler(found: Inside) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(f"{self.headers['Host']}{self.path}")
            self.send_response(found.status)
            for name, value in {"Content-Length": str(len(found.body)), **found.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for place in range(len(found.body)) if found.drops else ():
                    self.wfile.write(found.body[place : place + 1])
                    self.wfile.flush()
                    threading.Event().wait(0.05)
                if not found.drops:
                    self.wfile.write(found.body)
            except OSError:
                pass  # the client has hung up, as it should

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture(autouse=True)
def ports(monkeypatch: pytest.MonkeyPatch, inside: Inside) -> None:
    """The port of the server counts as a shop's, so that the addresses alone decide."""
    monkeypatch.setattr(outside, "PORTS", {"http": (80, inside.port), "https": (443, inside.port)})


@dataclass
class Net:
    """Name server and network: every name resolves to `answers` in turn, every connection ends at the server on loopback."""

    answers: list[str]
    looked_up: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch, inside: Inside) -> Net:
    found = Net([PUBLIC])
    connect = socket.create_connection

    def look_up(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        found.looked_up.append(host)
        address = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    def open_line(address: tuple[str, int], timeout: float | None = None, *args: Any, **options: Any) -> socket.socket:
        found.connected.append(address[0])
        monkeypatch.setattr(socket, "getaddrinfo", real)
        try:
            return connect(("127.0.0.1", inside.port), timeout)
        finally:
            monkeypatch.setattr(socket, "getaddrinfo", look_up)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(urllib3.util.connection, "create_connection", open_line)
    return found


def ask(url: str, **more: Any) -> Any:
    return outside.call("Shop", "GET", url, **more)


def refusal(url: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(url)
    return caught.value


@pytest.mark.parametrize("host", INSIDE)
def test_nothing_is_sent_to_an_address_inside(inside: Inside, host: str) -> None:
    said = refusal(f"http://{host}:{inside.port}/wp-json/")
    assert said.permanent and not said.unknown and said.remote_code == "inside"
    assert inside.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://someone@127.0.0.1:{port}/", "http://shop.example@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@shop.example/",
        "ftp://127.0.0.1:{port}/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "http:///x", "http://[::1/", "//127.0.0.1/",
        "http://shop.example:99999/", "http://shop.example:22/", f"http://{'a' * 70}.example/", "http://.example/",
    ],
)  # fmt: skip
def test_what_is_no_shops_address_is_refused_before_anything_is_looked_up(inside: Inside, net: Net, url: str) -> None:
    if "a" * 70 in url or "//." in url:
        net.answers[:] = ["127.0.0.1"]
    said = refusal(url.format(port=inside.port))
    assert said.permanent and said.remote_code in ("address", "inside")
    assert inside.asked == [] and net.connected == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "fec0::1", "::7f00:1", "::1"])
def test_a_name_that_leads_inside_is_refused(inside: Inside, net: Net, address: str) -> None:
    net.answers[:] = [address]
    assert refusal("http://shop.example/").remote_code == "inside"
    assert net.connected == [] and inside.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_called(inside: Inside, net: Net) -> None:
    """Rebinding: the second answer of the name server would lead inside, and nobody asks for it."""
    net.answers[:] = [PUBLIC, "127.0.0.1"]
    assert ask(f"http://shop.example:{inside.port}/x").content == inside.body
    assert net.looked_up == ["shop.example"] and net.connected == [PUBLIC]
    assert inside.asked == [f"shop.example:{inside.port}/x"]


def test_a_redirect_is_never_followed(inside: Inside, net: Net) -> None:
    inside.status, inside.headers = 302, {"Location": f"http://127.0.0.1:{inside.port}/secret"}
    assert ask("http://shop.example/x").status_code == 302
    assert inside.asked == ["shop.example/x"]


def test_a_proxy_from_the_environment_is_not_used(inside: Inside, net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://10.9.9.9:3128")
    ask("http://shop.example/x")
    assert net.connected == [PUBLIC]


def test_a_name_that_does_not_exist_was_never_sent_to(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*args: Any, **options: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(ProviderError) as caught:
        outside.call("Shop", "POST", "http://shop.example/")
    assert not caught.value.permanent and not caught.value.unknown


def test_answers_are_capped_also_when_they_are_packed(inside: Inside, net: Net) -> None:
    inside.body = gzip.compress(b"x" * 4_000_000)
    inside.headers = {"Content-Encoding": "gzip"}
    assert len(ask("http://shop.example/", limit=4_000_000).content) == 4_000_000
    with pytest.raises(ProviderError, match="too large"):
        ask("http://shop.example/", limit=100_000)


def test_an_answer_in_drops_comes_to_an_end(inside: Inside, net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "SECONDS", 0.2)
    inside.drops, inside.body = True, b"x" * 1000
    said = refusal("http://shop.example/")
    assert "in time" in str(said) and not said.permanent


def test_one_broken_shop_does_not_hold_up_another(inside: Inside, net: Net) -> None:
    inside.status = 500
    for _ in range(10):
        refusal("http://broken.example/")
    assert "not called" in str(refusal("http://broken.example/"))
    inside.status = 200
    assert ask("http://other.example/").status_code == 200


# --- the sandbox
def given(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    chosen = replace(settings.current(), **changes)
    monkeypatch.setattr(settings, "current", lambda: chosen)


def test_development_may_call_its_sandbox_and_nothing_beside_it(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = f"http://127.0.0.1:{inside.port}"
    given(monkeypatch, sandbox_url=here, app_env="development")
    assert ask(f"{here}/woocommerce/north/wp-json/").status_code == 200
    for other in (f"http://localhost:{inside.port}", f"http://a@127.0.0.1:{inside.port}", f"{here}.example"):
        assert refusal(f"{other}/x").permanent
    assert inside.asked == [f"127.0.0.1:{inside.port}/woocommerce/north/wp-json/"]


def test_production_calls_no_sandbox(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    here = f"http://127.0.0.1:{inside.port}"
    given(monkeypatch, sandbox_url=here, app_env="production")
    assert refusal(f"{here}/x").remote_code == "inside" and inside.asked == []


# --- certificates
@pytest.mark.parametrize(("name", "fits"), [("shop.example", True), ("other.example", False)])
def test_a_certificate_is_for_the_name_although_an_address_is_called(
    inside: Inside, net: Net, tmp_path: Path, name: str, fits: bool
) -> None:
    held = certificate(tmp_path, name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(inside))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(held)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    inside.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        if fits:
            assert ask("https://shop.example/", verify=str(held)).status_code == 200
        else:
            with pytest.raises(ProviderError):
                ask("https://shop.example/", verify=str(held))
            assert inside.asked == []
    finally:
        server.shutdown()
        server.server_close()
    assert net.connected == [PUBLIC]


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("https://Shop.Example/", "shop.example"),
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("http://shop.example:80/x", "shop.example:80"),
        ("http://[2606:2800:220:1::1]/", "[2606:2800:220:1::1]"),
    ],
)
def test_hosts_are_read_as_the_web_writes_them(typed: str, host: str) -> None:
    assert outside.checked(typed).netloc == host


@pytest.mark.parametrize(
    "typed",
    [
        "https://a b.example",
        "https://\x00.example",
        "https://shop..example",
        "https://-x.example",
        "https://１２７.0.0.1/",
        "https://localhost./",
        "https://[::ffff:10.0.0.1]/",
        "https://a\\b.example",
        "https://%31.example",
        "https://[fe80::1%25eth0]/",
    ],
)
def test_hosts_that_are_none_or_hide_an_address_inside_are_refused(typed: str) -> None:
    with pytest.raises(http.NotSent):
        outside.checked(typed)


def test_the_ranges_are_those_that_are_meant() -> None:
    assert all(
        outside.refused(str(ipaddress.ip_address(one))) for one in ("10.0.0.1", "fec0::1", "::7f00:1", "fd00::1")
    )
    assert not outside.refused(PUBLIC) and not outside.refused("2606:2800:220:1::1")
