"""Fresh ids for what comes in: made of the old ones and the import, so that a reference still fits, and fits nothing else here.

A UUIDv7 begins with its moment and the count within it. Those stay, so that lists keep their order; the 32 bits behind them are new.
"""

import re
from hashlib import blake2b
from typing import Any
from uuid import UUID

from app.core.ids import new_id

WRITTEN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LOW = (1 << 62) - 1


class Ids:
    """`source` is the workspace that the archive is of; it becomes `target`. No other id comes out as it went in."""

    def __init__(self, import_id: UUID, source: UUID, target: UUID) -> None:
        self._key, self._source, self._target = import_id.bytes, source, target
        self._now = new_id().int >> 64

    def fresh(self, old: UUID) -> UUID:
        if old == self._source:
            return self._target
        new = int.from_bytes(blake2b(old.bytes, key=self._key, digest_size=8).digest())
        if old.version == 7:
            return UUID(int=old.int >> 32 << 32 | new & 0xFFFFFFFF)
        return UUID(int=self._now << 64 | 0b10 << 62 | new & LOW)

    def within(self, value: Any) -> Any:
        """The same JSON with every id in it made fresh, keys too."""
        if isinstance(value, str):
            return str(self.fresh(UUID(value))) if WRITTEN.fullmatch(value) else value
        if isinstance(value, list):
            return [self.within(one) for one in value]
        if isinstance(value, dict):
            return {self.within(key): self.within(one) for key, one in value.items()}
        return value

    def in_words(self, text: str) -> str:
        """Ids in addresses that were typed, as those of pictures in a post."""
        return WRITTEN.sub(lambda found: str(self.fresh(UUID(found.group()))), text)
