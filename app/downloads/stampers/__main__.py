"""The process in which hostile files are read: one request a line, one answer a line, within the limits that each request names.

It is given no secrets, opens no connection, and ends with the process that started it.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.downloads.stamper import Stamp, Stamper, Unstampable
from app.downloads.stampers import archive, likeness
from app.downloads.stampers.archive import ArchiveStamper
from app.downloads.stampers.audio import AudioStamper
from app.downloads.stampers.book import BookStamper
from app.downloads.stampers.pdf import PdfStamper
from app.downloads.stampers.picture import PictureStamper

STAMPERS: dict[str, Stamper] = {
    "pdf": PdfStamper(),
    "picture": PictureStamper(),
    "book": BookStamper(),
    "archive": ArchiveStamper(),
    "audio": AudioStamper(),
}


def check(kind: str, source: str) -> None:
    STAMPERS[kind].check(Path(source))


def stamp(kind: str, source: str, target: str, stamp: dict[str, str]) -> None:
    STAMPERS[kind].stamp(Path(source), Path(target), Stamp(**stamp))


def find(kind: str, source: str, key: str) -> list[dict[str, str]]:
    sealed = archive.sealed(Path(source), key) if kind == "archive" else []
    return [asdict(one) for one in (*sealed, *STAMPERS[kind].find(Path(source)))]


def unpack(source: str, folder: str) -> list[tuple[str, str]]:
    return [(str(path), name) for path, name in archive.unpacked(Path(source), Path(folder))]


def look(source: str) -> str:
    return likeness.look_of(Path(source))


def compare(leak: str, original: str, marks: list[str]) -> list[dict[str, Any]]:
    return [asdict(one) for one in likeness.compare(Path(leak), Path(original), marks)]


WORK: dict[str, Callable[..., Any]] = {
    "check": check,
    "stamp": stamp,
    "find": find,
    "look": look,
    "compare": compare,
    "unpack": unpack,
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What came of it: {"done": …}, or {"refused": words for the seller}, or {"failed": words for the log}."""
    _limit(request["memory"], request["seconds"], request["largest"])
    try:
        return {"done": WORK[request["work"]](**request["arguments"])}
    except Unstampable as refusal:
        return {"refused": str(refusal)}
    except MemoryError:
        return {"failed": "MemoryError"}
    except Exception as error:  # whatever a library makes of a hostile file
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


def _limit(memory: int, seconds: int, largest: int) -> None:
    """Bytes of address space, further seconds of processor, bytes of a written file."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
