"""A small supervisor: starts services, prints their lines, starts a dead one again with back-off, stops all in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import IO

from honcho.printer import Message, Printer

from app.cli.guardian import members, sweep
from app.cli.lifelines import tied_to_parent

COLOURS = cycle(["36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1"])
STEADY = 20.0
"""Seconds of running after which a service counts as healthy again and its back-off starts anew."""
LONGEST = 15.0
"""The longest back-off in seconds."""


@dataclass
class Service:
    """One supervised process, in a session of its own so that all it starts can be found and stopped."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    colour: str = field(default_factory=lambda: next(COLOURS))
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0
    status: int | None = None
    lasting: bool = False
    passing: str = ""

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class PassingLine:
    """Progress: on a terminal the last line is written over; elsewhere only one line in ten seconds is let through."""

    def __init__(self, output: IO[str] | None = None) -> None:
        self._output = output or sys.stdout
        self._there = False
        self._written = float("-inf")

    def due(self) -> bool:
        return self._output.isatty() or time.monotonic() - self._written >= 10

    def clear(self) -> None:
        """Called before any line: takes the passing one away."""
        if self._there:
            self._output.write("\x1b[1A\x1b[2K\r")
        self._there = False

    def wrote(self, passes: bool) -> None:
        if passes:
            self._there, self._written = self._output.isatty(), time.monotonic()


class Supervisor:
    """Call `add` and `tick` from the main thread: the kernel ties children to the thread that started them."""

    def __init__(self, root: Path, environment: Mapping[str, str], inherited: Sequence[int] = ()) -> None:
        """`inherited` file descriptors go to the guardian: a lock among them lasts until the clean-up is over."""
        self.root = root
        self.environment = dict(environment) | {"PYTHONUNBUFFERED": "1"}
        self.services: list[Service] = []
        self._printing = threading.Lock()
        self._printer = Printer(sys.stdout, width=16)
        self._line = PassingLine()
        self._guardian = subprocess.Popen(
            [sys.executable, "-m", "app.cli.guardian"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=tuple(inherited),
        )

    def add(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Service:
        """Start a service and keep it running from now on."""
        service = self.once(name, command, environment)
        service.lasting = True
        return service

    def once(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None, passing: str = ""
    ) -> Service:
        """Start a process that may end by itself; it is stopped with the others if it still runs then.

        Its lines that begin with `passing` take each other's place, so that progress is one line.
        """
        service = Service(name, command, environment or self.environment, passing=passing)
        self.services.append(service)
        self._start(service)
        return service

    def tick(self) -> None:
        """Look after every service once: note deaths, start again what is due."""
        for service in self.services:
            if not service.lasting:
                continue
            if service.process is not None and not service.running:
                self._bury(service)
            if service.process is None and time.monotonic() >= service.due:
                self._start(service)

    def wait(self, done: Callable[[], bool], seconds: float, stopping: Callable[[], bool]) -> bool:
        """Tick until `done`, at most `seconds`, or until `stopping`. Returns whether it was done."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not stopping():
            if done():
                return True
            self.tick()
            time.sleep(0.1)
        return False

    def stop(self, services: Sequence[Service], seconds: float) -> None:
        """Ask these services to stop, all at once; after `seconds` end them and all that they started."""
        for service in services:
            if service.process is not None and service.running:
                service.process.terminate()
        until = time.monotonic() + seconds
        while any(service.running for service in services) and time.monotonic() < until:
            time.sleep(0.05)
        sessions = {service.process.pid for service in services if service.process is not None}
        sweep(sessions, polite=0.5)
        for service in services:
            if service.process is not None:
                service.process.wait()
                self._tell(f"-{service.process.pid}")
                service.process = None
            self.services.remove(service)

    def close(self) -> None:
        """Dismiss the guardian, once nothing is left to guard."""
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        self._guardian.wait()

    def say(self, text: str, name: str = "guildhall") -> None:
        """Print a line among those of the services."""
        self._print(name, text, "1")

    def _start(self, service: Service) -> None:
        process = subprocess.Popen(
            service.command,
            cwd=self.root,
            env=dict(service.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGTERM),
        )
        service.process, service.started = process, time.monotonic()
        self._tell(f"+{process.pid}")
        if process.stdout is not None:
            threading.Thread(target=self._copy, args=(service, process.stdout), daemon=True).start()

    def _bury(self, service: Service) -> None:
        """A service ended by itself: clear what it left, and set when it starts again."""
        process, ran = service.process, time.monotonic() - service.started
        if process is None:
            return
        service.status = process.returncode
        if members({process.pid}):
            sweep({process.pid}, polite=2)
        self._tell(f"-{process.pid}")
        service.process = None
        service.failures = 1 if ran > STEADY else service.failures + 1
        pause = min(LONGEST, 0.5 * 2 ** (service.failures - 1))
        service.due = time.monotonic() + pause
        self._print(service.name, f"ended ({_words(service.status)}); starting again in {pause:g} s", service.colour)

    def _tell(self, line: str) -> None:
        if self._guardian.stdin is not None:
            with suppress(BrokenPipeError):  # without its guardian the kernel's parent-death signal still stands
                self._guardian.stdin.write(f"{line}\n".encode())
                self._guardian.stdin.flush()

    def _copy(self, service: Service, source: IO[bytes]) -> None:
        for line in source:
            text = line.decode("utf-8", "replace").rstrip("\n")
            passes = bool(service.passing) and text.startswith(service.passing)
            if not passes or self._line.due():
                self._print(service.name, text, service.colour, passes)

    def _print(self, name: str, text: str, colour: str, passes: bool = False) -> None:
        with self._printing, suppress(OSError, ValueError):  # a closed terminal must not stop the services
            self._line.clear()
            self._printer.write(Message("line", text, datetime.now().astimezone(), name, colour))
            self._line.wrote(passes)


def _words(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def python_path(environment: Mapping[str, str]) -> str:
    """PATH with this interpreter's programs first, so that `gunicorn` and `flask` are the installed ones."""
    return os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
