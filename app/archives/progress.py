"""How far a long job is: written beside its transaction about once a second, so that pages see it move."""

import time
from collections.abc import Callable

from app.core import db, jobs

EVERY = 1.0
"""Seconds between two notes."""

Save = Callable[[int, int, str], None]
"""Writes down: done, total, and in words what is being done. Runs in no scope."""


class Progress:
    def __init__(self, save: Save) -> None:
        self._save, self._noted = save, 0.0
        self.done, self.total, self.step = 0, 0, ""

    def begin(self, step: str, total: int | None = None) -> None:
        """The next piece of work, in words; `total` when it is known by now."""
        self.step = step
        if total is not None:
            self.total = total
            self._note()
        self.went(0)

    def went(self, count: int = 1) -> None:
        self.done += count
        if time.monotonic() - self._noted >= EVERY:
            self._note()

    def _note(self) -> None:
        self._noted = time.monotonic()
        jobs.still_working()
        db.beside(lambda: self._save(self.done, self.total, self.step))
