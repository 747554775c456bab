"""Work on hostile files in a process of its own, within limits of memory and time: its crash is a refusal, never ours.

The process is kept for the next file and ends with this one. It has no settings and no secrets in its environment.
"""

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from app.core.jobs import still_working
from app.downloads.stamper import Found, Likeness, Stamp, Unstampable

log = structlog.get_logger()
ROOT = Path(__file__).resolve().parents[2]
MEMORY = {"picture": 1536 * 1024**2}
OTHERS = 512 * 1024**2
"""Bytes of address space, libraries included: a picture of 40 megapixels is held twice."""
CHECK_SECONDS, WORK_SECONDS, SLOWEST = 10, 120, 4
"""Seconds of processor; on the clock SLOWEST times as long, because the machine has other things to do."""
LARGEST = 4 * 1024**3
BROKE = "This file could not be worked on: it is damaged, or much more complicated than it looks. Export it again and upload that."


class _Process:
    """The helper process. A lock, because a web process has several threads; whoever loses it starts another."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running: subprocess.Popen[bytes] | None = None
        self.owner = 0

    def ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """The answer, or {"failed": …} when the process died or was ended for taking too long."""
        with self.lock:
            process = self._started()
            assert process.stdin is not None
            try:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                line = _line(process, seconds)
            except (OSError, TimeoutError) as error:
                line, reason = b"", str(error) or type(error).__name__
            else:
                reason = "it ended without an answer"
            if not line:
                self.end()
                return {"failed": reason}
            found: dict[str, Any] = json.loads(line)
            return found

    def _started(self) -> subprocess.Popen[bytes]:
        """A forked process does not share its parent's helper."""
        if self.running is None or self.owner != os.getpid() or self.running.poll() is not None:
            self.running, self.owner = _start(), os.getpid()
        return self.running

    def end(self) -> None:
        if self.running is None or self.owner != os.getpid():
            return
        self.running.kill()
        self.running.wait()
        for pipe in (self.running.stdin, self.running.stdout):
            if pipe is not None:
                pipe.close()
        self.running = None


def _start() -> subprocess.Popen[bytes]:
    known = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME") if name in os.environ}
    environment = known | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "app.downloads.stampers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )


def _line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """The next line; empty when the process ended. Keeps the job's claim meanwhile. Raises TimeoutError."""
    assert process.stdout is not None
    end, found = time.monotonic() + seconds, b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not found.endswith(b"\n"):
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("it took too long")
            if not selector.select(min(left, 10)):
                still_working()
                continue
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                return b""
            found += piece
    return found


_process = _Process()
atexit.register(_process.end)


def _ask(work: str, kind: str, seconds: int, arguments: Mapping[str, Any]) -> Any:
    """Raises Unstampable, in words for the seller; what really happened is in the log."""
    limits = {"memory": MEMORY.get(kind, OTHERS), "seconds": seconds, "largest": LARGEST}
    answer = _process.ask({"work": work, "arguments": arguments, **limits}, seconds * SLOWEST)
    if "done" in answer:
        return answer["done"]
    if "refused" not in answer:
        log.warning("downloads.confined_failed", work=work, kind=kind, reason=answer["failed"])
    raise Unstampable(answer.get("refused", BROKE))


def check(kind: str, source: Path) -> None:
    """Raises Unstampable."""
    _ask("check", kind, CHECK_SECONDS, {"kind": kind, "source": str(source)})


def stamp(kind: str, source: Path, target: Path, stamp: Stamp) -> None:
    """Raises Unstampable."""
    paths = {"source": str(source), "target": str(target)}
    _ask("stamp", kind, WORK_SECONDS, {"kind": kind, **paths, "stamp": asdict(stamp)})


def find(kind: str, source: Path, key: str = "") -> list[Found]:
    """`key` is the public one that checks manifests. Raises Unstampable when the file breaks its reader."""
    arguments = {"kind": kind, "source": str(source), "key": key}
    return [Found(**one) for one in _ask("find", kind, WORK_SECONDS, arguments)]


def unpack(source: Path, folder: Path) -> list[tuple[Path, str]]:
    """A few members of an archive that may carry marks themselves, and what they are called in it. Raises Unstampable."""
    found = _ask("unpack", "archive", WORK_SECONDS, {"source": str(source), "folder": str(folder)})
    return [(Path(path), name) for path, name in found]


def look(source: Path) -> str:
    """Raises Unstampable for what is no picture of ours."""
    return str(_ask("look", "picture", CHECK_SECONDS, {"source": str(source)}))


def compare(leak: Path, original: Path, marks: list[str]) -> list[Likeness]:
    """Raises Unstampable when one of the two cannot be read."""
    arguments = {"leak": str(leak), "original": str(original), "marks": marks}
    return [Likeness(**one) for one in _ask("compare", "picture", WORK_SECONDS, arguments)]
