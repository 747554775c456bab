"""The stage, and a worker that dies where it is told."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.http import breaker
from tests.chaos.forge import Forge
from tests.chaos.stage import Stage


@pytest.fixture
def stage(committed: None, world: Any, stripe_sandbox: Any, run_jobs: Any) -> Stage:
    breaker("stripe").success()
    return Stage(world, stripe_sandbox, run_jobs)


@pytest.fixture
def forge(stage: Stage) -> Iterator[Forge]:
    one = Forge(**stage.settings)
    yield one
    one.close()


@pytest.fixture
def seed() -> int:
    """Printed, and repeatable with CHAOS_SEED."""
    chosen = int(os.environ.get("CHAOS_SEED") or time.time())
    print(f"CHAOS_SEED={chosen}")
    return chosen
