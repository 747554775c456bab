"""Characters as people may use them: every script, no control characters, nothing that turns what follows or climbs over its neighbours."""

import re
import unicodedata

from app.core.errors import Refused

MARKS, STACKS = 3, 5
"""Combining marks on one letter; more climb over the lines around. Tibetan and Myanmar stack more of them, downwards."""
TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Characters that turn the direction of all that follows; a block of a post has a direction of its own."""
LINES = str.maketrans({"\r": "\n", "\u2028": "\n", "\u2029": "\n"})
FLAG = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)|[\U000e0000-\U000e007f]")
"""Letters nobody sees, which only the flags of regions need."""
JOINERS = "\u200c\u200d"


class BadText(Refused):
    """The words cannot be kept as they are; `field` says which, the message what to do."""


def tidy(typed: str) -> str:
    """One kind of line end, no control or private characters, no turned directions, no towers of marks. Twice is the same as once."""
    text = FLAG.sub(r"\1", typed.replace("\r\n", "\n").translate(LINES).translate(TURNING))
    kept = "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs", "Co"))
    # Marks go first, since a long run of them is slow to put in order; what was composed of one character counts again.
    return low(unicodedata.normalize("NFC", low(kept)[0]))[0]


def low(text: str, marks: int = 0) -> tuple[str, int]:
    """The text without the marks beyond what its letters bear, and how many the last one has; `marks`: those just before the text."""
    if text.isascii():
        return text, 0 if text else marks
    kept = []
    for one in text:
        kind = unicodedata.category(one)
        if kind in ("Mn", "Me"):
            marks += 1
        elif kind not in ("Mc", "Cf"):
            marks = 0
        if kind not in ("Mn", "Me") or marks <= (STACKS if "\u0f00" <= one <= "\u109f" else MARKS):
            kept.append(one)
    return "".join(kept), marks


def harmless(text: str, marks: int = 0) -> tuple[str, int]:
    """As `low`, for text that came out of character references: they bring back what `tidy` took away."""
    if text.isascii():
        return low(text, marks)
    return low(FLAG.sub(r"\1", text.translate(TURNING)), marks)


def one_line(typed: str) -> str:
    return " ".join(tidy(typed).split())


def shown(text: str) -> int:
    """How many characters a reader sees: letters, digits, punctuation and signs; no spaces, no marks, nothing invisible."""
    return sum(unicodedata.category(one)[0] in "LNPS" for one in text)


def without_invisible(text: str) -> str:
    """For names: nothing between two letters that nobody sees, save the joiners of emoji and of the scripts that need them."""
    return "".join(
        one
        for at, one in enumerate(text)
        if unicodedata.category(one) != "Cf" or one >= "\U000e0000" or (one in JOINERS and at and _joins(text[at - 1]))
    ).rstrip(JOINERS)


def _joins(last: str) -> bool:
    """An emoji, a virama, or an Arabic or Indic letter."""
    emoji = unicodedata.category(last) in ("So", "Sk") or last == "\ufe0f"
    return (
        emoji
        or unicodedata.combining(last) == 9
        or unicodedata.bidirectional(last) == "AL"
        or "\u0900" <= last < "\u0e00"
    )


def excerpt(text: str, longest: int) -> str:
    """One line of at most `longest` characters, cut between words where there are any, never inside a letter with its marks."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    cut = line[: longest - 1]
    if not line[longest - 1].isspace():
        cut = cut[:at] if (at := cut.rfind(" ")) > longest // 2 else _whole(cut, line[longest - 1])
    return cut.rstrip() + "…"


def _whole(cut: str, after: str) -> str:
    """Without a last letter whose marks or joined signs were cut off."""
    while cut and (unicodedata.category(after)[0] == "M" or after in JOINERS or cut[-1] in JOINERS):
        cut, after = cut[:-1], cut[-1]
    return cut
