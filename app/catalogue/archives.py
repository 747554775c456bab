"""What a file is, by its bytes; and whether a zip is one that a buyer can open safely (SECURITY.md §3, uploads)."""

import struct
import zipfile
from pathlib import PurePosixPath
from typing import IO, Any

from app.core.errors import Refused

SIGNATURES = (
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!", "application/vnd.rar"),
)
MOST_MEMBERS, MOST_RATIO, MOST_UNPACKED = 10_000, 100, 20 * 1024**3


MOST_DIRECTORY = 16 * 1024**2
"""Bytes of a zip's table of contents: 10,000 names of 1.5 KB."""


class BadArchive(Refused):
    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


def content_type(source: IO[bytes]) -> str:
    """By the first bytes; what we do not know is delivered as plain bytes."""
    head = source.read(16)
    source.seek(0)
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "application/octet-stream")
    return next((kind for start, kind in SIGNATURES if head.startswith(start)), "application/octet-stream")


def check(source: IO[bytes], kind: str) -> None:
    """Raises BadArchive for a damaged zip, one that unpacks to absurd sizes, or one whose names leave its folder."""
    if kind != "application/zip":
        return
    try:
        with zipfile.ZipFile(_Measured(source)) as archive:
            _check_members(archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, OverflowError, EOFError) as error:
        raise BadArchive(
            "This zip is damaged or was cut off on its way. Nothing was stored; please send it again."
        ) from error
    finally:
        source.seek(0)


class _Measured:
    """A file that refuses to be read in absurd pieces: a table of contents is read at once, however long it says it is."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source

    def read(self, count: int = -1) -> bytes:
        if count > MOST_DIRECTORY:
            raise BadArchive("This zip lists far more files than a buyer's computer takes. Nothing was stored.")
        return self.source.read(count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if (
        len(members) > MOST_MEMBERS
        or unpacked > MOST_UNPACKED
        or (unpacked > 50 * 1024**2 and unpacked > packed * MOST_RATIO)
    ):
        raise BadArchive(
            "This zip unpacks to far more than its size, which buyers' computers refuse. Nothing was stored."
        )
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or member.external_attr >> 28 == 0xA:
            raise BadArchive(
                "This zip holds a file that would be written outside its folder. Pack it again; nothing was stored."
            )
