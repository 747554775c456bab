"""What somebody saved, in all communities, as far as they may still read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import joinedload

from app.core import db
from app.core.errors import NotFound
from app.forum.models import ForumPerson, Post, Save, Thread
from app.forum.queries import places
from app.forum.queries.places import Place
from app.forum.queries.threads import people

PAGE, BATCH = 20, 200
LOOKED = 1_000
"""A search looks through so many at once; the next page goes on from there."""


@dataclass(frozen=True)
class Kept:
    """A line of the page. Without a `thread` the reader can no longer read what they saved, and nothing of it is told."""

    save: Save
    place: Place | None
    thread: Thread | None = None
    post: Post | None = None
    author: ForumPerson | None = None

    @property
    def path(self) -> str:
        if self.thread is None:
            return ""
        return f"/posts/{self.post.id}" if self.post else f"/threads/{self.thread.id}"


@dataclass(frozen=True)
class Page:
    """`before`: where the next page begins, None at the end."""

    rows: list[Kept]
    before: UUID | None


def page(user_id: UUID, words: str = "", before: UUID | None = None, limit: int = PAGE) -> Page:
    """In the person's own scope; newest saved first. With `words`, those whose title or text has them all."""
    found: list[Kept] = []
    looked, last = 0, before
    while len(found) <= limit and looked < LOOKED:
        size = BATCH if words else limit + 1
        batch = _batch(last, size)
        found += _read(user_id, batch, words)
        looked, last = looked + len(batch), batch[-1].id if batch else None
        if len(batch) < size:
            last = None
            break
        if not words:
            break
    if len(found) > limit:
        return Page(found[:limit], found[limit - 1].save.id)
    return Page(found, last if words else None)


def _batch(before: UUID | None, size: int) -> Sequence[Save]:
    mine = select(Save) if before is None else select(Save).where(Save.id < before)
    return db.session().scalars(mine.order_by(Save.id.desc()).limit(size)).all()


def _read(user_id: UUID, saves: Sequence[Save], words: str) -> list[Kept]:
    """Each in the scope in which the person reads its community, in the order of the saves."""
    read: dict[UUID, Kept] = {}
    for workspace_id in dict.fromkeys(one.workspace_id for one in saves):
        some = [one for one in saves if one.workspace_id == workspace_id]
        read |= {one.save.id: one for one in _of_community(user_id, workspace_id, some, words)}
    return [read[one.id] for one in saves if one.id in read]


def _of_community(user_id: UUID, workspace_id: UUID, saves: Sequence[Save], words: str) -> Iterable[Kept]:
    try:
        place = places.of_workspace(workspace_id, user_id, True)
    except NotFound:
        return [] if words else [Kept(one, None) for one in saves]
    with places.entered(place):
        threads = _threads(place, [one.thread_id for one in saves if one.thread_id], words)
        posts = _posts(place, [one.post_id for one in saves if one.post_id], words)
        authors = {row.author_id for row in threads.values()} | {row.author_id for row, _ in posts.values()}
        known = people(authors)
    kept = [_kept(one, place, threads, posts, known) for one in saves]
    return [one for one in kept if one.thread is not None or not words]


def _kept(
    save: Save,
    place: Place,
    threads: dict[UUID, Thread],
    posts: dict[UUID, tuple[Post, Thread]],
    known: dict[UUID, ForumPerson],
) -> Kept:
    if save.post_id in posts:
        post, thread = posts[save.post_id]
        return Kept(save, place, thread, post, known.get(post.author_id))
    found = threads.get(save.thread_id) if save.thread_id else None
    return Kept(save, place, found, None, known.get(found.author_id)) if found else Kept(save, place)


def _shown(place: Place, of: Any) -> ColumnElement[bool]:
    """As the thread's page decides: what is out of sight is there for its author, unless they took it back, and for the team."""
    mine = and_(of.author_id == place.user_id, of.state.in_(("waiting", "hidden")))
    return or_(literal(place.team), of.state == "visible", mine)


def _threads(place: Place, ids: Sequence[UUID], words: str) -> dict[UUID, Thread]:
    """By the id that was saved; a merged thread is the one that took its posts."""
    if not ids:
        return {}
    now = {one: one for one in ids} | _merged(place, ids)
    wanted = select(Thread).where(
        Thread.id.in_(set(now.values())), Thread.merged_id.is_(None), _shown(place, Thread), *_matching(words, Thread)
    )
    rows = {row.id: row for row in db.session().scalars(wanted.options(joinedload(Thread.category)))}
    return {saved: rows[at] for saved, at in now.items() if at in rows}


def _merged(place: Place, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Which threads took the posts of merged ones; whether those may be read is asked afterwards."""
    gone = select(Thread.id, Thread.merged_id).where(Thread.id.in_(ids), Thread.merged_id.is_not(None))
    with db.workspace(place.workspace_id, place.owner_id) as session:
        return {row.id: row.merged_id for row in session.execute(gone)}


def _posts(place: Place, ids: Sequence[UUID], words: str) -> dict[UUID, tuple[Post, Thread]]:
    if not ids:
        return {}
    of = and_(Thread.workspace_id == Post.workspace_id, Thread.id == Post.thread_id)
    wanted = select(Post, Thread).join(Thread, of).options(joinedload(Thread.category))
    wanted = wanted.where(Post.id.in_(ids), _shown(place, Post), _shown(place, Thread), *_matching(words, Post, Thread))
    return {row.Post.id: (row.Post, row.Thread) for row in db.session().execute(wanted)}


def _matching(words: str, *of: Any) -> list[ColumnElement[bool]]:
    asked = func.websearch_to_tsquery("public.forum", words)
    return [or_(*(one.search.op("@@")(asked) for one in of))] if words else []


@dataclass(frozen=True)
class Saved:
    """What of one thread's page the reader saved."""

    thread: bool = False
    posts: frozenset[UUID] = frozenset()


def on(place: Place, thread_id: UUID, posts: Iterable[UUID]) -> Saved:
    """One statement, whatever the length of the page."""
    if place.user_id is None:
        return Saved()
    mine = select(Save.thread_id, Save.post_id).where(
        Save.user_id == place.user_id, or_(Save.thread_id == thread_id, Save.post_id.in_(list(posts)))
    )
    rows = db.session().execute(mine).all()
    return Saved(any(row.thread_id for row in rows), frozenset(row.post_id for row in rows if row.post_id))
