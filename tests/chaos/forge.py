"""A worker that forks for every job, as RQ does, and can be told at which point the fork is to die.

`python -m tests.chaos.forge` reads `{"job": id, "die": point or null}` lines and answers `{"status": n, "points": […]}`.
A point is before or after something another program can see: a commit, an HTTP request, a mail handed over.
"""

import json
import os
import smtplib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KILLED = 9


def main() -> None:
    import wsgi
    from app.core import db

    for line in sys.stdin:
        asked = json.loads(line)
        db.engine().dispose()
        reads, writes = os.pipe()
        child = os.fork()
        if not child:
            os.close(reads)
            _work(wsgi.app, asked["job"], Points(writes, asked["die"]))
        os.close(writes)
        with os.fdopen(reads) as source:
            points = source.read().splitlines()
        print(json.dumps({"status": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "points": points}), flush=True)


def _work(app: Any, job_id: str, points: "Points") -> None:
    from app.core.jobs import perform

    points.watch()
    with app.app_context():
        perform(job_id)
    os._exit(0)


@dataclass
class Points:
    """Tells every point it reaches to `told`, and ends the process without a word at `die`."""

    told: int
    die: str | None
    count: dict[str, int] = field(default_factory=dict)

    def watch(self) -> None:
        from requests.adapters import HTTPAdapter

        from app.core import db

        dialect: Any = db.engine().dialect
        dialect.do_commit = self._around("commit", dialect.do_commit)
        HTTPAdapter.send = self._around("request", HTTPAdapter.send)  # type: ignore[method-assign]
        smtplib.SMTP.send_message = self._around("mail", smtplib.SMTP.send_message)  # type: ignore[method-assign]

    def _around(self, kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            number = self.count[kind] = self.count.get(kind, 0) + 1
            self._reach(f"before {kind} {number}")
            result = function(*args, **kwargs)
            self._reach(f"after {kind} {number}")
            return result

        return watched

    def _reach(self, point: str) -> None:
        os.write(self.told, f"{point}\n".encode())
        if point == self.die:
            os._exit(KILLED)


class Forge:
    """The worker, from the test's side."""

    def __init__(self, **settings: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.forge"],
            cwd=ROOT,
            env=os.environ | settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, job_id: object, die: str | None = None) -> list[str]:
        """Perform a job in a process of its own. Returns the points it reached; with `die` it must have died there."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"job": str(job_id), "die": die}) + "\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith('{"status"'):
            assert line, "the forge ended"
        done = json.loads(line)
        assert done["status"] == (KILLED if die else 0), done
        return list(done["points"])

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)


if __name__ == "__main__":
    main()
