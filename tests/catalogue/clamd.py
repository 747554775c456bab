"""A daemon that speaks clamd's INSTREAM: it finds «EICAR», refuses what is too long, and can be away."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FINDS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


class Clamd:
    """`seen` are the bytes of each stream, `limit` how many of them it takes."""

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        self.seen: list[bytes] = []
        self._limit = limit
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self._door.getsockname()[1]}"

    def close(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:  # closed
                return
            with line:
                line.sendall(self._answer(line))

    def _answer(self, line: socket.socket) -> bytes:
        reader, data = line.makefile("rb"), b""
        assert reader.read(10) == b"zINSTREAM\0"
        while size := struct.unpack("!L", reader.read(4))[0]:
            data += reader.read(size)
            if len(data) > self._limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(data)
        return b"stream: Eicar-Test-Signature FOUND\0" if FINDS in data else b"stream: OK\0"


@contextmanager
def clamd(limit: int = 64 * 1024 * 1024) -> Iterator[Clamd]:
    one = Clamd(limit)
    try:
        yield one
    finally:
        one.close()
