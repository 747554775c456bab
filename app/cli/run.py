"""`python -m app.cli.run`: everything up on one machine, from the engines to the address a person opens (`make run`)."""

import argparse
import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

import psutil
from honcho.environ import parse_procfile

from app.cli import database, engines, environment
from app.cli.environment import ROOT, Ports
from app.cli.ports import NoPort
from app.cli.supervisor import Service, Supervisor, python_path

UNSAFE = 3
"""Exit status of `web` when the start-up check refuses to serve."""
REFUSALS = (engines.EngineError, database.DatabaseError, NoPort)


class CannotRun(RuntimeError):
    """`make run` gives up; the message says why and what to do."""


def main(argv: list[str] | None = None) -> None:
    """Run until Ctrl-C, SIGTERM or the end of the `make` that started us. Exit status 1 with a sentence when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m app.cli.run", description=__doc__)
    parser.add_argument("--var", type=Path, default=Path(os.environ.get("GUILDHALL_VAR", ROOT / "var")))
    parser.add_argument("--no-demo", action="store_true", help="leave the marketplace empty")
    given = parser.parse_args(argv)
    folder = given.var.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _alone(folder) as alone:
            Run(folder, alone, not given.no_demo).go()
    except (*REFUSALS, CannotRun) as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
        raise SystemExit(1) from error


class Run:
    """One `make run`: `go` brings it up, watches it, takes it down."""

    def __init__(self, folder: Path, alone: IO[str], demo: bool = True) -> None:
        self.folder = folder
        self.demo = demo
        self.alone = alone
        self.stopping = False
        self.parent = os.getppid() if os.environ.get("MAKELEVEL") else None
        self.outer = environment.outer()

    def go(self) -> None:
        """Start, serve, stop; always stop, whatever happened."""
        self._listen()
        ports = environment.pick_ports(self.outer)
        for note in ports.notes:
            print(note, flush=True)
        held = self._engines()
        try:
            supervisor = Supervisor(ROOT, self._settings(ports, held), _descriptors(self.alone, held))
            try:
                self._bring_up(supervisor, ports)
                self._watch(supervisor, held)
            finally:
                _take_down(supervisor)
        finally:
            if held is not None:
                held.close(wait=True)
            (self.folder / "run.json").unlink(missing_ok=True)
        print("Guildhall is closed. Its data stays in", self.folder, flush=True)

    def _listen(self) -> None:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(name) is not signal.SIG_IGN:  # nohup means what it says
                signal.signal(name, self._stop)

    def _stop(self, *_: object) -> None:
        if not self.stopping:
            print("\nClosing Guildhall; this takes a few seconds.", flush=True)
        self.stopping = True

    def stopped(self) -> bool:
        """True once somebody asked to stop, or the `make` above us is gone."""
        return self.stopping or (self.parent is not None and os.getppid() != self.parent)

    def _engines(self) -> engines.Engines | None:
        wants_database = not any(environment.configured(self.outer, n) for n in ("DATABASE_URL", "DATABASE_ADMIN_URL"))
        wants_cache = not environment.configured(self.outer, "REDIS_URL")
        if not wants_database and not wants_cache:
            return None
        return engines.start(self.folder / "engines", database=wants_database, cache=wants_cache)

    def _settings(self, ports: Ports, held: engines.Engines | None) -> dict[str, str]:
        kept = environment.kept_secrets(self.folder)
        app, admin = environment.database_urls(self.outer, held.admin_url if held else "", kept["DATABASE_PASSWORD"])
        settings = environment.shop(self.outer, ports, kept, self.folder) | {"PATH": python_path(self.outer)}
        if not environment.configured(self.outer, "REDIS_URL") and held is not None:
            settings["REDIS_URL"] = held.redis_url
        for name in ("DATABASE_URL_FILE", "DATABASE_ADMIN_URL_FILE"):
            settings.pop(name, None)
        return settings | {"DATABASE_URL": app, "DATABASE_ADMIN_URL": admin}

    def _bring_up(self, supervisor: Supervisor, ports: Ports) -> None:
        """Sandbox and web first, so that the first page comes soon; the demo writes its past before the workers begin."""
        supervisor.add("sandbox", self._sandbox(ports), environment.sandbox(supervisor.environment, self.folder))
        _setup(supervisor)
        programs = parse_procfile((ROOT / "Procfile").read_text()).processes
        web = supervisor.add("web", shlex.split(programs.pop("web")))
        self._await_web(supervisor, web, ports.web)
        if not self.stopped():
            supervisor.say(f"Guildhall answers at http://localhost:{ports.web}")
        if self.demo:
            self._seed(supervisor)
        if self.stopped():
            return
        for name, command in programs.items():
            supervisor.add(name, shlex.split(command))
        self._announce(ports)

    def _sandbox(self, ports: Ports) -> list[str]:
        command = [sys.executable, "-m", "app.sandbox", "--data", str(self.folder / "sandbox")]
        return [*command, "--port", str(ports.sandbox), "--smtp-port", str(ports.smtp)]

    def _await_web(self, supervisor: Supervisor, web: Service, port: int) -> None:
        def settled() -> bool:
            return _healthy(port) or web.status == UNSAFE or web.failures >= 3

        supervisor.wait(settled, 120, self.stopped)
        if not self.stopped() and not _healthy(port):
            raise CannotRun("Guildhall does not answer; the lines of `web` above say why.")

    def _seed(self, supervisor: Supervisor) -> None:
        """Fill the demo, or go on with it, before anybody else works on the queues: it performs its own jobs at the dates
        of its story.
        """
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "seed", "--if-needed", "--steps"]
        quiet = {"LOG_LEVEL": "WARNING"} | supervisor.environment
        seeding = supervisor.once("seed", command, quiet, passing="Demo marketplace:")
        while seeding.running and not self.stopped():
            supervisor.wait(lambda: not seeding.running, 60, self.stopped)
        if seeding.process is not None and seeding.process.poll():
            supervisor.say(
                "The demo marketplace is incomplete; the lines of `seed` above say why. The next start goes on with it."
            )

    def _announce(self, ports: Ports) -> None:
        url, sandbox = f"http://localhost:{ports.web}", f"http://localhost:{ports.sandbox}"
        (self.folder / "run.json").write_text(json.dumps({"pid": os.getpid(), "url": url, "sandbox": sandbox}))
        lines = [
            f"Guildhall is open:  {url}",
            "Demo logins:        are in the README",
            f"Sandbox:            {sandbox}  (payments, sign-in; no real money moves)",
            f"Mailbox:            {sandbox}/mailbox  (every mail that Guildhall sends)",
            "Close it with Ctrl-C.",
        ]
        print("\n" + "\n".join(f"  {line}" for line in lines) + "\n", flush=True)

    def _watch(self, supervisor: Supervisor, held: engines.Engines | None) -> None:
        looked = time.monotonic()
        while not self.stopped():
            supervisor.tick()
            if held is not None and time.monotonic() - looked > 1:
                held.revive()
                looked = time.monotonic()
            time.sleep(0.2)


def _take_down(supervisor: Supervisor) -> None:
    """The shop first, all at once; then the sandbox, which it still talks to while it ends; then the guardian."""
    supervisor.stop([service for service in supervisor.services if service.name != "sandbox"], 6)
    supervisor.stop(list(supervisor.services), 2)
    supervisor.close()


def _setup(supervisor: Supervisor) -> None:
    command = [sys.executable, "-m", "app.cli.database"]
    done = subprocess.run(command, cwd=ROOT, env=supervisor.environment, start_new_session=True)
    if done.returncode:
        raise CannotRun("The database could not be made ready; the lines above say why.")


def _healthy(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _alone(folder: Path) -> IO[str]:
    """Hold the folder's run.lock. The guardian of a run that died holds it too, until it has cleaned up."""
    file = (folder / "run.lock").open("a+")
    until = time.monotonic() + 20
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse_second(folder, time.monotonic() > until)
            time.sleep(0.2)
            continue
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file


def _refuse_second(folder: Path, late: bool) -> None:
    """Raise CannotRun when another run lives; a run that died only needs a moment until its guardian is done."""
    pid = (folder / "run.lock").read_text().strip()
    if late or (pid.isdigit() and _lives(int(pid))):
        facts = folder / "run.json"
        where = f" at {json.loads(facts.read_text())['url']}" if facts.exists() else ""
        raise CannotRun(f"Guildhall already runs from this folder{where} (process {pid}). Stop it first, or use it.")


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _descriptors(alone: IO[str], held: engines.Engines | None) -> list[int]:
    return [alone.fileno()] + ([held.descriptor] if held is not None else [])


if __name__ == "__main__":
    main()
