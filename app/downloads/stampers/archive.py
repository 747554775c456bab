"""Zip archives: a signed manifest, a note for people, the archive's comment, and an extra field of every member.

The members are copied byte for byte without unpacking, so 2 GB take as long as copying them and no memory.
"""

import shutil
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from app.downloads import kinds, marks
from app.downloads.stamper import Found, Stamp
from app.downloads.stampers import seal, zipped
from app.downloads.stampers.zipped import CHUNK

MANIFEST, SIGNATURE, NOTE = "GUILDHALL-COPY/copy.json", "GUILDHALL-COPY/copy.json.sig", "GUILDHALL-COPY/README.txt"
FIELD = 0x4748
"""Our id of an extra field: «GH»."""
MOST_TRIED, LARGEST_TRIED = 20, 64 * 1024 * 1024
_HEAD = struct.Struct("<HH")
MOST_EXTRA = 0xFFFF


class ArchiveStamper:
    """The files inside are not stamped themselves; whoever sells PDFs or pictures uploads them beside each other."""

    def check(self, source: Path) -> None:
        with zipped.opened(source, "zip") as archive:
            archive.infolist()

    def stamp(self, source: Path, target: Path, stamp: Stamp) -> None:
        self.check(source)
        with source.open("rb") as original, target.open("wb") as copy:
            shutil.copyfileobj(original, copy, CHUNK)
        with zipfile.ZipFile(target, "a", allowZip64=True) as made:
            self._mark(made, stamp)

    def _mark(self, made: zipfile.ZipFile, stamp: Stamp) -> None:
        taken = {one.filename for one in made.infolist()}
        for name, text in ((MANIFEST, stamp.manifest), (SIGNATURE, stamp.signature), (NOTE, stamp.about)):
            if name not in taken:
                made.writestr(zipped.added(name), text)
        code = marks.written(stamp.mark).encode()
        for member in made.infolist():
            member.extra = extended(member.extra, code)
        made.comment = (made.comment + b" " + code).strip()[-MOST_EXTRA:]
        made._didModify = True  # type: ignore[attr-defined]  # the table of contents is written anew

    def find(self, source: Path) -> list[Found]:
        try:
            with zipfile.ZipFile(source) as archive:
                return [*_of_archive(archive), *_of_members(archive)]
        except zipped.BROKEN:
            return list(_in_remains(source))


def sealed(source: Path, key: str) -> list[Found]:
    """Codes of manifests that the holder of `key` signed, in whatever folder they lie."""
    found = []
    try:
        with zipfile.ZipFile(source) as archive:
            for member in archive.infolist():
                if member.filename.endswith(MANIFEST):
                    text = zipped.beginning(archive, member).decode("utf-8", "replace")
                    if seal.holds(text, _signature(archive, member.filename), key):
                        found += [Found(mark, "seal", member.filename) for mark in marks.found_in(text)]
    except zipped.BROKEN:
        return []
    return found


def _signature(archive: zipfile.ZipFile, manifest: str) -> str:
    try:
        member = archive.getinfo(manifest + ".sig")
    except KeyError:
        return ""
    return zipped.beginning(archive, member).decode("ascii", "replace")


def unpacked(source: Path, folder: Path) -> list[tuple[Path, str]]:
    """Members that may carry marks of their own, under names of ours and with theirs; a few, and no huge ones."""
    made: list[tuple[Path, str]] = []
    with zipped.opened(source, "zip") as archive:
        for member in archive.infolist():
            if len(made) == MOST_TRIED:
                break
            if 0 < member.file_size <= LARGEST_TRIED and kinds.of(zipped.beginning(archive, member, kinds.HEAD)):
                made.append((folder / f"member-{len(made)}", member.filename))
                with archive.open(member) as packed, made[-1][0].open("wb") as file:
                    shutil.copyfileobj(packed, file, CHUNK)
    return made


def extended(extra: bytes, code: bytes) -> bytes:
    """The fields of a member and ours. Ours stays out where there is no room, or where the fields are not readable."""
    field = _HEAD.pack(FIELD, len(code)) + code
    return extra + field if len(extra) + len(field) <= MOST_EXTRA and _readable(extra) else extra


def _readable(extra: bytes) -> bool:
    at = 0
    while at + _HEAD.size <= len(extra):
        at += _HEAD.size + _HEAD.unpack_from(extra, at)[1]
    return at == len(extra)


def _of_archive(archive: zipfile.ZipFile) -> Iterator[Found]:
    for mark in marks.found_in(archive.comment.decode("latin-1")):
        yield Found(mark, "archive_comment")
    for member in archive.infolist():
        if member.filename.endswith((MANIFEST, NOTE)):
            text = zipped.beginning(archive, member).decode("utf-8", "replace")
            yield from (Found(mark, "manifest", member.filename) for mark in marks.found_in(text))


def _of_members(archive: zipfile.ZipFile) -> Iterator[Found]:
    for member in archive.infolist():
        for mark in marks.found_in(member.extra.decode("latin-1")):
            yield Found(mark, "extra", member.filename)


def _in_remains(source: Path) -> Iterator[Found]:
    """An archive without its end, or without its beginning."""
    seen: set[str] = set()
    with source.open("rb") as file:
        kept = b""
        while piece := file.read(CHUNK):
            for mark in marks.found_in((kept + piece).decode("latin-1")):
                if mark not in seen:
                    seen.add(mark)
                    yield Found(mark, "salvaged")
            kept = piece[-32:]
