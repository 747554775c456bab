"""Alice's world and her browser; a WooCommerce shop that says what was recorded; and the fixtures of the contract.

The contract has a live sandbox, our address, and a scene with a new shop for each test and platform.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from _pytest.compat import NOTSET

from app.channels import channel, pace
from app.channels.platforms import woocommerce_site
from app.core import http, settings
from app.wiring import CHANNELS
from tests.channels.bazaar import Bazaar
from tests.channels.desk import Desk
from tests.channels.fair import Fair, registered
from tests.channels.stage import Scene, Stage, stages
from tests.channels.woocommerce import sandbox_at
from tests.letters import Letters
from tests.shipping.replay import Replay, replaying


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A trait that no platform has leaves its test without a stage: then there is nothing to run."""
    empty = [one for one in items if getattr(getattr(one, "callspec", None), "params", {}).get("stage") is NOTSET]
    items[:] = [one for one in items if one not in empty]


@pytest.fixture
def bazaar(world: Any, run_jobs: Any) -> Bazaar:
    return Bazaar(world, run_jobs)


@pytest.fixture
def desk(client: Any, world: Any) -> Iterator[Desk]:
    """Alice's browser: she owns the workspace. We are registered at every platform."""
    world.sign_in(client, world.alice)
    before = {kind: channel.app_of(kind) for kind in CHANNELS}
    channel.use(CHANNELS, {kind: replace(one, key=one.key or "key") for kind, one in before.items()})
    yield Desk(client, world.north.slug)
    channel.use(CHANNELS, before)


@pytest.fixture
def fair(
    world: Any, run_jobs: Any, client: Any, running: str, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fair]:
    """Alice's workspace beside live platforms. Our own limit has tests of its own; here nobody waits for a turn."""
    monkeypatch.setattr(pace, "turn", lambda *_, **__: lambda: None)
    one = Fair(world, run_jobs, client, running, letters)
    with registered(stages(), running, letters.url):
        yield one


@pytest.fixture
def scene(stage: Stage, running: str, letters: Letters, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A new shop of the platform in an empty sandbox, which is development's; whatever was planted is gone afterwards."""
    chosen = replace(settings.current(), sandbox_url=running)
    monkeypatch.setattr(settings, "current", lambda: chosen)
    one = Scene(stage, running, letters)
    one.door("reset")
    letters.found.clear()
    one.sandbox_at_peace()
    one.open()
    yield one
    one.sandbox_at_peace()


@pytest.fixture(scope="module")
def woocommerce() -> Iterator[Replay]:
    with replaying() as found:
        yield found


@pytest.fixture
def replay(woocommerce: Replay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """A WooCommerce shop that says what it is told to (tests/channels/woocommerce.py)."""
    woocommerce.answers.clear()
    woocommerce.asked.clear()
    woocommerce.spent = False
    sandbox_at(monkeypatch, woocommerce.url)
    woocommerce_site.forget_hosts()
    yield woocommerce
    for name in [name for name in http._breakers if name.startswith("WooCommerce")]:
        http._breakers.pop(name)
