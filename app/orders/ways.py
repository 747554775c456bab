"""How far parcels are, what may come back, what may be reviewed and which rooms close: doors that app/wiring.py opens, because
shipping, reviews and the forum stand above the order book."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, false

from app.orders.models import Order

Link = tuple[str, str]
"""Words and an address."""


@dataclass
class _Doors:
    """`look` answers (status, words) per order that has a label or is under way, in the open workspace.

    `labelled` is a condition on Order: all that still has to be sent lies in parcels with a label.

    `returns` answers, in the buyer's scope, links per order: to ask for a return where one is possible, and to earlier ones.

    `reviews` answers, in the buyer's scope, a link per line that its buyer may review or did.

    `rooms` answers, in the workspace, names of forum categories that close to a buyer when these lines no longer open them.
    """

    look: Callable[[Iterable[UUID]], Mapping[UUID, tuple[str, str]]] = lambda ids: {}
    labelled: Callable[[], ColumnElement[bool]] = false
    returns: Callable[[Iterable[Order]], Mapping[UUID, Sequence[Link]]] = lambda orders: {}
    reviews: Callable[[Iterable[Order]], Mapping[UUID, Link]] = lambda orders: {}
    rooms: Callable[[UUID, Collection[UUID]], Sequence[str]] = lambda buyer_id, lines: ()


doors = _Doors()
