"""One PostgreSQL and one Valkey for a whole test run, shared by every pytest worker of this checkout."""

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

from app.cli import engines

ROOT = Path(__file__).parents[1]


def test_engines() -> tuple[str, str]:
    """URLs (superuser on database `postgres`, Valkey). Fast and careless: no fsync.

    The first process starts them, the others share them, and they end with the last process that asked.
    """
    running = _engines()
    return running.admin_url, running.redis_url


test_engines.__test__ = False  # type: ignore[attr-defined]  # a door, not a test


@cache
def _engines() -> engines.Engines:
    place = hashlib.sha256(f"{ROOT} {os.getuid()}".encode()).hexdigest()[:8]
    return engines.start(Path(tempfile.gettempdir()) / f"guildhall-tests-{place}", durable=False)
