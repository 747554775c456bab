"""`make run` as a whole, in a folder and on ports of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import pytest

from app.cli import ports

ROOT = Path(__file__).parents[2]
SETTINGS = (
    "DATABASE_URL",
    "DATABASE_ADMIN_URL",
    "REDIS_URL",
    "SMTP_URL",
    "STORAGE_URL",
    "SECRET_KEY",
    "APP_ENV",
    "APP_URL",
)
SETTINGS += ("ENCRYPTION_KEYS", "LOG_LEVEL", "MAIL_FROM")


class Started:
    """A running `python -m app.cli.run` and the lines it printed."""

    def __init__(self, folder: Path, wanted: int, demo: bool = False) -> None:
        environment = {
            name: value for name, value in os.environ.items() if name not in SETTINGS and not name.startswith("STRIPE_")
        }
        environment |= {"PORT": str(wanted), "SANDBOX_PORT": str(ports.any_free())}
        environment |= {"SANDBOX_SMTP_PORT": str(ports.any_free())}
        environment |= {"DEMO_CHECKOUTS": "2", "DEMO_WARES": "1"}
        self.folder = folder
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli.run", "--var", str(folder), *([] if demo else ["--no-demo"])],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    def open(self) -> dict[str, str]:
        """The facts of run.json, once the block with the addresses was printed."""
        assert soon(lambda: self.said("Close it with Ctrl-C") or self.process.poll() is not None, 120), self.lines
        assert self.process.poll() is None, self.lines
        facts: dict[str, str] = json.loads((self.folder / "run.json").read_text())
        return facts

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    started: list[Started] = []

    def begin(wanted: int | None = None, demo: bool = False) -> Started:
        started.append(Started(tmp_path / "var", wanted or ports.any_free(), demo))
        return started[-1]

    yield begin
    for one in started:
        one.stop()


def test_it_comes_up_beside_a_taken_port_refuses_a_twin_and_goes_politely(run: Callable[..., Started]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        first = run(taken)
        url = first.open()["url"]
        assert first.said(f"Port {taken} is taken by another program")
    assert answer(url, "/healthz") == 200
    assert answer(url, "/readyz") == 200
    twin = run()
    assert twin.process.wait(60) == 1
    assert soon(lambda: twin.said(f"already runs from this folder at {url}"))
    family = first.descendants()
    first.stop()
    assert first.process.returncode == 0
    assert soon(lambda: not alive(family))
    assert soon(lambda: first.said("Guildhall is closed"))


@pytest.mark.chaos
def test_pages_come_before_the_demo_is_there_and_a_cut_off_demo_is_gone_on_with(run: Callable[..., Started]) -> None:
    wanted = ports.any_free()
    first = run(wanted, demo=True)
    assert soon(lambda: first.said("Demo marketplace:"), 120), first.lines
    assert answer(f"http://localhost:{wanted}", "/healthz") == 200
    assert not first.said("The demo marketplace is filled")
    family = first.descendants()
    first.process.kill()
    first.process.wait()
    assert soon(lambda: not alive(family), 30)
    second = run(demo=True)
    url = second.open()["url"]
    assert second.said("The demo marketplace is filled")
    assert answer(url, "/s/deep-field-prints") == 200


@pytest.mark.chaos
def test_a_crash_leaves_no_orphan_and_the_next_start_is_clean(run: Callable[..., Started]) -> None:
    first = run()
    first.open()
    family = first.descendants()
    names = " ".join(words(process) for process in family)
    assert all(word in names for word in ("postgres", "valkey", "gunicorn", "jobs payments", "app.sandbox", "relay"))
    first.process.kill()
    again = run()
    assert answer(again.open()["url"], "/readyz") == 200
    assert not alive(family)


@pytest.mark.chaos
def test_every_killed_part_comes_back(run: Callable[..., Started]) -> None:
    one = run()
    url = one.open()["url"]
    for process in one.descendants():
        if "app.cli.guardian" not in words(process):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    assert soon(lambda: answer(url, "/readyz") == 200, 90), one.lines
    assert soon(lambda: {"relay", "scheduler", "worker-mail"} <= running(one), 60), one.lines


def running(one: Started) -> set[str]:
    names = {"relay": "wsgi relay", "scheduler": "wsgi scheduler", "worker-mail": "jobs mail"}
    lines = [words(process) for process in one.descendants()]
    return {name for name, command in names.items() if any(command in line for line in lines)}


def words(process: psutil.Process) -> str:
    """The command line; empty when the process is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def answer(url: str, path: str) -> int:
    """The status of a page; 0 while nobody answers."""
    host = url.removeprefix("http://")
    connection = HTTPConnection("127.0.0.1", int(host.partition(":")[2]), timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def soon(true: Callable[[], bool], seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.2)
    return False
