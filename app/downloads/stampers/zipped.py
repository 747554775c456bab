"""What archives and books have in common: reading members of a zip that a stranger made."""

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.downloads.stamper import Unstampable

MOST_MEMBERS, MOST_UNPACKED = 10_000, 20 * 1024**3
MOST_READ = 4 * 1024 * 1024
CHUNK = 1024 * 1024
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
    OSError,
)
"""What the library raises for archives that are damaged, encrypted, or packed in a way that it does not know."""
EPOCH = (1980, 1, 1, 0, 0, 0)


@contextmanager
def opened(source: Path, what: str) -> Iterator[zipfile.ZipFile]:
    """Raises Unstampable, naming `what` it is, for what cannot be read or is protected by a password."""
    try:
        with zipfile.ZipFile(source) as archive:
            _refuse(archive, what)
            yield archive
    except BROKEN as error:
        raise Unstampable(f"This {what} is damaged. Pack it again and upload that.") from error


def _refuse(archive: zipfile.ZipFile, what: str) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
        raise Unstampable(f"This {what} holds too much to be stamped. Split it and upload the parts.")
    if any(one.flag_bits & 1 for one in members):
        raise Unstampable(f"This {what} is protected by a password. Pack it without and upload that.")


def beginning(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int = MOST_READ) -> bytes:
    """The first bytes of a member; what is damaged is empty."""
    try:
        with archive.open(member) as file:
            return file.read(most)
    except BROKEN:
        return b""


def pour(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: zipfile.ZipFile) -> None:
    """The member as it is, in pieces."""
    with archive.open(member) as source, target.open(fresh(member), "w", force_zip64=member.file_size > 2**31) as sink:
        shutil.copyfileobj(source, sink, CHUNK)


def fresh(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The member's name, date and rights for a new archive."""
    made = zipfile.ZipInfo(member.filename, member.date_time)
    made.compress_type, made.external_attr = member.compress_type, member.external_attr
    if made.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        made.compress_type = zipfile.ZIP_DEFLATED
    return made


def added(name: str, stored: bool = False) -> zipfile.ZipInfo:
    """A member of our own, without a date that would tell copies apart."""
    made = zipfile.ZipInfo(name, EPOCH)
    made.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    made.external_attr = 0o644 << 16
    return made
