"""The threads that a reader wishes to see, as a statement that is not yet ordered or cut into pages."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, Uuid, any_, func, literal, or_, select

from app.core import db
from app.forum.models import Following, ForumCategory, ForumPerson, Reading, Thread
from app.forum.queries import hiding
from app.forum.queries.hiding import FEW, Hidden
from app.forum.queries.places import Place
from app.forum.wishes import Wish

PERSONAL = ("unread", "new", "following")


def wanted(place: Place, wish: Wish, of: ForumCategory | None, hidden: Hidden = hiding.NOTHING) -> Select[Thread]:
    """Without what the reader muted; without what they hide, unless the wish says to show it."""
    chosen = select(Thread).where(Thread.state == "visible", *_conditions(wish))
    if of is not None:
        chosen = chosen.where(Thread.category_id == of.id)
    if place.user_id is None:
        return chosen
    if wish.tab == "mine":
        return chosen.where(Thread.author_id == place.user_id)
    chosen = heard(chosen, place.user_id, of)
    if not wish.hidden:
        chosen = hiding.without(place, chosen, hidden)
    return _personal(chosen, wish.tab, place.user_id) if wish.tab in PERSONAL else chosen


def _conditions(wish: Wish) -> list[ColumnElement[bool]]:
    found = [tagged(tag) for tag in wish.tags]
    if wish.solved:
        found.append(Thread.accepted_id.is_not(None) if wish.solved == "yes" else Thread.accepted_id.is_(None))
    if wish.by:
        found.append(Thread.author_id == called(wish.by))
    return found


def called(handle: str) -> Any:
    """The person of a handle, or of one that they had before; nobody for one that nobody had."""
    known = select(ForumPerson.user_id).where(
        or_(ForumPerson.handle == handle, literal(handle) == any_(ForumPerson.former))
    )
    return known.order_by((ForumPerson.handle == handle).desc()).limit(1).scalar_subquery()


def heard(chosen: Select[Any], user_id: UUID, of: ForumCategory | None) -> Select[Any]:
    """Without the threads that the person muted; a muted category is left out where it is not asked for by name."""
    shelves = select(Following.category_id).where(
        Following.user_id == user_id, Following.level == "mute", Following.category_id.is_not(None)
    )
    chosen = muted(chosen, user_id)
    return chosen if of is not None else chosen.where(Thread.category_id.not_in(shelves))


def muted(chosen: Select[Any], user_id: UUID) -> Select[Any]:
    """Without the threads that the person muted one by one."""
    silent = select(Following.thread_id).where(
        Following.user_id == user_id, Following.level == "mute", Following.thread_id.is_not(None)
    )
    return chosen.where(Thread.id.not_in(silent))


def tagged(tag: str) -> ColumnElement[bool]:
    """By the index when few have the tag, which under row-level security only a function can use; when many do, the list meets
    enough of them as it goes."""
    found = func.tagged_threads(tag).table_valued(Column("id", Uuid()))
    few = list(db.session().scalars(select(found.c.id)))
    return Thread.id.in_(few) if len(few) <= FEW else any_(Thread.tags) == tag


def _personal(chosen: Select[Any], tab: str, user_id: UUID) -> Select[Any]:
    read = select(Reading.number).where(
        Reading.workspace_id == Thread.workspace_id, Reading.thread_id == Thread.id, Reading.user_id == user_id
    )
    followed = select(Following.thread_id).where(Following.user_id == user_id, Following.level == "everything")
    shelves = select(Following.category_id).where(Following.user_id == user_id, Following.level == "everything")
    if tab == "unread":
        return chosen.where(read.scalar_subquery() < Thread.last_number)
    if tab == "new":
        return chosen.where(~read.exists(), Thread.author_id != user_id)
    return chosen.where(or_(Thread.id.in_(followed), Thread.category_id.in_(shelves)))
