"""A zip whose every byte is known before the first is sent, so that it can be resumed (APPNOTE 6.3.9, stored, Zip64 throughout)."""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from pathlib import PurePosixPath

NEEDS, UTF8, STORED = 45, 1 << 11, 0
MADE_BY_UNIX = 3 << 8
READABLE = 0o100644 << 16
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
LAYOUT = 1
"""Counted up when the same files would make other bytes."""
FORBIDDEN = set('<>:"/\\|?*')


@dataclass(frozen=True)
class Member:
    """A file in the zip. `size` in bytes, `sha256` in hex."""

    name: str
    size: int
    crc32: int
    sha256: str
    moment: datetime


@dataclass(frozen=True)
class Stretch:
    """Consecutive bytes of the answer: `data`, or the bytes `first` to `last` (both included) of member `number`."""

    data: bytes = b""
    number: int = -1
    first: int = 0
    last: int = -1


@dataclass(frozen=True)
class Layout:
    """The members in order, and where each of them lies."""

    members: tuple[Member, ...]

    @cached_property
    def heads(self) -> tuple[bytes, ...]:
        return tuple(_head(one) for one in self.members)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each head begins, and last where the directory does."""
        spans = (len(head) + one.size for head, one in zip(self.heads, self.members, strict=True))
        return tuple(accumulate(spans, initial=0))

    @cached_property
    def tail(self) -> bytes:
        entries = b"".join(_entry(one, at) for one, at in zip(self.members, self.starts, strict=False))
        return entries + _end(len(self.members), len(entries), self.starts[-1])

    @property
    def size(self) -> int:
        return self.starts[-1] + len(self.tail)

    @property
    def etag(self) -> str:
        said = [f"{one.name}\t{one.sha256}\t{one.moment.isoformat()}" for one in self.members]
        digest = hashlib.sha256("\n".join([str(LAYOUT), *said]).encode()).hexdigest()
        return f'"{digest}"'

    def stretches(self, first: int, last: int) -> Iterator[Stretch]:
        """What makes up the bytes `first` to `last` of the zip, both included."""
        for number, (head, one, start) in enumerate(zip(self.heads, self.members, self.starts, strict=False)):
            yield from _within(head, start, first, last)
            body = start + len(head)
            begin, end = max(first, body), min(last, body + one.size - 1)
            if begin <= end:
                yield Stretch(number=number, first=begin - body, last=end - body)
        yield from _within(self.tail, self.starts[-1], first, last)


def _within(data: bytes, start: int, first: int, last: int) -> Iterator[Stretch]:
    part = data[max(first - start, 0) : max(last - start + 1, 0)]
    if part:
        yield Stretch(data=part)


def _head(one: Member) -> bytes:
    name, extra = one.name.encode(), struct.pack("<HHQQ", 1, 16, one.size, one.size)
    fixed = struct.pack(
        "<4sHHHIIIIHH",
        b"PK\x03\x04",
        NEEDS,
        UTF8,
        STORED,
        _dos(one.moment),
        one.crc32,
        FULL32,
        FULL32,
        len(name),
        len(extra),
    )
    return fixed + name + extra


def _entry(one: Member, at: int) -> bytes:
    name, extra = one.name.encode(), struct.pack("<HHQQQ", 1, 24, one.size, one.size, at)
    fixed = struct.pack(
        "<4sHHHHIIIIHHHHHII",
        b"PK\x01\x02",
        MADE_BY_UNIX | NEEDS,
        NEEDS,
        UTF8,
        STORED,
        _dos(one.moment),
        one.crc32,
        FULL32,
        FULL32,
        len(name),
        len(extra),
        0,
        0,
        0,
        READABLE,
        FULL32,
    )
    return fixed + name + extra


def _end(count: int, size: int, at: int) -> bytes:
    """The end in 64 bits, where it is, and the old end that points to both."""
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, MADE_BY_UNIX | NEEDS, NEEDS, 0, 0, count, count, size, at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at + size, 1)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, FULL16, FULL16, FULL32, FULL32, 0)
    return end64 + locator + end


def _dos(moment: datetime) -> int:
    """Date and time as zips have kept them since 1989: in steps of two seconds, from 1980 on."""
    year = min(max(moment.year, 1980), 2107) - 1980
    date = year << 9 | moment.month << 5 | moment.day
    return date << 16 | moment.hour << 11 | moment.minute << 5 | moment.second // 2


def folder(title: str) -> str:
    """A product's title as the name of a folder on any system."""
    kept = "".join(c for c in title if c.isprintable() and c not in FORBIDDEN).strip(". ")
    return kept[:80].rstrip(". ") or "Files"


def names(inside: str, wanted: Sequence[str]) -> list[str]:
    """Paths within the folder `inside`, in order; the second of the same name is «name (2).ending», as readers without case see it."""
    taken: set[str] = set()
    found = []
    for name in wanted:
        path, number = PurePosixPath(name), 1
        while (chosen := path.name if number == 1 else f"{path.stem} ({number}){path.suffix}").lower() in taken:
            number += 1
        taken.add(chosen.lower())
        found.append(f"{inside}/{chosen}")
    return found
