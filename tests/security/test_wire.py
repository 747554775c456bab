"""Requests as they come over the wire, malformed, smuggled, endless or slow, at the server that really serves
(SECURITY.md §2, 4.2.1; 13.4)."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.cli.ports import any_free

ROOT = Path(__file__).parents[2]
END = b"\r\n\r\n"


@pytest.fixture(scope="module")
def port(app: object) -> Iterator[int]:
    """One worker of the server on the test database."""
    chosen = any_free()
    environment = os.environ | {"PORT": str(chosen), "WEB_WORKERS": "1", "LOG_LEVEL": "CRITICAL"}
    command = [sys.executable, "-m", "gunicorn", "-c", "app/cli/gunicorn_conf.py", "wsgi:app"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    try:
        _wait_for(chosen, process)
        yield chosen
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(chosen: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            if b" 200 " in ask(chosen, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close" + END):
                return
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise RuntimeError((process.stderr.read() if process.stderr else b"").decode()[-2000:])


def ask(port: int, request: bytes) -> bytes:
    """What comes back until the server closes or three seconds pass."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 10) as connection, suppress(TimeoutError, ConnectionResetError):
        connection.sendall(request)
        connection.settimeout(3)
        while piece := connection.recv(65536):
            answer += piece
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


GET, POST, HOST = b"GET /healthz HTTP/1.1\r\n", b"POST /sign-out HTTP/1.1\r\n", b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n"
MALFORMED = {
    "no host": GET + CLOSE,
    "an empty host": GET + b"Host:\r\n" + CLOSE,
    "two hosts": GET + HOST + b"Host: evil.example\r\n" + CLOSE,
    "another host": GET + b"Host: evil.example\r\n" + CLOSE,
    "an absolute address of another host": b"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\n"
    + CLOSE,
    "a length and chunks": POST + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n" + CLOSE,
    "two lengths": POST + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n" + CLOSE,
    "a length that is none": POST + HOST + b"Content-Length: -1\r\n" + CLOSE,
    "a length with a sign": POST + HOST + b"Content-Length: +4\r\n" + CLOSE,
    "chunks, hidden": POST + HOST + b"Transfer-Encoding: xchunked\r\n" + CLOSE,
    "chunks behind a blank": POST + HOST + b"Transfer-Encoding : chunked\r\n" + CLOSE,
    "a folded line": GET + HOST + b"X-A: b\r\n c\r\n" + CLOSE,
    "a name with a blank": GET + HOST + b"X A: b\r\n" + CLOSE,
    "NUL in a value": GET + HOST + b"X-A: a\x00b\r\n" + CLOSE,
    "a bare carriage return": GET + HOST + b"X-A: a\rb: c\r\n" + CLOSE,
    "no protocol": b"GET /healthz\r\n",
    "a protocol to come": b"GET /healthz HTTP/9.9\r\n" + HOST,
    "noise": bytes(range(1, 32)) * 8 + b"\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
    "an endless line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST,
    "an endless header": GET + HOST + b"X-A: " + b"a" * 20_000 + b"\r\n",
    "too many headers": GET + HOST + b"".join(b"X-%d: 1\r\n" % number for number in range(300)),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused(port: int, name: str) -> None:
    """Answered 4xx or 5xx of HTTP's own, or hung up on; never taken for a request of this site."""
    answer = ask(port, MALFORMED[name] + b"\r\n")
    assert status(answer) in (0, 400, 405, 413, 414, 431, 501, 505), answer[:200]
    assert b"Traceback" not in answer and b'"ok"' not in answer


@pytest.mark.parametrize(
    "tail",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nZ\r\nQ\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5;ext=\n\r\nhello\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ],
)
def test_no_second_request_hides_in_the_first(port: int, tail: bytes) -> None:
    """Request smuggling: what follows the disputed body is not answered as a request of its own."""
    hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = ask(port, b"POST /sign-out HTTP/1.1\r\n" + HOST + tail + hidden)
    assert b'"ok"' not in answer
    assert answer.count(b"HTTP/1.1") <= 1 or b" 400 " in answer


def test_a_body_without_end_is_cut_off(port: int) -> None:
    """Chunks for as long as the sender likes: 413 or a closed connection, long before memory or disk run out."""
    sent, reply = 0, b""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.settimeout(5)
        connection.sendall(
            b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        try:
            while sent < 32 * 1024 * 1024:
                connection.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")
                sent += 65536
            reply = connection.recv(65536)
        except OSError:
            pass
    assert sent < 32 * 1024 * 1024 or status(reply) in (400, 403, 413)
    assert status(ask(port, GET + HOST + CLOSE + b"\r\n")) == 200


def test_slow_senders_keep_nobody_waiting(port: int) -> None:
    """Two hundred connections that send a byte and stop: others are served meanwhile."""
    idle = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(200)]
    try:
        for connection in idle:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: local")
        for _ in range(5):
            assert status(ask(port, GET + HOST + CLOSE + b"\r\n")) == 200
    finally:
        for connection in idle:
            connection.close()


def test_the_server_says_neither_its_version_nor_its_inside(port: int) -> None:
    answer = ask(port, b"GET /nowhere HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
    head = answer.partition(END)[0].lower()
    assert status(answer) == 404
    assert b"python" not in head and b"werkzeug" not in head and b"flask" not in head
    assert not any(
        letter.isdigit() for line in head.split(b"\r\n") if line.startswith(b"server:") for letter in line.decode()
    )


def test_statistics_are_for_this_machine_only(port: int) -> None:
    assert status(ask(port, b"GET /metrics HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")) == 200
    forged = b"GET /metrics HTTP/1.1\r\n" + HOST + b"X-Forwarded-For: 127.0.0.1\r\n" + CLOSE
    assert status(ask(port, forged + b"\r\n")) == 404
