"""Virus scan over clamd's own protocol (INSTREAM), by the daemon that CLAMAV_URL names; without one nothing is scanned."""

import socket
import struct
from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from app.core import settings
from app.core.errors import ProviderError, Refused

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 600.0
"""clamd looks through the whole file after its last byte came, which takes minutes for 2 GB."""
LONGEST_ANSWER = 4096


class ScannerAway(ProviderError):
    """The daemon does not answer, or not as clamd does; trying later helps."""

    def __init__(self, why: str) -> None:
        super().__init__("clamav", why, permanent=False)


class TooLargeToScan(Refused):
    message = "This file is larger than the virus scanner takes, so it was not put on sale. Whoever runs the site can raise StreamMaxLength."


def configured() -> bool:
    return bool(settings.current().clamav_url)


def scan(pieces: Iterable[bytes]) -> str:
    """The name of what was found, or nothing. Raises ScannerAway, TooLargeToScan."""
    try:
        with _connected() as line:
            _send(line, pieces)
            return _verdict(_answer(line))
    except OSError as error:
        raise ScannerAway(type(error).__name__) from error


@contextmanager
def _connected() -> Any:
    parts = urlsplit(settings.current().clamav_url)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        place: Any = parts.path
    else:
        line = socket.socket(socket.AF_INET6 if ":" in (parts.hostname or "") else socket.AF_INET, socket.SOCK_STREAM)
        place = (parts.hostname, parts.port)
    with line:
        line.settimeout(CONNECT_SECONDS)
        line.connect(place)
        line.settimeout(ANSWER_SECONDS)
        yield line


def _send(line: socket.socket, pieces: Iterable[bytes]) -> None:
    """A daemon that has read enough hangs up before the end; what it says then is in its answer."""
    try:
        line.sendall(b"zINSTREAM\0")
        for piece in pieces:
            line.sendall(struct.pack("!L", len(piece)) + piece)
        line.sendall(struct.pack("!L", 0))
    except (BrokenPipeError, ConnectionResetError):
        return


def _answer(line: socket.socket) -> str:
    said = b""
    while b"\0" not in said and len(said) < LONGEST_ANSWER:
        more = line.recv(LONGEST_ANSWER)
        if not more:
            break
        said += more
    return said.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _verdict(said: str) -> str:
    words = said.removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")[:200]
    if "size limit exceeded" in words:
        raise TooLargeToScan
    raise ScannerAway(f"answered {said[:80]!r}")
