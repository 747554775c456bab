"""Files in private storage: a local folder or S3 by STORAGE_URL, streamed in both directions (obstore)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import obstore
from obstore.store import LocalStore, S3Store

from app.core import settings
from app.core.errors import Refused

CHUNK = 1024 * 1024


class UploadTooLarge(Refused):
    status = 413
    message = "This file is larger than {limit}. Nothing was stored; choose a smaller one."


class UploadCut(Refused):
    message = "The upload ended before the whole file arrived. Nothing was stored; please send it again."


@dataclass(frozen=True)
class Stored:
    """`size` in bytes, `sha256` in hex."""

    key: str
    size: int
    sha256: str


@cache
def _store() -> Any:
    url = settings.current().storage_url
    parts = urlsplit(url)
    if parts.scheme == "file":
        Path(parts.path).mkdir(parents=True, exist_ok=True)
        return LocalStore(parts.path)
    if parts.scheme == "s3":
        return S3Store(parts.netloc, prefix=parts.path.strip("/") or None)
    raise settings.SettingsError(f"STORAGE_URL is {url!r}; use file:///folder or s3://bucket.")


def forget() -> None:
    """Read STORAGE_URL again; for tests that change it."""
    _store.cache_clear()


def put(key: str, source: IO[bytes], *, limit: int, expected: int | None = None) -> Stored:
    """Stream `source` in 1 MiB pieces. Raises UploadTooLarge past `limit` bytes, UploadCut when not `expected` bytes came."""
    digest, size = hashlib.sha256(), 0
    writer = obstore.open_writer(_store(), key, buffer_size=8 * CHUNK)
    try:
        while piece := source.read(CHUNK):
            size += len(piece)
            if size > limit:
                raise UploadTooLarge(limit=human_size(limit))
            digest.update(piece)
            writer.write(piece)
        if expected is not None and size != expected:
            raise UploadCut
        writer.close()
    except BaseException:
        _abandon(writer, key)
        raise
    return Stored(key, size, digest.hexdigest())


def _abandon(writer: Any, key: str) -> None:
    """Leave nothing behind: closing is the only way to end the writer, so the object is deleted after it."""
    writer.close()
    delete(key)


def put_bytes(key: str, data: bytes) -> Stored:
    obstore.put(_store(), key, data)
    return Stored(key, len(data), hashlib.sha256(data).hexdigest())


def read(key: str) -> bytes:
    return bytes(obstore.get(_store(), key).bytes())


def size(key: str) -> int:
    return int(obstore.head(_store(), key)["size"])


def exists(key: str) -> bool:
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
    """Bytes `start` to `end` inclusive, in pieces of 1 MiB."""
    while start <= end:
        stop = min(start + CHUNK, end + 1)
        yield bytes(obstore.get_range(_store(), key, start=start, end=stop))
        start = stop


def delete(key: str) -> None:
    if exists(key):
        obstore.delete(_store(), key)


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
