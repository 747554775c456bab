"""The keeper: one process that owns the embedded engines for as long as anybody uses them.

Everybody who uses the engines holds a shared lock on `users.lock` (the kernel lets go of it at any death). The keeper waits
for the exclusive lock; getting it means that nobody is left, so it stops the engines and ends. A dead engine is started again
on its port.
"""

import argparse
import fcntl
import json
import os
import secrets
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import IO

from app.cli import ports
from app.cli.postgres import EngineError, Postgres
from app.cli.valkey import Valkey

PATIENCE = 60.0
"""Seconds that an engine has to come up, crash recovery included."""


def main(argv: list[str] | None = None) -> None:
    """Start the engines, publish their URLs in state.json, keep them until the last user is gone."""
    parser = argparse.ArgumentParser(prog="python -m app.cli.keeper", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--no-postgres", action="store_true")
    parser.add_argument("--no-valkey", action="store_true")
    parser.add_argument("--careless", action="store_true", help="no fsync: for tests")
    given = parser.parse_args(argv)
    mine = lock(given.folder, "keeper.lock", fcntl.LOCK_EX)
    if given.careless:
        _forget_data(given.folder)
    engines = _engines(given)
    try:
        _bring_up(engines, given.folder)
        _keep(engines, given.folder)
    except EngineError as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(1) from error
    finally:
        (given.folder / "state.json").unlink(missing_ok=True)
        for engine in engines:
            engine.stop()
        mine.close()


def _forget_data(folder: Path) -> None:
    """Data written without fsync cannot be trusted after a crash, so every careless start is a fresh one."""
    for name in ("postgres", "valkey"):
        shutil.rmtree(folder / name, ignore_errors=True)


def lock(folder: Path, name: str, mode: int) -> IO[str]:
    """Open a lock file and take it; the lock ends when the file is closed or the process is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / name).open("a")
    fcntl.flock(file, mode)
    return file


def _engines(given: argparse.Namespace) -> list[Postgres | Valkey]:
    """The engines asked for, on the ports they had last time, so that URLs outlive a keeper that was killed."""
    path = given.folder / "engines.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    engines: list[Postgres | Valkey] = []
    for name, kind, unwanted in (("postgres", Postgres, given.no_postgres), ("valkey", Valkey, given.no_valkey)):
        port, password = kept.get(name, (0, secrets.token_hex(16)))
        engine = kind(given.folder, port, password, not given.careless)
        engine.clear_orphan()
        engine.port = port if port and _freed(port) else ports.any_free()
        kept[name] = (engine.port, password)
        if not unwanted:
            engines.append(engine)
    write_private(path, json.dumps(kept))
    return engines


def _freed(port: int) -> bool:
    """True when the port is free, or becomes free while a server of an earlier life still ends."""
    until = time.monotonic() + 3
    while not ports.free(port):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)


def _bring_up(engines: list[Postgres | Valkey], folder: Path) -> None:
    for engine in engines:
        engine.start()
    for engine in engines:
        _await(engine)
    urls = {type(engine).__name__.lower(): engine.url for engine in engines}
    write_private(folder / "state.json", json.dumps(urls))


def _await(engine: Postgres | Valkey) -> None:
    """Wait until the engine answers, starting it again if it ends meanwhile. Raises EngineError after PATIENCE."""
    until, ended = time.monotonic() + PATIENCE, 0
    while not engine.ready():
        if engine.process is not None and engine.process.poll() is not None:
            ended += 1
            if isinstance(engine, Valkey) and ended == 3 and engine.data.exists():
                print(f"Valkey cannot read its data; set aside in {engine.set_aside()}.", file=sys.stderr, flush=True)
            time.sleep(0.3 * ended)
            engine.start()
        if time.monotonic() > until or ended > 8:
            name = type(engine).__name__
            raise EngineError(f"{name} did not start; its words are in {engine.folder / (name.lower() + '.log')}.")
        time.sleep(0.05)


def _keep(engines: list[Postgres | Valkey], folder: Path) -> None:
    """Watch the engines until the last user is gone or SIGTERM asks."""
    over = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: over.set())
    threading.Thread(target=_wait_for_last_user, args=(folder, over), daemon=True).start()
    while not over.wait(0.5):
        for engine in engines:
            if engine.process is not None and engine.process.poll() is not None:
                print(f"{type(engine).__name__} ended; starting it again.", file=sys.stderr, flush=True)
                engine.start()
                _await(engine)


def _wait_for_last_user(folder: Path, over: threading.Event) -> None:
    held = lock(folder, "users.lock", fcntl.LOCK_EX)
    over.set()
    threading.Event().wait()  # keep `held` until the process ends: a new user waits for the engines to be down
    held.close()


if __name__ == "__main__":
    main()
