"""Several stored objects read as one file, such as the pieces of an upload."""

import io
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import IO, Any

from app.core import storage


def joined(parts: Sequence[tuple[str, int]], went: Callable[[], object] = lambda: None) -> IO[bytes]:
    """`parts` are keys with their sizes in bytes, in order. `went` is called before each read of storage, which asks for 1 MiB
    at most. Raises Missing, StorageAway while it is read."""
    return io.BufferedReader(_Joined(parts, went), storage.CHUNK)


class _Joined(io.RawIOBase):
    def __init__(self, parts: Sequence[tuple[str, int]], went: Callable[[], object]) -> None:
        self._parts = [part for part in parts if part[1]]
        self._starts = list(accumulate((size for _, size in self._parts), initial=0))
        self._at, self._went = 0, went

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._starts[-1]}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """At most to the end of one part and to the end of one piece of storage."""
        if self._at >= self._starts[-1] or not len(buffer):
            return 0
        self._went()
        number = bisect_right(self._starts, self._at) - 1
        key, size = self._parts[number]
        first = self._at - self._starts[number]
        last = min(size, first + min(len(buffer), storage.CHUNK)) - 1
        data = b"".join(storage.stream(key, first, last))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
