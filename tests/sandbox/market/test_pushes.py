"""Pushes of the marketplace on their way: written when they leave, repeated with the platform's own pauses, and told how it went."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from app.sandbox.config import SandboxConfig
from app.sandbox.market import goods, placing, pushes, shops, watching
from app.sandbox.market.store import Doc
from app.sandbox.stripe import webhooks
from app.sandbox.stripe.scope import Scope
from tests.letters import postbox
from tests.sandbox.carriers.conftest import Inbox
from tests.sandbox.conftest import free_port, halt, serve, wait_until

PATH = "/webhooks/shopee"


class Post:
    """A running sandbox with one shop that tells our inbox of every order."""

    def __init__(self, app: Any, url: str, inbox: Inbox) -> None:
        self.scope = Scope(app.extensions["sandbox.state"], app.config["SANDBOX"])
        self.url, self.inbox, self.settled = url, inbox, []
        with self.scope.state.transaction():
            self.shop = shops.create(self.scope, "shopee", name="Pushing")
        self.inside = shops.scope_of(self.scope, self.shop)
        self.hook = pushes.hook(self.inside, "shopee", inbox.url + PATH, secret="s3cret")

    def letter(self, scope: Scope, hook: Doc, secret: Doc, event: Doc) -> webhooks.Letter:
        body = json.dumps({**event["payload"], "shop": scope.account, "key": secret["secret"]}).encode()
        return webhooks.Letter(hook["url"], body, {"Content-Type": "application/json"}, (1, 3))

    def send(self, number: int) -> str:
        with self.scope.state.transaction():
            return pushes.send(self.inside, "shopee", "order", {"n": number}, [self.hook], about=str(number))

    def door(self, path: str, **body: Any) -> None:
        assert requests.post(f"{self.url}/_sandbox/{path}", json=body, timeout=20).ok

    def numbers(self) -> list[int]:
        return [body["n"] for body in self.inbox.bodies(PATH)]

    def tries(self) -> list[tuple[str, int]]:
        """(state, attempts) of the newest push's deliveries."""
        return [(one["state"], one["attempts"]) for one in pushes.recent(self.inside, "shopee")[0]["tries"]]


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    for name in ("WRITERS", "PAUSES_OF", "SETTLED"):
        monkeypatch.setattr(webhooks, name, dict(getattr(webhooks, name)))
    with postbox(Inbox()) as inbox:
        port = free_port()
        config = SandboxConfig(
            data=tmp_path, port=port, smtp_port=free_port(), app_url=inbox.url, base_url=f"http://127.0.0.1:{port}"
        )
        app, server = serve(config)
        monkeypatch.setattr(watching, "_watchers", {})
        one = Post(app, config.base_url, inbox)
        pushes.register("shopee", one.letter, (300, 1800), lambda scope, hook, good: one.settled.append((hook, good)))
        yield one
        halt(app, server)


def test_a_push_is_written_as_its_platform_writes_it(post: Post) -> None:
    post.send(1)
    (body,) = post.inbox.wait_for(PATH, 1)
    assert body == {"n": 1, "shop": f"shopee:{post.shop['id']}", "key": "s3cret"}
    wait_until(lambda: post.tries() == [("delivered", 1)], "the delivery is noted")
    assert post.settled == [(post.hook["id"], True)]


def test_a_refused_push_is_repeated_with_the_platforms_pauses_and_then_lost(post: Post) -> None:
    post.inbox.status = 500
    post.send(1)
    for attempt, pause in ((1, 300), (2, 1800)):
        wait_until(lambda n=attempt: post.tries() == [("waiting", n)], f"try {attempt}")  # type: ignore[misc]
        post.door("clock", advance=pause - 60)
        assert post.tries() == [("waiting", attempt)]
        post.door("clock", advance=61)
    wait_until(lambda: post.tries() == [("given up", 3)], "the third try is the last")
    assert [one["about"] for one in pushes.lost(post.inside, "shopee")] == ["1"]
    assert post.settled == [(post.hook["id"], False)] * 3


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"kind": "drop_event"}, [2]),
        ({"kind": "duplicate_event", "copies": 3}, [1, 1, 1, 2]),
        ({"kind": "reorder_events", "times": 2}, [2, 1]),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_faults_drop_double_and_reorder_pushes(post: Post, fault: dict[str, Any], arrived: list[int]) -> None:
    post.door("faults", event="shopee.*", **fault)
    post.send(1)
    post.send(2)
    wait_until(lambda: sorted(post.numbers()) == sorted(arrived), f"{arrived}, got {post.numbers()}")
    if fault["kind"] == "reorder_events":
        assert post.numbers() == arrived


def test_a_delayed_push_waits_for_its_time(post: Post) -> None:
    post.door("faults", event="shopee.order", kind="slow", seconds=100)
    post.send(1)
    post.send(2)
    post.inbox.wait_for(PATH, 1)
    assert post.numbers() == [2]
    post.door("clock", advance=101)
    post.inbox.wait_for(PATH, 2)


def test_buyers_who_come_at_once_never_get_more_than_there_is(post: Post) -> None:
    with post.scope.state.transaction():
        product = goods.add(post.scope, post.shop, title="Mug", skus=[{"sku": "M", "price": 100, "stock": 10}])
    door = f"{post.url}/_sandbox/market/shopee/{post.shop['id']}/orders"
    with ThreadPoolExecutor(8) as buyers:
        answers = list(buyers.map(lambda _: requests.post(door, json={"sku": "M"}, timeout=20).status_code, range(16)))
    assert sorted(answers) == [200] * 10 + [409] * 6
    found = goods.get(post.scope, post.shop, product["id"])
    assert found is not None and goods.available(found["skus"][0]) == 0
    assert sum(found["skus"][0]["committed"].values()) == 10


def test_a_change_that_is_undone_is_never_told(post: Post) -> None:
    heard: list[str] = []

    def watch(scope: Scope, shop: Doc, event: str, doc: Doc, detail: Doc) -> None:
        heard.append(event)
        pushes.send(scope, "shopee", "order", {"n": 7}, [post.hook])

    with post.scope.state.transaction():
        product = goods.add(post.scope, post.shop, title="Mug", skus=[{"sku": "M", "price": 100, "stock": 2}])
    watching.watch("shopee", watch)
    sku = product["skus"][0]["id"]
    with pytest.raises(ValueError, match="1 left, 5 wanted"):
        placing.place(post.scope, post.shop, [(product["id"], sku, 1), (product["id"], sku, 5)])
    assert heard == ["stock_changed"] and pushes.recent(post.inside, "shopee") == []
