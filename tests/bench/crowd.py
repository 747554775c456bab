"""One post to two thousand visitors who read its thread, beside the same bytes through as many bare sockets."""

import socket
import threading
import time
from collections.abc import Callable
from uuid import UUID

from app.core import db
from app.core.actor import Actor
from app.core.outbox_relay import publish, valkey
from app.forum import actions, queries
from app.forum.models import Thread
from tests.bench import served
from tests.world import World

READERS = 2000
LANES = 8
Moments = list[float]


def report(url: str, world: World) -> None:
    """Print when the readers had the post, counted from the beginning of its transaction."""
    thread_id = _thread(world)
    sockets = [served.listen(url, f"thread:{thread_id}") for _ in range(READERS)]
    time.sleep(5)
    told = _timed(sockets, lambda: _write(world, thread_id), b"forum.PostWritten")
    for one in sockets:
        one.close()
    floor = _floor()
    print(
        f"one post to {READERS:,} readers: {len(told)} heard, p50 {_at(told, 0.5):.0f} ms, p99 {_at(told, 0.99):.0f} ms"
        f" · floor, bare sockets: p50 {_at(floor, 0.5):.0f} ms, p99 {_at(floor, 0.99):.0f} ms"
    )


def _thread(world: World) -> UUID:
    charlie = Actor("person", world.charlie.name, world.charlie.id)
    with db.workspace(world.other.id, world.charlie.id):
        actions.open_community(charlie, "Otherside", f"crowd-{world.other.slug}")
        return actions.start(charlie, queries.threads.category("general"), "A release", "It is out.").id


def _write(world: World, thread_id: UUID) -> None:
    with db.workspace(world.other.id, world.charlie.id):
        charlie = Actor("person", world.charlie.name, world.charlie.id)
        actions.reply(charlie, db.get(Thread, thread_id), "Here is **what changed**.\n\n" + "- one thing\n" * 20)
    publish(valkey())


def _timed(sockets: list[socket.socket], act: Callable[[], object], word: bytes) -> Moments:
    """Milliseconds until each socket had the word, sorted."""
    arrivals: Moments = []
    readers = [
        threading.Thread(target=served.read, args=(sockets[lane::LANES], arrivals, word)) for lane in range(LANES)
    ]
    for reader in readers:
        reader.start()
    began = time.perf_counter()
    act()
    for reader in readers:
        reader.join(60)
    return sorted((moment - began) * 1000 for moment in arrivals)


def _floor() -> Moments:
    """As many connected sockets, four thousand bytes to each."""
    pairs = [socket.socketpair() for _ in range(READERS)]
    body = b"x" * 4000 + b"forum.PostWritten"
    told = _timed([one for one, _ in pairs], lambda: [other.sendall(body) for _, other in pairs], b"forum.PostWritten")
    for pair in pairs:
        for one in pair:
            one.close()
    return told


def _at(moments: Moments, part: float) -> float:
    return moments[min(int(len(moments) * part), len(moments) - 1)]
