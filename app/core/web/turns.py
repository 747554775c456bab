"""Large uploads take turns with everybody else on the same worker."""

from typing import IO, Any

from app.core.web.blocking import breathe

TURN = 512 * 1024
"""Bytes of an upload that are read in one go."""


class Considerate:
    """The body of a large upload. A fast sender's bytes are always there, so reading them would never let others have a turn."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._since += len(data)
        if self._since >= TURN:
            self._since = 0
            breathe()
        return data

    def __getattr__(self, name: str) -> Any:
        if name == "readinto":  # a shortcut around `read`
            raise AttributeError(name)
        return getattr(self._source, name)
