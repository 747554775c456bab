"""The stage, and applications that run as in production: over https, with rate limits on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.security.stage import Stage, build
from tests.world import World


@pytest.fixture
def stage(app: Any, world: World, run_jobs: Any) -> Stage:
    return build(app, world, run_jobs)


@pytest.fixture
def assembled(app: Any) -> Iterator[Callable[..., Any]]:
    """A second application under changed settings; the first one's are put back afterwards."""
    from app import create_app
    from app.core import settings
    from app.core.web.limits import limiter

    chosen, before, enabled = settings.current(), dict(vars(settings.current())), limiter.enabled

    def make(**changes: Any) -> Any:
        for name, value in changes.items():
            object.__setattr__(chosen, name, value)
        return create_app()

    yield make
    for name, value in before.items():
        object.__setattr__(chosen, name, value)
    limiter.enabled = enabled


@pytest.fixture
def https(assembled: Callable[..., Any]) -> Any:
    """As the world sees it: an https address, so cookies are Secure and bound to the host."""
    return assembled(app_url="https://localhost")


@pytest.fixture
def limited(assembled: Callable[..., Any]) -> Any:
    """With rate limits on, counted in memory."""
    from app.core.web.limits import limiter

    limiter.enabled = True
    return assembled(app_env="development", redis_url="memory://")
