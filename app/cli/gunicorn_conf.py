"""How gunicorn serves Guildhall: two gevent workers that hold thousands of open event streams each."""

import os
import sys
import time
from threading import Thread
from typing import Any

bind = f"{os.environ.get('WEB_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gevent"
worker_connections = 2000
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a slow disk must not look like a dead worker
timeout = 30
graceful_timeout = 4
keepalive = 15
control_socket_disable = True
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
accesslog = None  # the application logs requests, with the person and without secrets
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Refuse to serve what is not safe to serve. Exit status 3 tells gunicorn to stop as a whole, not to try again."""
    from app.cli.database import head
    from app.core import selfcheck
    from app.core.settings import SettingsError

    try:
        selfcheck.run(worker.wsgi.config, head())
    except SettingsError as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(3)
    Thread(target=end_streams, args=(worker,), name="end-streams", daemon=True).start()


def end_streams(worker: Any) -> None:
    """Once the worker is told to go, end its streams as a whole answer: browsers come back to the next one by themselves.

    gunicorn has no hook between the signal and the end of its patience, in which a stream would simply be cut.
    """
    from app.live.stream import hub

    while worker.alive:
        time.sleep(0.2)
    hub.close_all()
