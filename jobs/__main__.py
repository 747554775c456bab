"""`python -m jobs <queue>`: one worker for one queue. Two queues in one worker lose jobs (RELIABILITY.md §0, fact 1)."""

import os
import sys

from rq import Worker

from app.core import settings
from app.core.outbox_relay import SERIALIZER, queue, valkey

QUEUES = ("payments", "labels", "mail", "sync", "bulk", "stamping", "default")


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or arguments[0] not in QUEUES:
        raise SystemExit(f"Say one queue out of {', '.join(QUEUES)}.")
    import wsgi  # connects the database and registers jobs before the worker forks

    wsgi.app.app_context().push()  # mails are rendered with the application's templates
    client = valkey(settings.current().redis_url)
    client.connection_pool.connection_kwargs["socket_timeout"] = None
    Worker(
        [queue(arguments[0], client)],
        connection=client,
        serializer=SERIALIZER,
        maintenance_interval=15,
        job_monitoring_interval=5,
        name=f"{arguments[0]}-{os.getpid()}-{os.urandom(3).hex()}",
    ).work(logging_level="WARNING")


if __name__ == "__main__":
    main(sys.argv[1:])
