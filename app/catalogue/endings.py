"""Whether a file goes on to the end that its own format announces: half a file opens as blank pages, or not at all."""

import os
import re
from collections.abc import Callable, Iterator
from typing import IO

from app.catalogue import kinds
from app.core.errors import Refused

CHUNK = 1024 * 1024
OVERLAP = 64
"""Bytes that two chunks share, so that no word is missed between them."""
MOST_PARTS = 200_000
"""Boxes, chunks or segments that are looked at; a film streamed in fragments has two boxes for each second."""
UNKNOWN_SIZE = 0x7FFFFF00
"""Programs that write a recording to a pipe leave a length of about 2 or 4 GB in its head."""
BOXES_OF_WORTH = frozenset({b"moov", b"meta", b"moof", b"mdat"})
"""Where a film's own bytes lie. Whatever else seems to go on behind the end was left there by a program."""
_PDF_MARKS = re.compile(rb"(?P<end>startxref|%%EOF)|(?P<object>\d\s+\d{1,5}\s+obj\b)")
_BOX_NAME = re.compile(rb"[A-Za-z0-9 _\-\xa9]{4}")


class CutOff(Refused):
    def __init__(self, what: str) -> None:
        super().__init__(f"This {what} was cut off. Export or upload it again. Nothing was stored.", field="file")


def check(source: IO[bytes], kind: str, name: str) -> None:
    """Raises CutOff for a PDF, MP4, MOV, WAV, PNG or JPEG that ends too early; other damage is not looked for.

    `kind` is what `kinds.of` says of it. Zips tell by their table of contents (`archives.check`). An MP3 that was cut plays as far
    as it goes, and most say nothing of their length.
    """
    late = kind == kinds.PLAIN and kinds.family(kind, name) == "PDF"  # a few bytes stand before its first line
    whole = _LOOKS.get("application/pdf" if late else kind)
    if whole is None:
        return
    try:
        if not whole(source, source.seek(0, os.SEEK_END)):
            raise CutOff(kinds.family(kind, name))
    finally:
        source.seek(0)


def _whole_pdf(source: IO[bytes], size: int) -> bool:
    """ISO 32000-2, 7.5.5: what comes last is `startxref` and `%%EOF`. Bytes after them do no harm, unless they are objects: a PDF made
    for the web, or saved in steps, has such marks in its middle too. A file without any object is something else than cut."""
    for piece in _backwards(source, size):
        marks = list(_PDF_MARKS.finditer(piece))
        if marks:
            return marks[-1].lastgroup == "end"
    return True


def _backwards(source: IO[bytes], size: int) -> Iterator[bytes]:
    """The last chunk first."""
    end = size
    while end > 0:
        start = max(0, end - CHUNK)
        source.seek(start)
        yield source.read(min(end + OVERLAP, size) - start)
        end = start


def _whole_boxes(source: IO[bytes], size: int) -> bool:
    """ISO/IEC 14496-12, 4.2: boxes one after the other, each with its length; `moov` says where pictures and sound are, and `meta`
    does so in files of still pictures."""
    at, told = 0, False
    for _ in range(MOST_PARTS):
        source.seek(at)
        head = source.read(16)
        if len(head) < 8 or not _BOX_NAME.fullmatch(head[4:8]):
            break  # what a program left behind the last box
        length, least = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, least = int.from_bytes(head[8:16], "big"), 16
        told = told or head[4:8] in (b"moov", b"meta")
        if length == 0:  # to the end of the file
            break
        if length < least or at + length > size:
            return told and head[4:8] not in BOXES_OF_WORTH
        at += length
    return told


def _whole_riff(source: IO[bytes], size: int) -> bool:
    """The head says how many bytes follow it."""
    source.seek(4)
    said = int.from_bytes(source.read(4), "little")
    return said >= UNKNOWN_SIZE or said + 8 <= size + 1  # the last one only makes the number even


def _whole_png(source: IO[bytes], size: int) -> bool:
    """ISO/IEC 15948, 5.3: chunks with their length, kind and checksum; IEND is the last."""
    at = 8
    for _ in range(MOST_PARTS):
        if at + 12 > size:
            return False
        source.seek(at)
        head = source.read(8)
        if head[4:] == b"IEND":
            return True
        at += 12 + int.from_bytes(head[:4], "big")
    return True


def _whole_jpeg(source: IO[bytes], size: int) -> bool:
    """ITU-T T.81, B.1: segments with their length up to the picture, whose bytes hold FF D9 at its end only."""
    at = 2
    for _ in range(MOST_PARTS):
        source.seek(at)
        head = source.read(4)
        if head[:1] != b"\xff" or len(head) < 4:
            return len(head) == 4  # no segment: damaged perhaps, but not by being cut
        if head[1] == 0xDA:
            return _holds(source, b"\xff\xd9")
        at += 1 if head[1] == 0xFF else 2 + int.from_bytes(head[2:], "big")
    return True


def _holds(source: IO[bytes], mark: bytes) -> bool:
    """From where it is read."""
    before = b""
    while piece := source.read(CHUNK):
        if mark in before + piece:
            return True
        before = piece[-1:]
    return False


_LOOKS: dict[str, Callable[[IO[bytes], int], bool]] = {
    "application/pdf": _whole_pdf,
    "video/mp4": _whole_boxes,
    "video/quicktime": _whole_boxes,
    "audio/mp4": _whole_boxes,
    "image/avif": _whole_boxes,
    "image/heic": _whole_boxes,
    "audio/wav": _whole_riff,
    "image/png": _whole_png,
    "image/jpeg": _whole_jpeg,
}
