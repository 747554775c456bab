"""Loopback ports: is one free, and which is the next that is."""

import errno
import socket

SPAN = 100


class NoPort(RuntimeError):
    """No port of the span is free; the message names it."""


def free(port: int) -> bool:
    """True when nobody listens on this port, on either kind of loopback: browsers try both for `localhost`."""
    return _binds(socket.AF_INET, "127.0.0.1", port) and _binds(socket.AF_INET6, "::1", port)


def choose(wanted: int, taken: set[int]) -> int:
    """`wanted`, or the next free port above it that is not in `taken`. Raises NoPort after 100 tries."""
    for port in range(wanted, min(wanted + SPAN, 65536)):
        if port not in taken and free(port):
            return port
    raise NoPort(f"Ports {wanted} to {wanted + SPAN - 1} are all taken. Free one, or name another.")


def any_free() -> int:
    """A loopback TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binds(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        return error.errno not in (errno.EADDRINUSE, errno.EACCES)  # a machine without IPv6 takes nobody's port
    return True
