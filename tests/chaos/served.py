"""The web server as a process of its own, on this test's database, and how much memory it takes."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests

from app.cli import ports

ROOT = Path(__file__).parents[2]


@dataclass
class Served:
    """A gunicorn with one gevent worker; `worker` is the process that answers."""

    port: int
    worker: psutil.Process

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def measure(self) -> "Memory":
        """From now on, what the worker takes at most."""
        Path(f"/proc/{self.worker.pid}/clear_refs").write_text("5")
        return Memory(self.worker.pid, _kb(self.worker.pid, "VmRSS"))


@dataclass
class Memory:
    pid: int
    before_kb: int

    @property
    def growth_mb(self) -> float:
        """The highest resident size since `measure()`, less what it was then, in MB."""
        return (_kb(self.pid, "VmHWM") - self.before_kb) / 1024


def _kb(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    assert found
    return int(found[1])


@contextmanager
def web(log: Path, port: int | None = None, **settings: str) -> Iterator[Served]:
    """The application as the Procfile starts it, with one worker, on a free port or on this one. Its words go to `log`."""
    port = port or ports.any_free()
    environment = os.environ | {"PORT": str(port), "WEB_WORKERS": "1"} | settings
    command = [str(Path(sys.executable).parent / "gunicorn"), "-c", "app/cli/gunicorn_conf.py", "wsgi:app"]
    with log.open("w") as words:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=words, stderr=words)
    try:
        _await(f"http://localhost:{port}/healthz", process, log)
        yield Served(port, psutil.Process(process.pid).children()[0])
    finally:
        process.terminate()
        process.wait(30)


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


class Browser:
    """A signed-in browser against a served application."""

    def __init__(self, served: Served, world: Any, person: Any) -> None:
        self.served, self.http = served, requests.Session()
        world.sign_in(self, person)

    def set_cookie(self, name: str, value: str, domain: str) -> None:
        self.http.cookies.set(name, value)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(self.served.url + path, timeout=120, **options)

    def token(self) -> str:
        """The CSRF token of a page; the session cookie it belongs to stays in the jar."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/cart").text)
        assert found
        return found[1]

    def post(self, path: str, **form: str) -> requests.Response:
        """Send a form; redirects are not followed."""
        form |= {"csrf_token": self.token()}
        return self.http.post(self.served.url + path, data=form, timeout=120, allow_redirects=False)

    @property
    def cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)
