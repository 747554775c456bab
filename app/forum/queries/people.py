"""The people of a community, as others may know them: those who wrote something that the reader can read."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, any_, exists, func, literal, or_, select

from app.core import db
from app.core.errors import NotFound
from app.forum.models import ForumPerson, Post, Thread
from app.forum.queries.places import Place
from app.forum.queries.posts import buyers

MOST_SUGGESTED = 8
PAGE = 20


@dataclass(frozen=True)
class Said:
    """A post in the list of its author."""

    post: Post
    thread: Thread


@dataclass(frozen=True)
class Profile:
    """`posts` are one page, newest first; `before` is where the next one begins. `accepted`: answers of theirs that were chosen, among
    what the reader may see. `own`: the reader's own page."""

    person: ForumPerson
    verified: bool
    accepted: int
    posts: list[Said]
    before: UUID | None
    own: bool


def _wrote() -> Any:
    """The reader's policies decide which posts there are to find."""
    return exists(select(Post.id).where(Post.author_id == ForumPerson.user_id, Post.state == "visible"))


def suggestions(typed: str, thread_id: UUID | None = None) -> list[ForumPerson]:
    """People to call whose handle or name begins like this; those who wrote in the thread come first."""
    begins = typed.lower().replace("\\", "").replace("%", "").replace("_", "\\_")
    like = or_(
        ForumPerson.handle.like(f"{begins}%"),
        func.lower(ForumPerson.name).like(f"{begins}%"),
        func.lower(ForumPerson.name).like(f"% {begins}%"),
    )
    wanted = select(ForumPerson).where(like, ForumPerson.banned_at.is_(None))
    found: list[ForumPerson] = []
    if thread_id is not None:
        here = exists(
            select(Post.id).where(
                Post.thread_id == thread_id, Post.author_id == ForumPerson.user_id, Post.state == "visible"
            )
        )
        found = list(db.session().scalars(wanted.where(here).order_by(ForumPerson.handle).limit(MOST_SUGGESTED)))
    others = wanted.where(_wrote(), ForumPerson.id.not_in([one.id for one in found])).order_by(ForumPerson.handle)
    return [*found, *db.session().scalars(others.limit(MOST_SUGGESTED - len(found)))] if begins else found


def called(place: Place, handle: str) -> ForumPerson:
    """By the handle they have or had. Raises NotFound for somebody of whom the reader can read nothing, save the reader."""
    seen = or_(ForumPerson.user_id == place.user_id, _wrote()) if place.user_id else _wrote()
    row = db.session().scalars(select(ForumPerson).where(ForumPerson.handle == handle, seen)).one_or_none()
    row = (
        row
        or db.session().scalars(select(ForumPerson).where(literal(handle) == any_(ForumPerson.former), seen)).first()
    )
    if row is None:
        raise NotFound
    return row


def profile(place: Place, person: ForumPerson, before: UUID | None = None) -> Profile:
    """Their posts that the reader may see."""
    of = and_(Thread.workspace_id == Post.workspace_id, Thread.id == Post.thread_id)
    theirs = select(Post, Thread).join(Thread, of).where(
        Post.author_id == person.user_id, Post.state == "visible", Thread.state == "visible"
    )  # fmt: skip
    wanted = theirs.where(Post.id < before) if before else theirs
    rows = [Said(*row) for row in db.session().execute(wanted.order_by(Post.id.desc()).limit(PAGE + 1))]
    chosen = (
        select(func.count())
        .select_from(Post)
        .join(Thread, and_(of, Thread.accepted_id == Post.id))
        .where(Post.author_id == person.user_id, Post.state == "visible", Thread.state == "visible")
    )
    return Profile(
        person,
        person.user_id in buyers(place, [person.user_id]),
        db.session().scalar(chosen) or 0,
        rows[:PAGE],
        rows[PAGE - 1].post.id if len(rows) > PAGE else None,
        person.user_id == place.user_id,
    )


def me(place: Place) -> ForumPerson:
    """The reader's own row. Raises NotFound before they took part."""
    row = db.session().scalars(select(ForumPerson).where(ForumPerson.user_id == place.user_id)).one_or_none()
    if row is None:
        raise NotFound
    return row
