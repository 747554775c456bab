"""Opening a zip that somebody brought. Nothing in it is believed: names, sizes and digests are checked before anything is read."""

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any
from uuid import UUID

from app.archives.contents import FORMAT, MANIFEST, README
from app.core.errors import Refused
from app.core.storage import human_size

MIB = 1024 * 1024
NAME = re.compile(
    r"rows/[a-z_]{1,60}\.jsonl|tables/[a-z-]{1,60}\.csv|forum/[a-z0-9-]{1,200}/[a-z0-9-]{1,200}\.md"
    r"|(?:files|pictures|forum-pictures|disputes|labels|label-batches|manifests|returns|channel-labels)/[0-9a-f-]{36}[A-Za-z0-9.-]{0,60}"
)
MOST_MEMBERS = 200_000
LONGEST_LIST = 64 * MIB
"""Bytes of the zip's own directory, and of the manifest."""
MOST_UNPACKED = 20 * 1024 * MIB
MOST_ROWS = 4 * 1024 * MIB
DENSEST = 200
"""Times that a member may grow; JSON of many alike rows grows thirty times, a bomb a thousand."""
LONGEST_LINE = MIB
PIECE = MIB
END, END64, LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


class BadArchive(Refused):
    """What is wrong with the file, in words. Nothing was written."""


class Opened:
    """A zip whose names and sizes are in order. Raises BadArchive, also while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        _directory(source)
        try:
            self.zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError) as error:
            raise BadArchive("This is not a zip file, or it is not complete. Download the archive again.") from error
        self.infos = {info.filename: info for info in self.zip.infolist()}
        if len(self.infos) != len(self.zip.infolist()):
            raise BadArchive("The archive holds two files of the same name, so it was not made here.")
        _sizes(list(self.infos.values()), self.zip.start_dir)
        self.manifest = self._manifest()
        self.source = _id(self.manifest.get("workspace"))

    def _manifest(self) -> dict[str, Any]:
        if MANIFEST not in self.infos or self.infos[MANIFEST].file_size > LONGEST_LIST:
            raise BadArchive("The archive has no manifest, so it was not made by Guildhall.")
        try:
            found = json.loads(b"".join(self.pieces(MANIFEST)))
        except (ValueError, RecursionError) as error:
            raise BadArchive("The manifest of the archive cannot be read.") from error
        if not isinstance(found, dict) or found.get("product") != "guildhall" or "kind" in found:
            raise BadArchive("This is not the archive of a workspace.")
        if found.get("format") != FORMAT:
            raise BadArchive(
                f"This archive has format {found.get('format')!s:.20}; this Guildhall reads format {FORMAT}."
            )
        said = found.get("members")
        if not isinstance(said, dict) or set(said) != set(self.infos) - {MANIFEST}:
            raise BadArchive("The archive does not hold the files that its manifest lists.")
        return found

    def verify(self, name: str) -> int:
        """Read one member against its digest. Returns its size in bytes."""
        digest, size = hashlib.sha256(), 0
        for piece in self.pieces(name):
            digest.update(piece)
            size += len(piece)
        said = self.manifest["members"][name]
        if not isinstance(said, dict) or said.get("sha256") != digest.hexdigest() or said.get("size") != size:
            raise BadArchive(f"{name} is not what it was when the archive was made. Download the archive again.")
        return size

    def pieces(self, name: str) -> Iterator[bytes]:
        try:
            with self.zip.open(self.infos[name]) as member:
                while piece := member.read(PIECE):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise BadArchive(f"{name} is damaged. Download the archive again.") from error

    def opened(self, name: str) -> IO[bytes]:
        return self.zip.open(self.infos[name])

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Lines of one table, none longer than 1 MiB."""
        name = f"rows/{table}.jsonl"
        if name not in self.infos:
            return
        with self.opened(name) as member:
            while line := member.readline(LONGEST_LINE + 1):
                yield _row(name, line)


def _row(name: str, line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise BadArchive(f"{name} has a line that is longer than {human_size(LONGEST_LINE)}.")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadArchive(f"{name} has a line that is no JSON.") from error
    if not isinstance(found, dict):
        raise BadArchive(f"{name} has a line that is no row.")
    return found


def _id(said: Any) -> UUID:
    try:
        return UUID(said["id"])
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise BadArchive("The manifest does not say which workspace the archive is of.") from error


def _directory(source: IO[bytes]) -> None:
    """The directory is read into memory as a whole, so its size is asked for first."""
    size = source.seek(0, 2)
    tail_at = source.seek(max(0, size - 66_000))
    tail = source.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < 22:
        raise BadArchive("This is not a zip file, or it is not complete. Download the archive again.")
    length = int(struct.unpack("<L", tail[at + 12 : at + 16])[0])
    if tail[max(0, at - 20) : at][:4] == LOCATOR:
        where = struct.unpack("<Q", tail[at - 12 : at - 4])[0] - tail_at
        record = tail[where : where + 56] if where >= 0 else b""
        if record[:4] != END64 or len(record) < 56:
            raise BadArchive("The directory of the zip cannot be read.")
        length = int(struct.unpack("<Q", record[40:48])[0])
    if length > LONGEST_LIST:
        raise BadArchive("The directory of the zip is larger than that of any archive.")
    source.seek(0)


def _sizes(infos: list[zipfile.ZipInfo], directory_at: int) -> None:
    if len(infos) > MOST_MEMBERS:
        raise BadArchive(f"The archive holds more than {MOST_MEMBERS:,} files.")
    for info in infos:
        _member(info)
    if sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise BadArchive(f"Unpacked, the archive would be larger than {human_size(MOST_UNPACKED)}.")
    if sum(info.file_size for info in infos if info.filename.startswith("rows/")) > MOST_ROWS:
        raise BadArchive(f"The rows of the archive are larger than {human_size(MOST_ROWS)}.")
    order = sorted(infos, key=lambda info: info.header_offset)
    ends = [info.header_offset for info in order[1:]] + [directory_at]
    for info, end in zip(order, ends, strict=True):
        if info.header_offset + 30 + info.compress_size > end:
            raise BadArchive("Files of the archive lie over each other, as they do in zips that are made to do harm.")


def _member(info: zipfile.ZipInfo) -> None:
    name = info.filename
    if name not in (MANIFEST, README) and not NAME.fullmatch(name):
        raise BadArchive(f"The archive holds a file that no archive of ours has: {name[:80]!r}.")
    if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadArchive(f"{name} is encrypted, or packed in a way that we do not use.")
    if info.file_size > MIB and info.file_size > DENSEST * max(1, info.compress_size):
        raise BadArchive(f"{name} would grow more than {DENSEST} times when unpacked, as zip bombs do.")
