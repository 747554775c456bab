"""Alice's world and her browser; and the fixtures of the contract: a live sandbox, our address, and a scene with a new shop for each test and platform."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from _pytest.compat import NOTSET
from requests.structures import CaseInsensitiveDict

from app.core import settings
from tests.channels.bazaar import Bazaar
from tests.channels.desk import Desk
from tests.channels.stage import Letters, Scene, Stage
from tests.sandbox.conftest import config_for, halt, serve


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A trait that no platform has leaves its test without a stage: then there is nothing to run."""
    empty = [one for one in items if getattr(getattr(one, "callspec", None), "params", {}).get("stage") is NOTSET]
    items[:] = [one for one in items if one not in empty]


@pytest.fixture
def bazaar(world: Any, run_jobs: Any) -> Bazaar:
    return Bazaar(world, run_jobs)


@pytest.fixture
def desk(client: Any, world: Any) -> Desk:
    """Alice's browser: she owns the workspace."""
    world.sign_in(client, world.alice)
    return Desk(client, world.north.slug)


@pytest.fixture(scope="module")
def letters() -> Iterator[Letters]:
    box = Letters()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            box.found.append((self.path, CaseInsensitiveDict(self.headers.items()), raw))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield box
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, letters: Letters) -> Iterator[str]:
    config = config_for(tmp_path_factory.mktemp("markets"), letters)  # type: ignore[arg-type]
    app, server = serve(config)
    yield config.base_url
    halt(app, server)


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
