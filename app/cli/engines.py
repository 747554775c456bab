"""The embedded engines: `start()` gives the URLs of PostgreSQL and Valkey, starting them if nobody has.

    held = engines.start(Path("var/engines"))
    held.admin_url, held.redis_url
    held.close()    # the last one to close (or to die) ends the engines; the data stays

Any number of processes may start the same folder at once: they share one pair of engines (see keeper.py).
"""

import fcntl
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.cli import postgres, valkey
from app.cli.keeper import PATIENCE, lock
from app.cli.postgres import EngineError

__all__ = ["EngineError", "Engines", "start"]
ROOT = Path(__file__).parents[2]


@dataclass
class Engines:
    """URLs of the running engines. `admin_url` is the superuser on database `postgres`; empty when not asked for."""

    admin_url: str
    redis_url: str
    folder: Path
    _held: IO[str] = field(repr=False)
    _options: tuple[bool, bool, bool] = field(default=(True, True, True), repr=False)

    @property
    def descriptor(self) -> int:
        """The lock's file descriptor. A process that inherits it keeps the engines up as long as it lives."""
        return self._held.fileno()

    def revive(self) -> bool:
        """Start the engines again, on their ports, if their keeper was killed. Returns whether that was needed."""
        if _keeper_lives(self.folder):
            return False
        database, cache, durable = self._options
        start(self.folder, database=database, cache=cache, durable=durable).close()
        return True

    def close(self, wait: bool = False) -> None:
        """Let go. With `wait`, return when the engines are down, or at once if somebody else still uses them."""
        self._held.close()
        if wait:
            _await_end(self.folder)


def start(folder: Path, *, database: bool = True, cache: bool = True, durable: bool = True) -> Engines:
    """Use the engines of `folder`, starting them first if they are down. Raises EngineError with the reason.

    `durable=False` turns fsync off, for tests. The options count only for the process that really starts them.
    """
    folder = folder.resolve()
    with lock(folder, "start.lock", fcntl.LOCK_EX):
        held = lock(folder, "users.lock", fcntl.LOCK_SH)
        try:
            urls = _running(folder) or _launch(folder, database, cache, durable)
        except BaseException:
            held.close()
            raise
    return Engines(urls.get("postgres", ""), urls.get("valkey", ""), folder, held, (database, cache, durable))


def _running(folder: Path) -> dict[str, str] | None:
    """URLs of engines that answer, or None. Waits while a living keeper is still bringing them up."""
    until = time.monotonic() + PATIENCE
    while _keeper_lives(folder) and time.monotonic() < until:
        urls = _state(folder)
        if urls and _all_answer(urls):
            return urls
        time.sleep(0.1)
    return None


def _launch(folder: Path, database: bool, cache: bool, durable: bool) -> dict[str, str]:
    command = [sys.executable, "-m", "app.cli.keeper", str(folder)]
    command += ["--no-postgres"] * (not database) + ["--no-valkey"] * (not cache) + ["--careless"] * (not durable)
    (folder / "state.json").unlink(missing_ok=True)
    with (folder / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    until = time.monotonic() + PATIENCE + 30
    while time.monotonic() < until:
        urls = _state(folder)
        if urls is not None:
            return urls
        if keeper.poll() is not None:
            words = (folder / "keeper.log").read_text(errors="replace").strip()
            raise EngineError(words.splitlines()[-1] if words else "The engines ended as soon as they started.")
        time.sleep(0.05)
    raise EngineError(f"The engines did not come up; see the logs in {folder}.")


def _state(folder: Path) -> dict[str, str] | None:
    try:
        urls: dict[str, str] = json.loads((folder / "state.json").read_text())
    except FileNotFoundError:
        return None
    return urls


def _all_answer(urls: dict[str, str]) -> bool:
    checks = {"postgres": postgres.answers, "valkey": valkey.answers}
    return all(checks[name](url) for name, url in urls.items())


def _keeper_lives(folder: Path) -> bool:
    with (folder / "keeper.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _await_end(folder: Path) -> None:
    with (folder / "users.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not _only_keeper_holds(folder):
                return
    until = time.monotonic() + 20
    while _keeper_lives(folder) and time.monotonic() < until:
        time.sleep(0.05)


def _only_keeper_holds(folder: Path) -> bool:
    """True when the lock is the keeper's own: other users hold it shared, so a shared lock would succeed."""
    with (folder / "users.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
