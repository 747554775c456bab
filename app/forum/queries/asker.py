"""The team's private view of somebody who writes in the forum. In the workspace's scope, for members who may read orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.core import db
from app.core.errors import NotFound
from app.core.money import Money
from app.forum import asker
from app.forum.models import ForumPerson, Post
from app.orders import queries as orders
from app.orders.models import Fulfilment, Order

SHOWN, MOST_PEOPLE = 5, 20


@dataclass(frozen=True)
class Panel:
    """`orders` are the newest paid ones, `count` and `kept` all of them (in the newest one's currency)."""

    person: ForumPerson
    orders: Sequence[Order]
    count: int
    kept: Money | None
    ways: Mapping[UUID, tuple[str, str]]
    parcels: Mapping[UUID, Sequence[asker.Travel]]
    downloads: Mapping[UUID, Sequence[asker.Delivered]]


def panel(user_id: UUID) -> Panel:
    """Raises NotFound for somebody who never wrote in this workspace's community."""
    person = person_of(user_id)
    bought = select(Order).where(Order.buyer_id == user_id, Order.paid_at.is_not(None))
    loaded = (selectinload(Order.lines), selectinload(Order.fulfilments), joinedload(Order.shop))
    found = list(db.session().scalars(bought.options(*loaded).order_by(Order.placed_at.desc()).limit(SHOWN)).unique())
    ids = [one.id for one in found]
    count, kept = orders.history(found[0]) if found else (0, 0)
    return Panel(
        person,
        found,
        count,
        found[0].money(kept) if found else None,
        asker.doors.ways(ids),
        asker.doors.parcels(ids) if ids else {},
        asker.doors.downloads(ids) if ids else {},
    )


def person_of(user_id: UUID) -> ForumPerson:
    """Raises NotFound."""
    row = db.session().scalars(select(ForumPerson).where(ForumPerson.user_id == user_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def writers(thread_id: UUID) -> list[ForumPerson]:
    """Who wrote in a thread and is not of the team, by name."""
    wrote = select(Post.author_id).where(Post.thread_id == thread_id).distinct()
    wanted = select(ForumPerson).where(ForumPerson.user_id.in_(wrote), ForumPerson.team.is_(False))
    return list(db.session().scalars(wanted.order_by(ForumPerson.name).limit(MOST_PEOPLE)))


def order_of(user_id: UUID, row: Any) -> Order:
    """The order that a grant or a fulfilment belongs to, when this person bought it. Raises NotFound."""
    order = db.get(Order, row.order_id)
    if order.buyer_id != user_id:
        raise NotFound
    return order


def fulfilment(fulfilment_id: UUID) -> Fulfilment:
    """Raises NotFound."""
    return db.get(Fulfilment, fulfilment_id)
