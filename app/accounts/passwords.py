"""Passwords: argon2id at OWASP's floor, checked for strength, and never computed on the event loop."""

import sys
import threading
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from app.core.errors import Refused, Unavailable

SHORTEST, LONGEST_BYTES = 12, 1024
GUESSED = 100  # zxcvbn looks at no more than this: its time grows with the square of the length
ENOUGH = 3  # of 4: about 10^8 guesses or more
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
AT_ONCE, PATIENCE_SECONDS = 4, 5


class WeakPassword(Refused):
    message = "This password is easy to guess. Add another word or two that do not belong together."


def check(password: str, *own: str) -> None:
    """Refuse a password that is short, huge, easy to guess, or made of the person's `own` words. Raises WeakPassword."""
    typed = _normal(password)
    if len(typed) < SHORTEST:
        raise WeakPassword(
            f"Use at least {SHORTEST} characters. Three or four unrelated words work well.", field="password"
        )
    if len(typed.encode()) > LONGEST_BYTES:
        raise WeakPassword("This password is longer than 1024 bytes. Use a shorter one.", field="password")
    words = _words(own)
    if any(word in typed.casefold() for word in words):
        raise WeakPassword("Leave your name and your e-mail address out of the password.", field="password")
    found = zxcvbn(typed[:GUESSED], user_inputs=words, max_length=GUESSED)
    if found["score"] < ENOUGH:
        raise WeakPassword(_advice(found["feedback"]), field="password")


def _words(own: tuple[str, ...]) -> list[str]:
    """What of a name or address may not appear: the whole, and its parts of four letters or more."""
    parts = {part for text in own for part in [text, text.partition("@")[0], *text.replace("@", " ").split()]}
    return sorted(part.casefold() for part in parts if len(part) >= 4)


def _advice(feedback: dict[str, Any]) -> str:
    warning = feedback.get("warning") or WeakPassword.message
    first = next(iter(feedback.get("suggestions") or []), "")
    return " ".join(part.rstrip(".") + "." for part in (warning, first) if part)


def hashed(password: str) -> str:
    """The hash to keep. Raises Unavailable when too many are being computed."""
    return _aside(HASHER.hash, _normal(password))


def matches(known: str | None, password: str) -> bool:
    """Whether `password` is the one. Without a known hash the same effort is spent, and the answer is no."""
    fits = _aside(_verify, known or _dummy(), _normal(password))
    return fits and known is not None


def outdated(known: str) -> bool:
    return HASHER.check_needs_rehash(known)


def _verify(known: str, password: str) -> bool:
    try:
        return HASHER.verify(known, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy() -> str:
    return HASHER.hash("nobody has this password")


def _normal(password: str) -> str:
    """One spelling for one password, whatever keyboard it was typed on; longer ones are cut where they stop counting."""
    return unicodedata.normalize("NFKC", password[: LONGEST_BYTES + 1])


@cache
def _room() -> threading.BoundedSemaphore:
    """Made at first use, so that under gevent it is the patched one. Each hash takes 19 MiB: four at once are enough."""
    return threading.BoundedSemaphore(AT_ONCE)


def _aside(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a C call that blocks: under gevent in the hub's threads, elsewhere right here."""
    if not _room().acquire(timeout=PATIENCE_SECONDS):
        raise Unavailable("Many people are signing in right now. Try again in a few seconds; nothing was changed.")
    try:
        return _pool(function, arguments) if _patched() else function(*arguments)
    finally:
        _room().release()


def _patched() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return bool(monkey and monkey.is_module_patched("socket"))


def _pool(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    import gevent

    return gevent.get_hub().threadpool.apply(function, arguments)
