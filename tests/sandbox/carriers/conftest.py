"""A sandbox on a free port, a client per label provider, a receiver for their webhooks, and recorded answers to compare with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from app.sandbox.config import SandboxConfig
from tests.letters import Letters, postbox
from tests.sandbox.conftest import free_port, halt, serve, wait_until

RECORDED = Path(__file__).parents[2] / "recorded" / "shipping"
TOWNSEND = {
    "name": "Jack Sparrow", "street1": "388 Townsend St", "street2": "Apt 20", "city": "San Francisco", "state": "CA",
    "zip": "94107", "country": "US", "email": "test@example.com", "phone": "5555555555",
}  # fmt: skip
HARBOR = {
    "name": "Elizabeth Swan", "street1": "179 N Harbor Dr", "city": "Redondo Beach", "state": "CA", "zip": "90277",
    "country": "US", "email": "test@example.com", "phone": "5555555555",
}  # fmt: skip
NOWHERE = {**HARBOR, "street1": "000 unknown street", "city": "Not A City", "state": "ZZ", "zip": "00001"}
BERLIN = {**HARBOR, "street1": "Torstraße 1", "city": "Berlin", "state": "", "zip": "10119", "country": "DE"}


@dataclass
class Inbox(Letters):
    """What arrived at the application's webhooks, read by path."""

    def bodies(self, path: str) -> list[Any]:
        return [one.body for one in self.found if one.path == path]

    def wait_for(self, path: str, count: int) -> list[Any]:
        """The bodies at a path, as soon as there are `count`."""
        wait_until(lambda: len(self.bodies(path)) >= count, f"{count} letters at {path}")
        return self.bodies(path)


@dataclass
class Api:
    """One account at one provider."""

    url: str
    headers: dict[str, str]
    http: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return self.http.request(method, self.url + path, json=body, headers=headers, timeout=20, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self._good(self.ask("GET", path, **options))

    def post(self, path: str, body: Any = None) -> Any:
        return self._good(self.ask("POST", path, {} if body is None else body))

    def put(self, path: str, body: Any = None) -> Any:
        return self._good(self.ask("PUT", path, {} if body is None else body))

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.ask(method, path, body)
        assert not answer.ok, answer.text
        return answer.status_code, answer.json()

    @staticmethod
    def _good(answer: requests.Response) -> Any:
        assert answer.ok, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@dataclass
class Sandbox:
    """The running sandbox's address and doors."""

    url: str
    config: SandboxConfig
    inbox: Inbox
    http: requests.Session = field(default_factory=requests.Session)

    def door(self, path: str, /, **body: Any) -> Any:
        answer = self.http.post(f"{self.url}/_sandbox/{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def look(self, path: str, **query: Any) -> Any:
        return self.http.get(f"{self.url}/_sandbox/{path}", params=query, timeout=20).json()

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.look("effects", kind=kind)

    def easypost(self, key: str = "") -> Api:
        return Api(f"{self.url}/easypost/v2", {"Authorization": f"Bearer {key or 'EZTK' + uuid4().hex}"})

    def shippo(self, key: str = "") -> Api:
        token = f"ShippoToken {key or 'shippo_test_' + uuid4().hex}"
        return Api(f"{self.url}/shippo", {"Authorization": token, "Shippo-API-Version": "2018-02-08"})

    def shipstation(self, key: str = "") -> Api:
        return Api(f"{self.url}/shipstation/v2", {"api-key": key or f"TEST_{uuid4().hex}"})


@pytest.fixture(scope="session")
def inbox() -> Iterator[Inbox]:
    with postbox(Inbox()) as one:
        yield one


@pytest.fixture(scope="session")
def carriers(tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Iterator[Sandbox]:
    port = free_port()
    config = SandboxConfig(
        data=tmp_path_factory.mktemp("carriers"),
        port=port,
        smtp_port=free_port(),
        app_url=inbox.url,
        base_url=f"http://127.0.0.1:{port}",
    )
    app, server = serve(config)
    yield Sandbox(config.base_url, config, inbox)
    halt(app, server)


@pytest.fixture
def sandbox(carriers: Sandbox) -> Iterator[Sandbox]:
    """An empty sandbox."""
    carriers.door("reset")
    carriers.inbox.found.clear()
    carriers.inbox.status = 200
    yield replace(carriers)
    carriers.http.delete(f"{carriers.url}/_sandbox/faults", timeout=20)


def recorded(path: str, step: int = 0) -> tuple[Any, int, Any]:
    """Request body, status and answer of a recorded call (`step` counts within the file)."""
    document = json.loads((RECORDED / path).read_text())
    if isinstance(document, dict) and "body" in document:
        return None, 200, document["body"]
    calls = document if isinstance(document, list) else document["interactions"]
    call = calls[step]
    return call["request"].get("body"), call["response"]["status"], call["response"]["body"]


def lacking(theirs: Any, ours: Any, where: str = "", but: frozenset[str] = frozenset()) -> list[str]:
    """What a recorded answer has and ours has not: members, or values of another kind. `but` names members left out."""
    if isinstance(theirs, dict):
        if not isinstance(ours, dict):
            return [] if ours is None else [f"{where}: an object there, {ours!r} here"]
        wrong = [f"{where}.{name} is missing" for name in theirs if name not in ours and name not in but]
        for name in theirs.keys() & ours.keys() - but:
            wrong += lacking(theirs[name], ours[name], f"{where}.{name}", but)
        return wrong
    if isinstance(theirs, list):
        if not isinstance(ours, list):
            return [f"{where}: a list there, {ours!r} here"]
        return lacking(theirs[0], ours[0], f"{where}[0]", but) if theirs and ours else []
    return _other_kind(theirs, ours, where)


def _other_kind(theirs: Any, ours: Any, where: str) -> list[str]:
    if theirs is None or ours is None:
        return []
    numbers = isinstance(theirs, int | float) and isinstance(ours, int | float)
    same = type(theirs) is type(ours) or (numbers and bool not in (type(theirs), type(ours)))
    return [] if same else [f"{where}: {theirs!r} there, {ours!r} here"]
