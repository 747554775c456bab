"""How many people read a thread right now, and who writes in it. Kept in Valkey for seconds; nobody's reading is written down.

Each process tells the others how many readers its own streams have, and tells its own readers the sum.
"""

import secrets
import threading
import time
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from app.core.outbox_relay import valkey
from app.live.stream import hub
from app.live.telling import frame

log = structlog.get_logger()
PAUSE = 3.0
FORGOTTEN = 15
"""Seconds after which a process that says nothing has no readers."""
EXACT = 20
"""More readers than this are told roughly: two thousand pages need not hear of each who comes and goes."""
PROCESS = secrets.token_hex(6)

_lock = threading.Lock()
_thread: threading.Thread | None = None
_told: dict[str, int] = {}


def watch() -> None:
    """See to it that this process counts."""
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="live-presence", daemon=True)
            _thread.start()


def _run() -> None:
    while True:
        try:
            tick()
        except RedisError as error:
            log.warning("live.valkey_away", error=str(error))
        time.sleep(PAUSE)


def tick() -> None:
    """Count once, and tell the pages whose number changed."""
    here = hub.readers("thread:")
    for topic in _told.keys() - here.keys():
        del _told[topic]
    for topic, total in _everywhere(here).items():
        number = rounded(total)
        if _told.get(topic) != number:
            _told[topic] = number
            hub.deliver(topic, _message(topic, number))


def _everywhere(here: dict[str, int]) -> dict[str, int]:
    """With the readers of other processes."""
    if not here:
        return {}
    now = int(time.time())
    with valkey().pipeline(transaction=False) as batch:
        for topic, count in here.items():
            batch.hset(f"reading:{topic}", PROCESS, f"{count}:{now}")
            batch.expire(f"reading:{topic}", FORGOTTEN * 2)
            batch.hgetall(f"reading:{topic}")
        answers = batch.execute()[2::3]
    return {topic: sum(map(_fresh, answer.values())) for topic, answer in zip(here, answers, strict=True)}


def _fresh(said: bytes) -> int:
    count, _, moment = said.decode().partition(":")
    return int(count) if time.time() - int(moment) <= FORGOTTEN else 0


def rounded(total: int) -> int:
    """Two digits of a large number."""
    return round(total, -max(len(str(total)) - 2, 1)) if total > EXACT else total


def known(topics: list[str]) -> str:
    """The frames that a page begins with."""
    return "".join(frame(_message(topic, _told[topic])) for topic in topics if topic in _told)


def _message(topic: str, number: int) -> dict[str, object]:
    return {
        "event": "forum.reading",
        "data": {"thread_id": str(UUID(topic.removeprefix("thread:"))), "readers": number, "about": number > EXACT},
    }
