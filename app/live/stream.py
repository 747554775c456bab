"""One subscription per process feeds every open stream, so a thousand readers cost one connection to Valkey."""

import json
import queue
import random
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.ids import first_id
from app.core.outbox import OutboxEvent
from app.core.outbox_relay import valkey
from app.live import telling
from app.live.telling import News, Owner

log = structlog.get_logger()
HEARTBEAT = 20.0
RECHECK = 60.0
LONGEST = 3600.0
KEEP = 500
REMEMBERED = 100
"""Ids that a stream has sent lately: what happened to a thread reaches its page by more than one topic."""
OVERLAP = timedelta(seconds=10)
GONE = "event: live.gone\ndata: {}\n\n"
"""The right to listen ended. The page does not come back for more; it says so, or shows what is left."""
asking = threading.BoundedSemaphore(6)
"""Streams that ask the database at once: a thousand of them may have to, and pages need connections too."""

Inbox = queue.Queue[News | None]


class Hub:
    """Fans messages out to bounded queues; a reader that falls behind is closed and catches up by Last-Event-ID."""

    def __init__(self) -> None:
        self._readers: dict[str, dict[Inbox, Owner]] = defaultdict(dict)
        self._open: Counter[Owner] = Counter()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def crowded(self, owner: Owner, most: int) -> bool:
        """Whether this person, guest or address has as many streams open in this process as one may."""
        return self._open[owner] >= most

    def join(self, topics: list[str], owner: Owner) -> Inbox:
        inbox: Inbox = queue.Queue(maxsize=KEEP)
        with self._lock:
            self._open[owner] += 1
            for topic in topics:
                self._readers[topic][inbox] = owner
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="live-hub", daemon=True)
                self._thread.start()
        return inbox

    def leave(self, topics: list[str], owner: Owner, inbox: Inbox) -> None:
        with self._lock:
            self._open[owner] -= 1
            if not self._open[owner]:
                del self._open[owner]
            for topic in topics:
                self._readers[topic].pop(inbox, None)
                if not self._readers[topic]:
                    del self._readers[topic]

    def readers(self, prefix: str) -> dict[str, int]:
        """How many people listen to each topic that begins like this; a person with two pages is one."""
        with self._lock:
            found = {
                topic: list(owners.values()) for topic, owners in self._readers.items() if topic.startswith(prefix)
            }
        return {
            topic: len({one for one in owners if isinstance(one, UUID)}) + sum(isinstance(one, str) for one in owners)
            for topic, owners in found.items()
        }

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
            readers = dict(self._readers.get(topic, ()))
        if readers:
            news = News(topic, message, readers.values())
            for inbox in readers:
                self._offer(inbox, news)

    def _offer(self, inbox: Inbox, news: News | None) -> None:
        try:
            inbox.put_nowait(news)
        except queue.Full:
            while not inbox.empty():
                inbox.get_nowait()
            inbox.put_nowait(None)


hub = Hub()


def events(
    topics: list[str], since: str | None, owner: Owner, allowed: Callable[[], bool], first: Callable[[], str] = str
) -> Iterator[str]:
    """Server-sent events until the reader leaves, loses the right to listen, or an hour has passed.

    What was missed since `since` comes first, then what `first` has to say; a message seen twice has the same id.
    """
    heard = [*topics, f"revoked:{owner}"]
    inbox = hub.join(heard, owner)
    try:
        yield f"retry: {random.randint(500, 2500)}\n\n"
        sent = deque([since], REMEMBERED)
        for message in missed(topics, since):
            sent.append(message["id"])
            yield telling.missed(message)
        if words := first():
            yield words
        yield from _live(inbox, topics, owner, allowed, sent)
    except SQLAlchemyError as error:
        log.warning("live.database_away", error=type(error).__name__)  # the browser comes back and catches up
    finally:
        hub.leave(heard, owner, inbox)


def _live(
    inbox: Inbox, topics: list[str], owner: Owner, allowed: Callable[[], bool], sent: deque[str | None]
) -> Iterator[str]:
    started = checked = time.monotonic()
    own = any(topic.startswith("thread:") for topic in topics)
    while time.monotonic() - started < LONGEST:
        try:
            news = inbox.get(timeout=_patience(time.monotonic() - started))
        except queue.Empty:
            if time.monotonic() - checked <= RECHECK:
                yield ": still here\n\n"
                continue
            news = _NOTHING
        if news is None:
            return
        if _told(news, sent) or (own and news.topic.startswith("forum:") and not news.rechecks):
            continue
        words = "" if news.rechecks or news is _NOTHING else news.for_owner(owner)
        if not words or time.monotonic() - checked > RECHECK:
            with asking:
                if not allowed():
                    yield GONE
                    return
            checked = time.monotonic()
        if words or news is _NOTHING:
            sent.append(news.id)
            yield words or ": still here\n\n"


_NOTHING = News("", {"event": "", "data": {}}, ())
"""Silence, after which it is time to ask again."""


def _told(news: News, sent: deque[str | None]) -> bool:
    return news.id is not None and not news.rechecks and news.id in sent


def _patience(age: float) -> float:
    """Seconds of silence before a sign of life. Short at first: that a page was left is only found out by writing to it,
    and somebody who walks quickly from page to page would seem to have many open."""
    return min(HEARTBEAT, 2.0 + age / 2)


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
    if any(topic.startswith("thread:") for topic in topics):
        topics = [topic for topic in topics if not topic.startswith("forum:")]
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
        told = [row for row in rows if not row.name.startswith(telling.RECHECKED)]
        return [{"id": str(row.id), "event": row.name, "data": row.payload} for row in told]


def _seen_at(event_id: UUID) -> datetime:
    """The moment inside a UUIDv7: milliseconds since the epoch in its first 48 bits (RFC 9562 §5.7); never in the future."""
    return datetime.fromtimestamp(min((event_id.int >> 80) / 1000, time.time()), UTC)
