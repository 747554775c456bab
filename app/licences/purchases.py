"""What was paid for before there were keys: a door that app/wiring.py opens, because orders stand above licences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, String, Subquery, Uuid, false, null, select, type_coerce
from sqlalchemy.types import TypeEngine


@dataclass(frozen=True)
class Purchase:
    """What a seller looks for: the order's number, and the buyer's name and address on it."""

    number: int
    name: str
    email: str


@dataclass(frozen=True)
class Bought:
    """One order line: `units` were paid for, and `returned` of them went back or are about to."""

    purchase: Purchase
    units: int
    returned: int


def _none() -> Subquery:
    columns: dict[str, TypeEngine[Any]] = {
        "workspace_id": Uuid(),
        "source_id": Uuid(),
        "kept": Integer(),
        "name": String(),
        "email": String(),
    }
    return select(*(type_coerce(null(), kind).label(name) for name, kind in columns.items())).where(false()).subquery()


@dataclass
class _Doors:
    """In the seller's scope. `lines`: `workspace_id`, `source_id`, `kept` (units), `name` and `email` (in lower case) of every line
    that was sold here. `locked` answers lines by source, after taking the locks of their orders, so that no refund comes between.
    """

    lines: Callable[[], Subquery] = _none
    locked: Callable[[Sequence[UUID]], Mapping[UUID, Bought]] = lambda sources: {}


doors = _Doors()
