"""Square codes (QR) as one SVG path, so that a page draws them without inline markup from outside."""

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET = 4
"""Light modules around the code, without which scanners do not find it (ISO/IEC 18004)."""


@dataclass(frozen=True)
class Square:
    """`side` in modules, quiet zone included; `path` draws the dark ones as lines one module thick."""

    side: int
    path: str


def square(text: str) -> Square:
    """The smallest code that holds `text`, readable with a sixth of it damaged."""
    rows = segno.make(text, micro=False, error="m").matrix
    runs = [f"M{start + QUIET} {y + QUIET}.5h{length}" for y, row in enumerate(rows) for start, length in _dark(row)]
    return Square(len(rows) + 2 * QUIET, "".join(runs))


def _dark(row: bytes | bytearray) -> list[tuple[int, int]]:
    """(start, length) of each run of dark modules."""
    found, at = [], 0
    for dark, modules in groupby(row):
        length = len(list(modules))
        if dark:
            found.append((at, length))
        at += length
    return found
