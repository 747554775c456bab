"""What ports to providers have in common: boxes of a connect page, headers and proof of a webhook, what is not offered."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Field:
    """One box on a connect page. Secrets are shown once, while they are typed."""

    name: str
    label: str
    help: str = ""
    secret: bool = True
    required: bool = True


class Headers(Protocol):
    """Names are looked up without regard to case."""

    def get(self, name: str, /) -> str | None: ...


class Forged(Exception):
    """A webhook whose signature is missing, too old or does not fit."""


class NotOffered(Exception):
    """The provider cannot do this at all; the profile says so, and no page offers it."""
