"""One subscription per process feeds every open stream, so a thousand readers cost one connection to Valkey."""

import json
import queue
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select

from app.core import db
from app.core.ids import first_id
from app.core.outbox import OutboxEvent
from app.core.outbox_relay import valkey

log = structlog.get_logger()
HEARTBEAT = 20.0
RECHECK = 60.0
LONGEST = 3600.0
KEEP = 500
OVERLAP = timedelta(seconds=10)
RECHECKED = ("workspaces.", "accounts.")


class Hub:
    """Fans messages out to bounded queues; a reader that falls behind is closed and catches up by Last-Event-ID."""

    def __init__(self) -> None:
        self._readers: dict[str, set[queue.Queue[Any]]] = defaultdict(set)
        self._open: Counter[UUID] = Counter()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def crowded(self, owner: UUID, most: int) -> bool:
        """Whether this person or guest has as many streams open in this process as one may."""
        return self._open[owner] >= most

    def join(self, topics: list[str], owner: UUID) -> "queue.Queue[Any]":
        inbox: queue.Queue[Any] = queue.Queue(maxsize=KEEP)
        with self._lock:
            self._open[owner] += 1
            for topic in topics:
                self._readers[topic].add(inbox)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="live-hub", daemon=True)
                self._thread.start()
        return inbox

    def leave(self, topics: list[str], owner: UUID, inbox: "queue.Queue[Any]") -> None:
        with self._lock:
            self._open[owner] -= 1
            if not self._open[owner]:
                del self._open[owner]
            for topic in topics:
                self._readers[topic].discard(inbox)
                if not self._readers[topic]:
                    del self._readers[topic]

    def close_all(self) -> None:
        """End every stream politely; browsers come back on their own."""
        with self._lock:
            for inbox in {inbox for readers in self._readers.values() for inbox in readers}:
                self._offer(inbox, None)

    def _run(self) -> None:
        while True:
            try:
                self._listen()
            except RedisError as error:
                log.warning("live.valkey_away", error=str(error))
                time.sleep(random.uniform(0.5, 2.0))

    def _listen(self) -> None:
        client = valkey()
        client.connection_pool.connection_kwargs["socket_timeout"] = None
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        pubsub.psubscribe("live:*")
        for message in pubsub.listen():
            self.deliver(message["channel"].decode().removeprefix("live:"), json.loads(message["data"]))

    def deliver(self, topic: str, message: dict[str, Any]) -> None:
        with self._lock:
            readers = list(self._readers.get(topic, ()))
        for inbox in readers:
            self._offer(inbox, message)

    def _offer(self, inbox: "queue.Queue[Any]", message: Any) -> None:
        try:
            inbox.put_nowait(message)
        except queue.Full:
            while not inbox.empty():
                inbox.get_nowait()
            inbox.put_nowait(None)


hub = Hub()


def events(topics: list[str], since: str | None, owner: UUID, allowed: Callable[[], bool]) -> Iterator[str]:
    """Server-sent events until the reader leaves, loses the right to listen, or an hour has passed.

    What was missed since `since` comes first; a message seen twice has the same id.
    """
    heard = [*topics, f"revoked:{owner}"]
    inbox, started, checked = hub.join(heard, owner), time.monotonic(), time.monotonic()
    try:
        yield f"retry: {random.randint(500, 2500)}\n\n"
        sent = {since}
        for message in missed(topics, since):
            sent.add(message["id"])
            yield frame(message)
        while time.monotonic() - started < LONGEST:
            try:
                message = inbox.get(timeout=_patience(time.monotonic() - started))
            except queue.Empty:
                message = {}
            if message is None or (_due(message, checked) and not allowed()):
                return
            if _due(message, checked):
                checked = time.monotonic()
            if not message:
                yield ": still here\n\n"
            elif not message["event"].startswith(RECHECKED) and message["id"] not in sent:
                yield frame(message)
    finally:
        hub.leave(heard, owner, inbox)


def _patience(age: float) -> float:
    """Seconds of silence before a sign of life. Short at first: that a page was left is only found out by writing to it,
    and somebody who walks quickly from page to page would seem to have many open."""
    return min(HEARTBEAT, 2.0 + age / 2)


def _due(message: dict[str, Any] | None, checked: float) -> bool:
    """Ask the database again when a membership was revoked, and at least once a minute."""
    return bool(message and message["event"].startswith(RECHECKED)) or time.monotonic() - checked > RECHECK


def missed(topics: list[str], since: str | None) -> list[dict[str, Any]]:
    """Facts since the last one the reader saw, oldest first; at most 500, since a page re-reads its blocks anyway.

    Ids sort by the moment of writing, facts arrive by the moment of commit: so a little before the last one is told again.
    """
    try:
        after = UUID(since) if since else None
    except ValueError:
        after = None
    if after is None:
        return []
    with db.system("live catch-up") as session:
        rows = session.scalars(
            select(OutboxEvent)
            .where(
                OutboxEvent.topics.overlap(topics),
                OutboxEvent.id != after,
                OutboxEvent.id > first_id(_seen_at(after) - OVERLAP),  # follows from the next line, and has an index
                OutboxEvent.created_at > _seen_at(after) - OVERLAP,
            )
            .order_by(OutboxEvent.id)
            .limit(KEEP)
        ).all()
        return [{"id": str(row.id), "event": row.name, "data": row.payload} for row in rows]


def _seen_at(event_id: UUID) -> datetime:
    """The moment inside a UUIDv7: milliseconds since the epoch in its first 48 bits (RFC 9562 §5.7); never in the future."""
    return datetime.fromtimestamp(min((event_id.int >> 80) / 1000, time.time()), UTC)


def frame(message: dict[str, Any]) -> str:
    """One SSE message: `event:` is the fact's name, `data:` ids only."""
    return f"id: {message['id']}\nevent: {message['event']}\ndata: {json.dumps(message['data'])}\n\n"
