"""What an edit took away and what it brought."""

import re
from difflib import Match, SequenceMatcher
from itertools import accumulate

MOST_WORDS = 4_000
"""Longer texts are compared line by line."""
MOST_WORK = 2_000_000
"""Pairs of like words looked at. Past it, what is left between two parts counts as changed as a whole."""
WORD = re.compile(
    r"\s+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[!-/:-@\[-`{-~]|[^\s!-/:-@\[-`{-~\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)

Part = tuple[str, str]
"""«same», «added» or «removed», and the text."""


def diff(old: str, new: str) -> list[Part]:
    """The parts in order. Those that are the same or removed make up the old text, those that are the same or added the new one."""
    a, b = _pieces(old, new)
    parts: list[Part] = []
    for verb, a0, a1, b0, b1 in _Bounded(a, b).get_opcodes():
        if verb == "equal":
            parts.append(("same", "".join(a[a0:a1])))
        else:
            parts += [("removed", "".join(a[a0:a1])), ("added", "".join(b[b0:b1]))]
    return [(kind, text) for kind, text in parts if text]


def _pieces(old: str, new: str) -> tuple[list[str], list[str]]:
    a, b = WORD.findall(old), WORD.findall(new)
    if max(len(a), len(b)) <= 2 * MOST_WORDS:
        return a, b
    return old.splitlines(keepends=True), new.splitlines(keepends=True)


class _Bounded(SequenceMatcher[str]):
    """Stops looking when it has compared enough."""

    def __init__(self, a: list[str], b: list[str]) -> None:
        super().__init__(None, a, b, autojunk=True)
        places = self.b2j  # type: ignore[attr-defined]  # where each word stands in b
        self.whole = len(a), len(b)
        self.spent, self.costs = 0, [0, *accumulate(1 + len(places.get(one, ())) for one in a)]

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        ahi, bhi = self.whole[0] if ahi is None else ahi, self.whole[1] if bhi is None else bhi
        self.spent += self.costs[ahi] - self.costs[alo]
        if self.spent > MOST_WORK:
            return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)
