"""An empty marketplace with a sandbox of its own, filled by `flask seed` as a process that can be killed."""

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from app.cli.database import prepare, with_database, with_role
from app.cli.ports import any_free
from tests.conftest import ENVIRONMENT
from tests.engines import test_engines

ROOT = Path(__file__).parents[2]
CHECKOUTS, WARES = 4, 2


@dataclass
class Town:
    """`database` is the owner's URL; `environment` is what `flask seed` runs with."""

    database: str
    sandbox: str
    environment: dict[str, str]

    def seed(self) -> "subprocess.Popen[str]":
        """Start filling; its standard output has one line per step."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "seed", "--steps"]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def fill(self) -> list[str]:
        """Fill to the end. Returns what was said."""
        said, _ = (running := self.seed()).communicate(timeout=300)
        assert running.returncode == 0, said
        return said.splitlines()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(psycopg.connect(self.database, autocommit=True)) as connection:
            return connection.execute(query).fetchall()

    def effects(self) -> list[tuple[Any, ...]]:
        """What the sandbox executed, without ids and moments."""
        listed = requests.get(f"{self.sandbox}/_sandbox/effects", timeout=20).json()
        return sorted((one["kind"], one["amount"], one["currency"]) for one in listed)


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[list[Town]]:
    """Two, so that one can be filled in peace and the other not."""
    running: list[subprocess.Popen[bytes]] = []
    yield [_town(tmp_path / name, name, running) for name in ("peace", "storm")]
    for process in running:
        process.terminate()
        process.wait(20)


def _town(folder: Path, name: str, running: list["subprocess.Popen[bytes]"]) -> Town:
    admin, valkey = test_engines()
    app_url = with_role(with_database(admin, f"guildhall_seeds_{name}_{os.getpid()}"), "guildhall", "guildhall")
    port, smtp = any_free(), any_free()
    sandbox = f"http://127.0.0.1:{port}"
    plain = {key: os.environ[key] for key in ("PATH", "HOME", "PYTHONDONTWRITEBYTECODE") if key in os.environ}
    command = [sys.executable, "-m", "app.sandbox", "--port", str(port), "--smtp-port", str(smtp)]
    running.append(subprocess.Popen([*command, "--data", str(folder / "sandbox")], cwd=ROOT, env=plain | _secrets()))
    target = prepare(admin, app_url)
    _await(sandbox)
    environment = (
        plain
        | _secrets()
        | {
            "DATABASE_URL": app_url,
            "DATABASE_ADMIN_URL": target,
            "REDIS_URL": valkey,
            "STORAGE_URL": f"file://{folder / 'files'}",
            "STRIPE_API_BASE": sandbox,
            "EASYPOST_API_BASE": f"{sandbox}/easypost/v2",
            "SANDBOX_URL": sandbox,
            "SMTP_URL": f"smtp://127.0.0.1:{smtp}",
            "DEMO_CHECKOUTS": str(CHECKOUTS),
            "DEMO_WARES": str(WARES),
            "DEMO_TALKS": "3",
        }
    )
    return Town(target, sandbox, environment)


def _secrets() -> dict[str, str]:
    key = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    return ENVIRONMENT | {"ENCRYPTION_KEYS": f"k1:{key}", "APP_URL": "http://127.0.0.1:1"}


def _await(sandbox: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(requests.ConnectionError):
            if requests.get(f"{sandbox}/_sandbox/health", timeout=5).ok:
                return
        time.sleep(0.1)
    raise TimeoutError("the sandbox did not come up")
