"""Tags that a reader hides: what that leaves out of their lists, and whom it keeps from news."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, ColumnElement, Select, Text, Uuid, and_, cast, func, literal, select

from app.core import db
from app.forum.models import Following, HiddenTag, Thread
from app.forum.queries.places import Place

FEW = 400
"""Up to so many threads are left out by their ids, which an index finds; beyond, each thread of a list is looked at."""
CHOSEN = ("everything", "mentions")
RECENT, SHOWN = 2_000, 100


@dataclass(frozen=True)
class Hidden:
    """`tags` in order. `ids`: the threads that have one of them, None when there are more than FEW."""

    tags: tuple[str, ...] = ()
    ids: tuple[UUID, ...] | None = ()


NOTHING = Hidden()


def of(place: Place, asked: tuple[str, ...] = ()) -> Hidden:
    """What the reader hides, without the tags that they ask for by name."""
    tags = tuple(tag for tag in tags_of(place) if tag not in asked)
    if not tags:
        return NOTHING
    called = func.threads_with_any(cast(list(tags), ARRAY(Text))).table_valued(Column("id", Uuid()))
    ids = tuple(db.session().scalars(select(called.c.id)))
    return Hidden(tags, ids if len(ids) <= FEW else None)


def tags_of(place: Place) -> list[str]:
    """All that the reader hides here, by name."""
    if place.user_id is None:
        return []
    mine = select(HiddenTag.tag).where(HiddenTag.user_id == place.user_id).order_by(HiddenTag.tag)
    return list(db.session().scalars(mine))


def left_out(place: Place, hidden: Hidden) -> ColumnElement[bool]:
    """True for threads with a hidden tag, save the reader's own and those that they chose to hear of themselves."""
    if hidden.ids is None:
        tagged: ColumnElement[bool] = Thread.tags.op("&&")(cast(list(hidden.tags), ARRAY(Text)))
    else:
        tagged = Thread.id.in_(hidden.ids)
    chosen = select(Following.thread_id).where(
        Following.user_id == place.user_id, Following.thread_id.is_not(None), Following.level.in_(CHOSEN)
    )
    return and_(tagged, Thread.author_id != place.user_id, Thread.id.not_in(chosen))


def without(place: Place, wanted: Select[Any], hidden: Hidden) -> Select[Any]:
    return wanted.where(~left_out(place, hidden)) if hidden.tags else wanted


def count(place: Place, wanted: Select[Any], hidden: Hidden) -> int | None:
    """How many threads of a list are left out of it; None when there are too many to say."""
    if hidden.ids is None:
        return None
    if not hidden.ids:
        return 0
    some = wanted.where(left_out(place, hidden)).with_only_columns(literal(1), maintain_column_froms=True).subquery()
    return db.session().scalar(select(func.count()).select_from(some)) or 0


def hiders(thread: Thread) -> set[UUID]:
    """Those who hide one of its tags, but for who began it. Asked past the scope: nobody else may read what somebody hides."""
    if not thread.tags:
        return set()
    mine = (HiddenTag.workspace_id == thread.workspace_id, HiddenTag.tag.in_(thread.tags))
    with db.system("whom a tag that they hide keeps from news") as session:
        return set(session.scalars(select(HiddenTag.user_id).where(*mine))) - {thread.author_id}


def in_use(place: Place) -> list[tuple[str, int]]:
    """Tags of the newest threads that the reader may see, the most frequent first, each with how many of those have it."""
    newest = select(Thread.tags).where(Thread.state == "visible").order_by(Thread.last_post_at.desc()).limit(RECENT)
    each = select(func.unnest(newest.subquery().c.tags).label("tag")).subquery()
    wanted = select(each.c.tag, func.count().label("many")).group_by(each.c.tag)
    ranked = wanted.order_by(func.count().desc(), each.c.tag).limit(SHOWN)
    return [(row.tag, row.many) for row in db.session().execute(ranked)]
