"""The code of a copy: 60 random bits and 20 that check them, as 16 letters and digits that survive being typed."""

import hashlib
import re
import secrets

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing in it is mistaken for something else."""
PREFIX = "GH"
LENGTH, RANDOM, CHECKED = 16, 12, 20
LEAST = 8
"""Letters of a cut-off code that are still looked up: 40 bits, so a chance hit among a million copies is one in a million."""
_WHOLE = re.compile(rf"{PREFIX}([{LETTERS}]{{{LENGTH}}})")
_CUT = re.compile(rf"{PREFIX}([{LETTERS}]{{{LEAST},{LENGTH - 1}}})(?![{LETTERS}])")


def new() -> str:
    """A code that nobody can guess, without its prefix."""
    return code(secrets.randbits(60))


def code(number: int) -> str:
    """The code of 60 bits."""
    return _spelled(number << CHECKED | _check(number))


def _spelled(value: int) -> str:
    return "".join(LETTERS[value >> 5 * place & 31] for place in reversed(range(LENGTH)))


def _check(number: int) -> int:
    digest = hashlib.sha256(b"guildhall copy" + number.to_bytes(8, "big")).digest()
    return int.from_bytes(digest[:3], "big") >> 4


def value(mark: str) -> int:
    """All 80 bits of a code."""
    found = 0
    for letter in mark:
        found = found << 5 | LETTERS.index(letter)
    return found


def spelled(value: int) -> str:
    """The code of 80 bits, right or wrong."""
    return _spelled(value)


def valid(mark: str) -> bool:
    """Whether the check agrees: one in a million of accidental codes does."""
    if len(mark) != LENGTH or any(letter not in LETTERS for letter in mark):
        return False
    found = value(mark)
    return _check(found >> CHECKED) == found & (1 << CHECKED) - 1


def written(mark: str) -> str:
    """As it stands in files."""
    return PREFIX + mark


def found_in(text: str) -> list[str]:
    """Every whole code in a text, each once, whose check agrees."""
    return list(dict.fromkeys(mark for mark in _WHOLE.findall(text) if valid(mark)))


def cut_in(text: str) -> list[str]:
    """Beginnings of codes whose end is missing."""
    return list(dict.fromkeys(_CUT.findall(text)))


def typed_in(text: str) -> list[str]:
    """Whole codes as people copy them: in groups, with or without prefix, in small letters, across line ends."""
    grouped = re.findall(r"\b(?=((?:[0-9A-Za-z]{4}[-\s]){3}[0-9A-Za-z]{4})\b)", text)
    loose = [re.sub(r"[-\s]", "", one).upper() for one in grouped]
    return list(dict.fromkeys([*found_in(re.sub(r"\s", "", text).upper()), *(one for one in loose if valid(one))]))


def words(mark: str) -> str:
    """In groups of four, for people."""
    return "-".join(mark[at : at + 4] for at in range(0, LENGTH, 4))
