"""Live news: who hears, what was missed, and what a revoked member no longer gets."""

import threading
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import actions as accounts
from app.accounts.models import UserSession
from app.core import db
from app.core.outbox import emit
from app.core.outbox_relay import publish, valkey
from app.live import stream
from app.live.topics import allowed
from app.orders.events import OrderPaid
from app.workspaces.models import Member
from tests.world import World


def paid(world: World) -> str:
    with db.workspace(world.north.id):
        return str(emit(OrderPaid(workspace_id=world.north.id, order_id=world.north.id, group_id=world.alice.id)))


def topic(world: World) -> str:
    return f"workspace:{world.north.id}:orders"


@pytest.mark.parametrize(("person", "hears"), [("alice", True), ("vera", True), ("charlie", False), ("fay", False)])
def test_only_members_hear_a_workspace(world: World, person: str, hears: bool) -> None:
    assert allowed([topic(world)], getattr(world, person).id, None) is hears


@pytest.mark.parametrize("name", ["", "workspace:x:orders", "order:", "revoked:1", "workspace:*:orders", "live"])
def test_topics_that_are_no_topics_are_not_heard(world: World, name: str) -> None:
    assert allowed([name], world.alice.id, None) is False


def test_a_strangers_stream_looks_missing(world: World, client: Any) -> None:
    world.sign_in(client, world.charlie)
    assert client.get(f"/live?topic={topic(world)}").status_code == 404
    assert client.get("/live?topic=").status_code == 404


def test_what_was_missed_comes_first_and_in_order(world: World) -> None:
    first, second, third = paid(world), paid(world), paid(world)
    frames = stream.events([topic(world)], first, world.alice.id, lambda: True)
    heard = [frame for frame in islice(frames, 3) if "event:" in frame]
    frames.close()  # type: ignore[attr-defined]
    assert [f"id: {second}\n" in heard[0], f"id: {third}\n" in heard[1]] == [True, True]
    assert all(frame.startswith("id: ") and "event: orders.OrderPaid\n" in frame for frame in heard)


def test_streams_carry_ids_and_no_content(world: World) -> None:
    first = paid(world)
    paid(world)
    with_news = next(
        frame
        for frame in islice(stream.events([topic(world)], first, world.alice.id, lambda: True), 2)
        if "data:" in frame
    )
    assert "@" not in with_news and "Alice" not in with_news


def test_one_page_too_many_is_refused_and_asks_instead(world: World, client: Any) -> None:
    """SECURITY.md §8: ten streams for each person; closing one makes room, and nobody else is concerned."""
    world.sign_in(client, world.alice)
    here = f"/live?topic={topic(world)}"
    opened = [client.get(here) for _ in range(10)]
    assert all(next(one.iter_encoded()).startswith(b"retry:") for one in opened)
    refused = client.get(here)
    assert refused.status_code == 429 and "text/event-stream" not in refused.content_type
    opened[0].close()
    assert client.get(here).status_code == 200
    for one in opened:
        one.close()
    assert not stream.hub.crowded(world.alice.id, 1)


class Listener:
    """Collects one stream in a thread."""

    def __init__(self, frames: Iterator[str]) -> None:
        self.heard: list[str] = []
        self.changed = threading.Condition()
        self.ended = threading.Event()
        threading.Thread(target=self._run, args=(frames,), daemon=True).start()

    def _run(self, frames: Iterator[str]) -> None:
        for frame in frames:
            with self.changed:
                self.heard.append(frame)
                self.changed.notify_all()
        self.ended.set()

    def wait_for(self, words: str) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: any(words in frame for frame in self.heard), 10)


def test_news_travels_from_commit_to_stream_and_ends_with_membership(committed: None, app: Any) -> None:
    """A fact is heard after its commit; removing the member ends the stream, and the next fact is not heard."""
    world = World()
    listener = Listener(
        stream.events([topic(world)], None, world.bob.id, lambda: allowed([topic(world)], world.bob.id, None))
    )
    assert listener.wait_for("retry:")
    client = valkey()
    threading.Event().wait(0.5)
    paid(world)
    publish(client)
    assert listener.wait_for("orders.OrderPaid")
    with db.workspace(world.north.id) as session:
        member = session.query(Member).filter(Member.user_id == world.bob.id).one()
        from app.core.actor import SYSTEM
        from app.workspaces import actions

        actions.remove_member(SYSTEM.__class__("person", "Alice", world.alice.id), member)
    publish(client)
    assert listener.ended.wait(10)
    count = len(listener.heard)
    paid(world)
    publish(client)
    threading.Event().wait(0.3)
    assert len(listener.heard) == count


def test_a_stream_ends_with_the_session_that_opened_it(committed: None, app: Any) -> None:
    """Signing out somewhere ends that browser's stream within seconds; the person's other browser goes on hearing."""
    world = World()
    world.sign_in(app.test_client(), world.alice)
    world.sign_in(app.test_client(), world.alice)
    with db.system("test world") as session:
        gone, kept = session.scalars(select(UserSession.id).where(UserSession.user_id == world.alice.id)).all()
    listeners = [
        Listener(
            stream.events([topic(world)], None, world.alice.id, partial(allowed, [topic(world)], world.alice.id, one))
        )
        for one in (gone, kept)
    ]
    assert all(one.wait_for("retry:") for one in listeners)
    client = valkey()
    threading.Event().wait(0.5)
    with db.buyer(world.alice.id):
        accounts.end_session(world.alice.id, gone)
    publish(client)
    assert listeners[0].ended.wait(10)
    paid(world)
    publish(client)
    assert listeners[1].wait_for("orders.OrderPaid") and not listeners[1].ended.is_set()
    assert not any("OrderPaid" in frame for frame in listeners[0].heard)
    with db.buyer(world.alice.id):
        accounts.end_session(world.alice.id, kept)
    publish(client)
    assert listeners[1].ended.wait(10), "nobody listens on after the test"
