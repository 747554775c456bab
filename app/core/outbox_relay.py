"""The relay: takes committed outbox rows, publishes live news and hands due jobs to the queues.

It listens for NOTIFY and sweeps every second, so an empty Valkey or a lost message costs seconds, never work.
"""

import json
import secrets
import select as io
import signal
import time
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update

from app.core import db, settings
from app.core.jobs import seconds_of
from app.core.outbox import CHANNEL, OutboxEvent, OutboxJob

log = structlog.get_logger()
RESEND = timedelta(seconds=75)
"""After this a job that nobody finished is handed to its queue again; a copy of one that still runs finds its lease taken."""
BATCH = 200
SERIALIZER = JSONSerializer
"""Of queues and workers. Pickle, RQ's own default, lets whoever writes to Valkey run code."""


def valkey(url: str | None = None) -> Redis:
    """A client with short limits: a hanging Valkey must not hold a page (RELIABILITY.md §6)."""
    return Redis.from_url(
        url or settings.current().redis_url, socket_connect_timeout=1, socket_timeout=2, health_check_interval=30
    )


def queue(name: str, client: Redis) -> Queue:
    return Queue(name, connection=client, serializer=SERIALIZER)


def run() -> None:
    """Run until SIGTERM."""
    stop = _Stop()
    client = valkey()
    with psycopg.connect(_plain(settings.current().database_url), autocommit=True) as listener:
        listener.execute(f"listen {CHANNEL}")
        while not stop.asked:
            busy = drain(client)
            if not busy:
                _wait(listener)


def drain(client: Redis) -> bool:
    """Pass on one batch of news and due jobs. Returns whether there was anything to do."""
    try:
        return bool(publish(client)) | bool(enqueue(client))
    except RedisError as error:
        log.warning("relay.valkey_away", error=str(error))
        time.sleep(1)
        return False


def publish(client: Redis) -> int:
    """Publish facts that streams listen for; a crash in between publishes twice, which readers tolerate by id."""
    with db.system("relay") as session:
        rows = session.scalars(
            select(OutboxEvent)
            .where(OutboxEvent.published_at.is_(None))
            .order_by(OutboxEvent.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            for topic in row.topics:
                client.publish(f"live:{topic}", json.dumps({"id": str(row.id), "event": row.name, "data": row.payload}))
            row.published_at = db.now()
        return len(rows)


def enqueue(client: Redis) -> int:
    """Hand due jobs to their queues and push `due_at` ahead, so a job that the queue lost is sent again.

    Returns how many were due, whether or not their queue still had them.
    """
    with db.system("relay") as session:
        due = (
            select(OutboxJob.id)
            .where(OutboxJob.due_at <= func.now(), OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None))
            .order_by(OutboxJob.due_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        jobs = session.execute(
            update(OutboxJob)
            .where(OutboxJob.id.in_(due.scalar_subquery()))
            .values(due_at=func.now() + RESEND)
            .returning(OutboxJob.id, OutboxJob.queue, OutboxJob.name)
        ).all()
        waiting = {name: _waiting(name, client) for name in {job.queue for job in jobs}}
        for job in jobs:
            if str(job.id) not in waiting[job.queue]:
                queue(job.queue, client).enqueue(
                    "app.core.jobs.perform",
                    str(job.id),
                    job_id=f"{job.id}_{secrets.token_hex(4)}",
                    result_ttl=0,
                    failure_ttl=3600,
                    job_timeout=seconds_of(job.name),
                )
        return len(jobs)


def _waiting(name: str, client: Redis) -> set[str]:
    """Outbox jobs that still stand in a queue. Where nobody keeps up, sending them again would only lengthen the queue."""
    return {copy.partition("_")[0] for copy in queue(name, client).get_job_ids()}


def _wait(listener: "psycopg.Connection[Any]") -> None:
    io.select([listener.fileno()], [], [], 1.0)
    for _ in listener.notifies(timeout=0):
        pass


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class _Stop:
    """True after SIGTERM or SIGINT, so the current batch ends first."""

    def __init__(self) -> None:
        self.asked = False
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._ask)

    def _ask(self, *_: Any) -> None:
        self.asked = True
