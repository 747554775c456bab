"""Whether a zip is one that a buyer can open safely (SECURITY.md §3, uploads)."""

import struct
import zipfile
from pathlib import PurePosixPath
from typing import IO, Any

from app.catalogue import kinds
from app.core.errors import Refused

MOST_MEMBERS, MOST_RATIO, MOST_UNPACKED = 10_000, 100, 20 * 1024**3


MOST_DIRECTORY = 16 * 1024**2
"""Bytes of a zip's table of contents: 10,000 names of 1.5 KB."""


class BadArchive(Refused):
    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


def check(source: IO[bytes], kind: str) -> None:
    """Raises BadArchive for a damaged zip, one that unpacks to absurd sizes, or one whose names leave its folder."""
    if kind not in kinds.ZIPS:
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
