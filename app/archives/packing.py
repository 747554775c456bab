"""A zip that is written while it is stored: member after member, each piece once in memory (zipstream-ng)."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from zipstream import ZIP_DEFLATED, ZIP_STORED, ZipStream

LEVEL = 6


@dataclass(frozen=True)
class Member:
    """`size` in bytes as unpacked, `sha256` in hex."""

    name: str
    size: int
    sha256: str


class Packer:
    """Pieces of the zip come out of `add` and `finish`, to be passed on at once. `members` is what was packed so far."""

    def __init__(self) -> None:
        self._zip = ZipStream()
        self.members: list[Member] = []

    def add(self, name: str, pieces: Iterable[bytes], *, packed: bool = False) -> Iterator[bytes]:
        """`packed`: the content is compressed already, as pictures are."""
        digest, size = hashlib.sha256(), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece

        self._zip.add(
            counted(),
            name,
            compress_type=ZIP_STORED if packed else ZIP_DEFLATED,
            compress_level=None if packed else LEVEL,
        )
        yield from self._zip.file()
        self.members.append(Member(name, size, digest.hexdigest()))

    def finish(self) -> Iterator[bytes]:
        yield from self._zip.finalize()


class Flow(io.RawIOBase):
    """Pieces as a stream that storage reads."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest = iter(pieces), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            found = next(self._pieces, None)
            if found is None:
                return 0
            self._rest = found
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def flow(pieces: Iterable[bytes]) -> io.BufferedReader:
    return io.BufferedReader(Flow(pieces), 1024 * 1024)
