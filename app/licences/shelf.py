"""The page of a purchase: a door that app/wiring.py opens, because the library stands above licences."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.errors import NotFound


def _nowhere(*, grant_id: UUID) -> Any:
    raise NotFound


@dataclass
class _Doors:
    """`purchase` answers the page on which a buyer's licences stand, in the buyer's scope."""

    purchase: Callable[..., Any] = _nowhere


doors = _Doors()
