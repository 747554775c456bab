"""The client of docs/examples against the running application, as somebody who copies it would run it."""

import base64
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from app.core import db
from app.licences import actions
from tests.licences.conftest import ALICE, Counter, opened
from tests.world import World

CLIENT = Path(__file__).parents[2] / "docs/examples/licence-client/licence_client.py"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("licence_client", CLIENT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["licence_client"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def counter(committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]) -> Counter:
    made = opened(world, app, run_jobs)
    made.terms(activation_limit=1, valid_days=90, lease_days=14)
    return made


@pytest.fixture
def address(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()


def public_key(counter: Counter) -> str:
    found = counter.app.test_client().get(f"/api/v1/licences/keys/{counter.world.north.slug}").get_json()
    return str(found["keys"][0]["public_key"])


def test_a_program_activates_goes_offline_and_gives_its_seat_back(
    counter: Counter, address: str, tmp_path: Path
) -> None:
    """Over the command line: seat, file, check without a connection, tampering, another computer, and the end."""
    key, told = counter.key(counter.buy()), public_key(counter)

    def run(folder: str, *what: str, server: str = address) -> tuple[int, str]:
        asked = ["--server", server, "--product", str(counter.product.id), "--public-key", told]
        done = subprocess.run(
            [sys.executable, str(CLIENT), *asked, "--folder", str(tmp_path / folder), *what],
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    code, said = run("here", "activate", key)
    assert code == 0, said
    assert json.loads(said)["product"] == "Brush engine" and key not in said
    nowhere = "http://127.0.0.1:9"
    assert run("here", "check", server=nowhere)[0] == 0, "no network is needed"
    assert run("here", "refresh", server=nowhere)[0] == 2, "and its absence says nothing about the licence"
    assert "activation_limit_reached" in run("there", "activate", key)[1]
    (tmp_path / "there").mkdir(exist_ok=True)
    (tmp_path / "there/licence.json").write_bytes((tmp_path / "here/licence.json").read_bytes())
    assert "other_device" in run("there", "check")[1]
    _tamper(tmp_path / "here/licence.json")
    assert run("here", "check")[1].startswith("tampered: This licence file was changed")
    assert run("here", "refresh")[0] == 0, "asking again mends it"
    assert run("here", "deactivate") == (0, "The seat is free.\n")
    assert "not_activated" in run("here", "check")[1]
    assert run("there", "activate", key)[0] == 0


def _tamper(path: Path) -> None:
    """Move the end of the licence by a hundred years."""
    stored = json.loads(path.read_text())
    raw = base64.urlsafe_b64decode(stored["file"]["payload"] + "==")
    content = json.loads(raw) | {"valid_until": "2126-01-01T00:00:00Z", "expires_at": None}
    stored["file"]["payload"] = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    path.write_text(json.dumps(stored))


def test_a_file_ends_with_its_lease_and_with_its_licence(counter: Counter, address: str, tmp_path: Path) -> None:
    client = load()
    order = counter.buy()
    made = client.Client(address, str(counter.product.id), [public_key(counter)], tmp_path)
    content = made.activate(counter.key(order))
    signed = client._moment(content["issued_at"])
    assert client._moment(content["valid_until"]) == signed + timedelta(days=14)
    made.check(signed + timedelta(days=13))
    for days, code in ((15, "stale"), (91, "expired")):
        with pytest.raises(client.NotGood) as refused:
            made.check(signed + timedelta(days=days))
        assert refused.value.code == code
    stranger = client.Client(address, str(counter.product.id), [base64.b64encode(b"\1" * 32).decode()], tmp_path)
    with pytest.raises(client.NotGood, match="changed"):
        stranger.check()
    with db.workspace(counter.world.north.id):
        actions.disable(ALICE, counter.all()[0], "shared on a forum")
    with pytest.raises(client.NotGood) as ended:
        made.refresh()
    assert ended.value.code == "licence_disabled"
    made.check(signed + timedelta(days=1))


def test_a_program_lives_through_a_change_of_the_signing_key(counter: Counter, address: str, tmp_path: Path) -> None:
    """Who knows both keys renews at once; who knows the old one alone goes on with the file it has, and cannot be misled by it."""
    client, key, old = load(), counter.key(counter.buy()), public_key(counter)
    with db.workspace(counter.world.north.id):
        coming = actions.make_next(ALICE)
    product = str(counter.product.id)
    shipped = client.Client(address, product, [old], tmp_path)
    first = shipped.activate(key)
    with db.workspace(counter.world.north.id):
        actions.start(ALICE, coming.id)
    assert public_key(counter) == coming.written != old
    with pytest.raises(client.NotGood, match="does not know"):
        shipped.refresh()
    assert shipped.check() == first, "the file that it can check was not lost"
    updated = client.Client(address, product, [old, coming.written], tmp_path)
    assert updated.check() == first and updated.refresh()["licence_id"] == first["licence_id"]
    assert json.loads(updated.file.read_text())["file"]["key_id"] == str(coming.id)
    with pytest.raises(client.NotGood):
        shipped.check()
    asked = ["--server", address, "--product", product, "--public-key", old, "--public-key", coming.written]
    assert client.main([*asked, "--folder", str(tmp_path), "check"]) == 0
