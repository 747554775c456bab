"""How far the demo is, in words."""

from collections.abc import Callable


class CannotSeed(RuntimeError):
    """The demo stays incomplete for now; the message says why. The next seeding goes on with it."""


Tell = Callable[[str], None]


def silent(_: str) -> None:
    """For callers who do not want to know."""


def step(what: str, done: int, of: int) -> str:
    """Like "Demo marketplace: orders, 84 of 210"."""
    return f"Demo marketplace: {what}, {done} of {of}"
