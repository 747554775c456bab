"""The stage, its people's browsers, and an application whose rate limits are on."""

from typing import Any

import pytest

from tests.security.stage import Stage, build
from tests.world import World


@pytest.fixture
def stage(app: Any, world: World, run_jobs: Any) -> Stage:
    return build(app, world, run_jobs)
