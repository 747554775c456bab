"""What the team may know of somebody who writes: doors that app/wiring.py opens, because shipping and downloads stand beside the forum."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access.models import Grant
from app.core.actor import Actor


@dataclass(frozen=True)
class Travel:
    """A parcel on its way to the buyer; `words` say where it is, `page` is the buyer's own page about it."""

    carrier: str
    number: str
    words: str
    page: str


@dataclass(frozen=True)
class Delivered:
    """A download of an order. `state` as its own page names it; `files` are (name, used, limit or None)."""

    grant_id: UUID
    title: str
    state: str
    files: Sequence[tuple[str, int, int | None]]
    asked_at: datetime | None
    fetched_at: datetime | None


Orders = Sequence[UUID]


@dataclass
class _Doors:
    """In the seller's scope, for several orders at once; `ways` are (status, words) as the order list says them. `reset` gives counted downloads back and tells the buyer; False: none was."""

    ways: Callable[[Orders], Mapping[UUID, tuple[str, str]]] = lambda ids: {}
    parcels: Callable[[Orders], Mapping[UUID, Sequence[Travel]]] = lambda ids: {}
    downloads: Callable[[Orders], Mapping[UUID, Sequence[Delivered]]] = lambda ids: {}
    reset: Callable[[Actor, Grant], bool] = lambda actor, grant: False


doors = _Doors()
