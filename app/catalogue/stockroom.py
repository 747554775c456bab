"""Stock beside the variants in the editor: a door that app/wiring.py opens, because inventory stands above the catalogue."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.catalogue.models import Variant
from app.core.actor import Actor


@dataclass
class _Doors:
    """`shelves` answers (on hand, held by buyers) per variant; `adjust` adds so many units, fewer below zero, with a note."""

    shelves: Callable[[Iterable[UUID]], Mapping[UUID, tuple[int, int]]] = lambda ids: {}
    adjust: Callable[[Actor, Variant, int, str], None] = lambda actor, variant, by, note: None


doors = _Doors()
