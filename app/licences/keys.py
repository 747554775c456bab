"""The text of a key: made so that people can read it out, and read so that what they type is found.

A made key is `PREFIX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`: thirty signs of Crockford's base 32 (no I, L, O, U), 130 random bits
and a checksum of 20, so that a program tells a typing mistake from an unknown key without asking. The prefix may be absent.
A key of the seller's own list is any text; it is compared as it is, without the space around it.
"""

import hashlib
import re
import secrets
import unicodedata

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM, CHECK, GROUP = 26, 4, 5
PREFIX = re.compile(r"[A-Z0-9]{0,12}\Z")
LONGEST = 200
_SEEN_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—_.]+")


def make(prefix: str) -> str:
    """A new key. `prefix` is up to twelve capitals and digits."""
    body = "".join(secrets.choice(SIGNS) for _ in range(RANDOM))
    return spelled(prefix, body + checksum(prefix, body))


def spelled(prefix: str, signs: str) -> str:
    groups = [signs[at : at + GROUP] for at in range(0, len(signs), GROUP)]
    return "-".join([prefix, *groups] if prefix else groups)


def checksum(prefix: str, body: str) -> str:
    """The first 20 bits of SHA-256 over `prefix:body`, as four signs."""
    number = int.from_bytes(hashlib.sha256(f"{prefix}:{body}".encode()).digest()[:3], "big") >> 4
    return "".join(SIGNS[number >> shift & 31] for shift in (15, 10, 5, 0))


def canonical(typed: str) -> str:
    """The key that somebody means: case, hyphens, spaces and look-alikes of made keys do not matter."""
    text = unicodedata.normalize("NFC", typed).strip()
    bare = _SEPARATORS.sub("", text).upper()
    prefix, signs = bare[: -RANDOM - CHECK], bare[-RANDOM - CHECK :].translate(_SEEN_AS)
    body, check = signs[:RANDOM], signs[RANDOM:]
    if len(signs) == RANDOM + CHECK and PREFIX.match(prefix) and checksum(prefix, body) == check:
        return spelled(prefix, signs)
    return text


def hint(key: str) -> str:
    """The end of a key, enough to tell a buyer's keys apart and too little to use one."""
    return key[-5:] if len(key) >= 15 else key[-3:] if len(key) >= 8 else ""
