"""A worker as `python -m jobs <queue>` starts it, with three jobs of the tests' own: `python -m tests.chaos.worker <queue>`.

With `--dies-after-taking` it is killed between taking a job off the queue and beginning it.
"""

import os
import signal
import sys
import time
from typing import Any
from uuid import UUID

import rq
from sqlalchemy import select

from app.core import db
from app.core.jobs import job
from app.inventory.models import Location


@job("chaos.mark")
def mark(name: str, seconds: float = 0) -> None:
    """A visible effect after a while: one row per time that this is carried out."""
    time.sleep(seconds)
    db.add(Location(name=name))


@job("chaos.mark_alone", own_transactions=True)
def mark_alone(workspace_id: str, name: str, seconds: float) -> None:
    """The same, in a transaction of its own at the end."""
    time.sleep(seconds)
    with db.workspace(UUID(workspace_id)):
        db.add(Location(name=name))


@job("chaos.poison", attempts=4)
def poison(name: str, cure: str) -> None:
    """Fails until somebody has made the place that cures it."""
    if not db.session().scalars(select(Location.id).where(Location.name == cure)).first():
        raise ValueError("bad apple")
    db.add(Location(name=name))


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    from jobs.__main__ import main

    if "--dies-after-taking" in sys.argv:
        rq.Worker.execute_job = _die
    main([one for one in sys.argv[1:] if not one.startswith("--")])
