"""Alice's workspace as it ships, her browser, the address for news of carriers; and the contract's live sandbox and stage."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from app.core import settings
from app.core.http import breaker
from app.shipping.carriers.shipstation_news import forget_keys
from tests.letters import Letters, postbox
from tests.sandbox.carriers.conftest import Inbox
from tests.shipping.desk import Desk
from tests.shipping.parceling import Shipping, speak_to
from tests.shipping.stage import Kind, Stage


@pytest.fixture
def shipping(world: Any, stripe_sandbox: Any, run_jobs: Any) -> Iterator[Shipping]:
    """Alice's workspace, speaking to carriers in an empty sandbox that does as it is told."""
    speak_to(stripe_sandbox)
    stripe_sandbox.post("reset")
    yield Shipping(world, stripe_sandbox, run_jobs)
    stripe_sandbox.http.delete(f"{stripe_sandbox.url}/_sandbox/faults", timeout=20)


@pytest.fixture
def desk(shipping: Shipping, client: Any, world: Any) -> Desk:
    """Alice's browser: she owns the workspace."""
    world.sign_in(client, world.alice)
    return Desk(client, shipping.workspace.slug)


@pytest.fixture
def news() -> Iterator[Inbox]:
    """The address that carriers are told to send news to."""
    chosen = settings.current()
    before = chosen.app_url
    with postbox(Inbox()) as inbox:
        object.__setattr__(chosen, "app_url", inbox.url)
        yield inbox
        object.__setattr__(chosen, "app_url", before)


@pytest.fixture
def kind_of(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
def stage(kind_of: Kind, running: str, letters: Letters) -> Iterator[Stage]:
    found = Stage(kind_of, running, letters)
    found.door("reset")
    letters.found.clear()
    forget_keys()
    yield found
    requests.delete(f"{running}/_sandbox/faults", timeout=20)
    breaker(kind_of.name).success()
