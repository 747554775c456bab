"""Bodies that arrive in pieces: taken to disk before any transaction begins, and what came before a connection broke is kept."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from flask import g, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

V = TypeVar("V", bound=Callable[..., Any])
READ = 256 * 1024
IN_MEMORY = 1024 * 1024


@dataclass(frozen=True)
class Piece:
    """What came: a file to read, its size in bytes, and whether that is all that was announced."""

    source: IO[bytes]
    size: int
    whole: bool


def arrives_in_pieces(view: V) -> V:
    """Declare, on a view that `@uploads` a number of bytes, that its body is read with `arrived()`."""
    view.in_pieces = True  # type: ignore[attr-defined]
    return view


def arrived() -> Piece:
    """The body of this request. Raises RuntimeError in a view that did not declare it."""
    found: Piece | None = g.get("piece")
    if found is None:
        raise RuntimeError("this view does not say @arrives_in_pieces")
    return found


def take(source: IO[bytes], largest: int) -> None:
    """Read the body to its end, or as far as it came. Raises RequestEntityTooLarge."""
    announced = request.content_length
    if announced is not None and announced > largest:
        raise RequestEntityTooLarge
    kept: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (closed with the request)
    size = _copy(source, kept, announced if announced is not None else largest + 1)
    if size > largest:
        raise RequestEntityTooLarge
    kept.seek(0)
    g.piece = Piece(kept, size, announced is None or size == announced)


def _copy(source: IO[bytes], kept: IO[bytes], most: int) -> int:
    size = 0
    try:
        while size < most and (data := source.read(min(READ, most - size))):
            kept.write(data)
            size += len(data)
    except (ClientDisconnected, OSError):  # the network went away: what came is worth keeping
        return size
    return size


def close(_: BaseException | None = None) -> None:
    found: Piece | None = g.pop("piece", None)
    if found is not None:
        found.source.close()
