"""The guardian: ends what `make run` started when `make run` itself dies without a word (kill -9, out of memory).

It reads lines on standard input: `+<session>` for a process that was started in a session of its own, `-<session>` for one that is
gone. The end of the input means that the parent died: it asks every remaining session to stop, then insists.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

POLITE = 4.0
"""Seconds between asking and insisting."""


def main() -> None:
    """Follow the parent until its end of the pipe closes, then clean up what it left."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin:
        session = int(line[1:])
        (sessions.add if line[0] == "+" else sessions.discard)(session)
    sweep(sessions)


def sweep(sessions: Iterable[int], polite: float = POLITE) -> None:
    """Stop every process of these sessions, grandchildren in groups of their own included. Returns when they are gone."""
    sessions, until = set(sessions), time.monotonic() + polite
    _send(sessions, signal.SIGTERM)
    while members(sessions) and time.monotonic() < until:
        time.sleep(0.1)
    while members(sessions):
        _send(sessions, signal.SIGKILL)
        time.sleep(0.05)


def members(sessions: set[int]) -> list[int]:
    """Ids of the living processes of these sessions."""
    return [process.pid for process in psutil.process_iter(["status"]) if _belongs(process, sessions)]


def _belongs(process: psutil.Process, sessions: set[int]) -> bool:
    try:
        return os.getsid(process.pid) in sessions and process.info["status"] != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, PermissionError):
        return False


def _send(sessions: set[int], signum: int) -> None:
    for pid in members(sessions):
        with suppress(ProcessLookupError):
            os.kill(pid, signum)


if __name__ == "__main__":
    main()
