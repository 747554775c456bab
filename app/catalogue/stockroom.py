"""What the editor knows from above the catalogue, by a door that app/wiring.py opens: stock beside the variants, licences, stamps."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from app.catalogue.models import Variant
from app.core.actor import Actor


@dataclass
class _Doors:
    """`shelves` answers (on hand, held by buyers) per variant; `adjust` adds so many units, fewer below zero, with a note;
    `licensed` says whether buyers of a product get keys; `unstampable` why no copies can be made of these bytes, "" when they can."""

    shelves: Callable[[Iterable[UUID]], Mapping[UUID, tuple[int, int]]] = lambda ids: {}
    licensed: Callable[[UUID], bool] = lambda product_id: False
    unstampable: Callable[[IO[bytes]], str] = lambda source: ""
    adjust: Callable[[Actor, Variant, int, str], None] = lambda actor, variant, by, note: None


doors = _Doors()
