"""What would become of threads that the team moves, merges or splits; and where a merged one is now."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.core import db
from app.core.errors import Conflict, NotFound
from app.forum.arranging import Standing, with_replies
from app.forum.models import ForumCategory, ForumPerson, Post, Thread
from app.forum.queries import posts, search
from app.forum.queries.places import Place
from app.forum.queries.threads import people

PAGE, OFFERED = 200, 8
ADDRESS = re.compile(r"/threads/([0-9a-f-]{36})")


class MergedAlready(Conflict):
    title = "This thread is part of another one now"


@dataclass(frozen=True)
class Choice:
    """A post as it can be chosen. `goes`: it is chosen, or answers one that is."""

    post: Post
    author: ForumPerson | None
    under: bool
    goes: bool


@dataclass(frozen=True)
class Parting:
    """`leave` and `stay` count posts. `choices` are one page of them; `after` is where the next one begins, 0 at the end."""

    choices: list[Choice]
    leave: int
    stay: int
    after: int


@dataclass(frozen=True)
class Merging:
    """`first` and `last`: the numbers that the other thread's posts would have."""

    target: Thread
    first: int
    last: int


def now_at(place: Place, thread_id: UUID) -> UUID | None:
    """The thread that took the posts of a merged one; whether it may be seen is for its own page to say."""
    row = db.find(Thread, thread_id)
    if row is not None and row.merged_id is None:
        return None
    with db.workspace(place.workspace_id):
        return db.session().scalar(select(Thread.merged_id).where(Thread.id == thread_id))


def standing(place: Place, thread_id: UUID) -> Thread:
    """The thread, or the one that took its posts, as this person may see it. Raises NotFound."""
    return posts.thread(place, now_at(place, thread_id) or thread_id)


def number_near(of: Thread, raw: str) -> int:
    """Where a reader was who saw this post (an id) on top; 0 when it is not in this thread."""
    try:
        row = db.find(Post, UUID(raw))
    except ValueError:
        return 0
    return row.number if row is not None and row.thread_id == of.id else 0


def readable(place: Place, raw: str) -> Thread | None:
    """The thread of this id, if it is one and this person may read it."""
    try:
        return posts.thread(place, UUID(raw))
    except (ValueError, NotFound):
        return None


def thread(thread_id: UUID) -> Thread:
    """For the team. Raises NotFound; MergedAlready for one whose posts stand elsewhere."""
    row = db.get(Thread, thread_id)
    if row.merged_id is not None:
        raise MergedAlready(f"Somebody of the team merged this thread into «{db.get(Thread, row.merged_id).title}».")
    return row


def categories() -> list[ForumCategory]:
    """Where a thread can stand, in their order."""
    wanted = select(ForumCategory).where(ForumCategory.archived_at.is_(None))
    return list(db.session().scalars(wanted.order_by(ForumCategory.position, ForumCategory.id)))


def category(category_id: UUID) -> ForumCategory:
    """Raises NotFound."""
    return db.get(ForumCategory, category_id)


def parting(of: Thread, chosen: Collection[UUID], after: int = 0) -> Parting:
    """The posts to choose from, and what would leave with those that were chosen."""
    wanted = select(Post.id, Post.number, Post.branch, Post.parent_id).where(Post.thread_id == of.id)
    standing = [Standing(*row) for row in db.session().execute(wanted.order_by(Post.number))]
    goes = with_replies(standing, set(chosen))
    shown = select(Post).where(Post.thread_id == of.id, Post.number > after).order_by(Post.number).limit(PAGE + 1)
    rows = list(db.session().scalars(shown))
    known = people({row.author_id for row in rows})
    page = rows[:PAGE]
    choices = [Choice(row, known.get(row.author_id), row.branch != row.number, row.id in goes) for row in page]
    return Parting(choices, len(goes), len(standing) - len(goes), page[-1].number if len(rows) > PAGE else 0)


def merging(source: Thread, typed: str) -> Merging | None:
    """`typed` is the address of the other thread, or its id. None when it leads nowhere."""
    found = ADDRESS.search(f"/threads/{typed.strip()}" if "/" not in typed else typed)
    if found is None:
        return None
    target = db.find(Thread, UUID(found[1]))
    if target is None or target.id == source.id or target.state != "visible":
        return None
    there = db.session().scalar(select(func.max(Post.number)).where(Post.thread_id == target.id)) or 0
    here = db.session().scalar(select(func.count()).select_from(Post).where(Post.thread_id == source.id)) or 0
    return Merging(target, there + 1, there + here)


def mergeable(source: Thread, words: str) -> list[Thread]:
    """Threads that may take the posts of this one: called by these words or like the thread itself, then those whose posts say them."""
    near = func.similar_threads(words or source.title, OFFERED + 1).table_valued("id", "alike")
    called = db.session().scalars(select(near.c.id).order_by(near.c.alike.desc()))
    said = (one.id for one in search.threads(words, OFFERED + 1)) if words else ()
    ids = [one for one in dict.fromkeys([*called, *said]) if one != source.id]
    wanted = select(Thread).options(joinedload(Thread.category)).where(Thread.id.in_(ids), Thread.state == "visible")
    rows = {row.id: row for row in db.session().scalars(wanted)}
    return [rows[one] for one in ids if one in rows][:OFFERED]
