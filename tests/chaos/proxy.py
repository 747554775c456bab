"""A TCP proxy on loopback that lets no more than so many bytes a second through to the far side."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 64 * 1024


@contextmanager
def throttled(port: int, bytes_per_second: int) -> Iterator[int]:
    """Forward to a local port; yields the proxy's own. Answers come back at full speed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, port, bytes_per_second), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, port: int, rate: int) -> None:
    with suppress(OSError):  # the listener is closed at the end
        while True:
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=_pump, args=(near, far, rate), daemon=True).start()
            threading.Thread(target=_pump, args=(far, near, 0), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, rate: int) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
            if rate:
                time.sleep(len(piece) / rate)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
