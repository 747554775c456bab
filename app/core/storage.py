"""Files in private storage: a local folder or S3 by STORAGE_URL, streamed in both directions (obstore)."""

import hashlib
import io
import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from app.core import db, settings
from app.core.errors import NotFound, Refused, Unavailable
from app.core.web.blocking import in_thread

log = structlog.get_logger()
T = TypeVar("T")
CHUNK = 1024 * 1024
PART = 8 * CHUNK
PARTS_AT_ONCE = 4
"""A part is what S3 takes at once; PART × PARTS_AT_ONCE bounds the memory of one upload."""
LONGEST_PUT = 900
"""Seconds that a transaction waits for a file to be stored: 2 GB at 2.5 MB/s."""
LONGEST_KEY = 500
KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


class UploadTooLarge(Refused):
    status = 413
    message = "This file is larger than {limit}. Nothing was stored; choose a smaller one."


class UploadCut(Refused):
    message = "The upload ended before the whole file arrived. Nothing was stored; please send it again."


class StorageAway(Unavailable):
    message = "The place where files are kept does not answer. Nothing was stored or charged. Try again in a minute."


class Missing(NotFound):
    message = "This file is not in storage. Nothing was charged; tell the shop, and try again later."


@dataclass(frozen=True)
class Stored:
    """`size` in bytes, `sha256` in hex; `crc32` is what a zip says of it."""

    key: str
    size: int
    sha256: str
    crc32: int = field(default=0, compare=False)


@cache
def _store() -> Any:
    url = settings.current().storage_url
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path not in ("", "/") and not parts.netloc:
        return _folder(Path(parts.path))
    if parts.scheme == "s3" and parts.netloc:
        return _bucket(parts.netloc, parts.path.strip("/"))
    raise settings.SettingsError(f"STORAGE_URL is {url!r}; use file:///folder or s3://bucket.")


def _folder(path: Path) -> LocalStore:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise settings.SettingsError(f"STORAGE_URL: {path} cannot be made ({error.strerror}).") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise settings.SettingsError(f"STORAGE_URL: {path} is not writable. Give it to the user that runs Guildhall.")
    return LocalStore(path)


def _bucket(name: str, prefix: str) -> S3Store:
    """Address and credentials come from AWS_*, as everywhere. An address without TLS is the operator's own choice."""
    plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    return S3Store(
        name,
        prefix=prefix or None,
        client_options={"connect_timeout": "2s", "timeout": "20s", "allow_http": plain},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=30)},
    )


def check() -> None:
    """Raises SettingsError when STORAGE_URL names no place for files; S3 itself is not asked."""
    _store()


def forget() -> None:
    """Read STORAGE_URL again; for tests that change it."""
    _store.cache_clear()


def put(key: str, source: IO[bytes], *, limit: int, expected: int | None = None) -> Stored:
    """Stream `source` in 1 MiB pieces. Raises UploadTooLarge past `limit` bytes, UploadCut when not `expected` bytes came,
    StorageAway; nothing is kept then."""
    db.idle_up_to(LONGEST_PUT)
    return in_thread(partial(_put, _checked(key), source, limit, expected))


def _put(key: str, source: IO[bytes], limit: int, expected: int | None) -> Stored:
    digest, size, crc32 = hashlib.sha256(), 0, 0
    writer = obstore.open_writer(_store(), key, buffer_size=PART, max_concurrency=PARTS_AT_ONCE)
    try:
        while piece := source.read(CHUNK):
            size += len(piece)
            if size > limit:
                raise UploadTooLarge(limit=human_size(limit))
            digest.update(piece)
            crc32 = zlib.crc32(piece, crc32)
            with _writing(key):
                writer.write(piece)
        if expected is not None and size != expected:
            raise UploadCut
        with _writing(key):
            writer.close()
    except BaseException:
        _abandon(writer, key)
        raise
    return Stored(key, size, digest.hexdigest(), crc32)


def _abandon(writer: Any, key: str) -> None:
    """Leave nothing behind: closing is the only way to end the writer, so the object is deleted after it."""
    try:
        if not writer.closed():
            writer.close()
        _delete(key)
    except (BaseError, OSError) as error:  # a store that is away; the caller raises what happened first
        log.warning("storage.not_cleared", key=key, error=_words(error))


def put_bytes(key: str, data: bytes) -> Stored:
    """Raises StorageAway."""
    in_thread(partial(_put_bytes, _checked(key), data))
    return Stored(key, len(data), hashlib.sha256(data).hexdigest(), zlib.crc32(data))


def _put_bytes(key: str, data: bytes) -> None:
    with _writing(key):
        obstore.put(_store(), key, data)


@contextmanager
def _writing(key: str) -> Iterator[None]:
    """The store's troubles with a write, apart from those of the source: a full disk, no answer, no such bucket."""
    try:
        yield
    except (BaseError, OSError) as error:
        log.error("storage.away", key=key, error=_words(error))
        raise StorageAway from error


def _words(error: Exception) -> str:
    return str(error).partition("\n")[0]


def read(key: str) -> bytes:
    """The whole object, for small ones. Raises Missing, StorageAway."""
    return _ask(key, lambda: bytes(obstore.get(_store(), _checked(key)).bytes()))


def size(key: str) -> int:
    """In bytes. Raises Missing, StorageAway."""
    return _ask(key, lambda: int(obstore.head(_store(), _checked(key))["size"]))


def exists(key: str) -> bool:
    return _ask(key, lambda: _exists(_checked(key)))


def _exists(key: str) -> bool:
    try:
        obstore.head(_store(), key)
    except FileNotFoundError:
        return False
    return True


def everything() -> Iterator[tuple[str, int]]:
    """Every stored file's key and size in bytes, for backups."""
    for batch in obstore.list(_store()):
        for entry in batch:
            yield str(entry["path"]), int(entry["size"])


def stream(key: str, start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` to `end` inclusive, in pieces of 1 MiB. Raises Missing and StorageAway, also half-way."""
    while start <= end:
        stop = min(start + CHUNK, end + 1)
        yield _ask(key, partial(_range, _checked(key), start, stop))
        start = stop


def _range(key: str, start: int, stop: int) -> bytes:
    return bytes(obstore.get_range(_store(), key, start=start, end=stop))


def opened(key: str) -> IO[bytes]:
    """The stored file to be read here and there, such as a zip; a piece is asked for when it is read. Raises Missing, StorageAway."""
    return io.BufferedReader(_Stored(key), CHUNK)


class _Stored(io.RawIOBase):
    def __init__(self, key: str) -> None:
        self._key, self._size, self._at = key, size(key), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        stop = min(self._at + len(buffer), self._size)
        if stop <= self._at:
            return 0
        data = _ask(self._key, partial(_range, _checked(self._key), self._at, stop))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def delete(key: str) -> None:
    """Afterwards it is not there, whether it was or not. Raises StorageAway."""
    _ask(key, lambda: _delete(_checked(key)))


def _delete(key: str) -> None:
    try:
        obstore.delete(_store(), key)
    except FileNotFoundError:  # S3 does not say so, a folder does
        return


def _checked(key: str) -> str:
    """Keys are made by us, from ids; anything that a path could be played with is a mistake. Raises ValueError."""
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no storage key")
    return key


def _ask(key: str, work: Callable[[], T]) -> T:
    """Run a call to the store beside the event loop, and translate its errors."""
    try:
        return in_thread(work)
    except FileNotFoundError as error:
        log.error("storage.missing", key=key)
        raise Missing from error
    except BaseError as error:
        log.error("storage.away", key=key, error=_words(error))
        raise StorageAway from error


def human_size(count: int) -> str:
    """1536 → «1.5 KB»: what people read, powers of 1024."""
    value = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            return (
                f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}".replace(".0 ", " ")
            )
        value /= 1024
    raise AssertionError
