"""Programs of the product as processes of their own, on a Valkey database that nobody else reads."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from app.core.outbox_relay import valkey

ROOT = Path(__file__).parents[2]
OWN = 9
"""The Valkey database of these tests: queues of tests that run beside them are in number 0."""


class Programs:
    """Starts them, and ends every one of them and what it started."""

    def __init__(self, log: Path, **settings: str) -> None:
        self.redis_url = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{OWN}"
        self.valkey = valkey(self.redis_url)
        self.valkey.flushdb()
        self._log, self._settings = log, settings
        self._started: list[subprocess.Popen[bytes]] = []

    def relay(self) -> "subprocess.Popen[bytes]":
        return self._start("-m", "flask", "--app", "wsgi", "relay")

    def worker(self, queue: str, *options: str) -> "subprocess.Popen[bytes]":
        return self._start("-m", "tests.chaos.worker", queue, *options)

    def words(self) -> str:
        return self._log.read_text()

    def kill_parent_only(self, worker: "subprocess.Popen[bytes]") -> psutil.Process:
        """`kill -9` to the worker while its horse works on. Returns the orphan."""
        (horse,) = psutil.Process(worker.pid).children()
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        return horse

    def close(self) -> None:
        family = [child for one in self._started for child in _family(one.pid)]
        for process in family:
            if process.is_running():
                process.kill()
        for one in self._started:
            one.wait(10)
        self.valkey.flushdb()

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with self._log.open("a") as words:
            one = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=os.environ | {"REDIS_URL": self.redis_url} | self._settings,
                stdout=words,
                stderr=words,
            )
        self._started.append(one)
        return one


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
