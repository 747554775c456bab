"""What people type becomes plain text: shown as it is, never read as markup."""

import re
import unicodedata

from app.core.web.forms import EMAIL

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of the text after them (UAX #9 §2): a name could change how its neighbours read."""
BLANK = re.compile(r"\n{3,}")
WORD = re.compile(r"\S+")


def body(typed: str) -> str:
    """Lines as they were typed, at most one empty one between two; no control characters."""
    lines = TURNING.sub("", typed).replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(one for one in lines if one in "\n\t" or unicodedata.category(one) != "Cc")
    return BLANK.sub("\n\n", kept).strip()


def name(typed: str) -> str:
    """One line."""
    return " ".join(body(typed).split())


def holds_address(words: str) -> bool:
    """Whether somebody's e-mail address stands in it."""
    return any(EMAIL.match(one.strip("<>(),;:.!?\"'")) for one in WORD.findall(words))
