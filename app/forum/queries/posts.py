"""A thread with a page of its posts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.access.models import Grant
from app.access.queries import active
from app.core import db
from app.core.errors import NotFound
from app.forum.models import Following, ForumPerson, Post, Reading, Thread, Vote
from app.forum.queries import polls
from app.forum.queries.places import Place
from app.forum.queries.polls import PollView
from app.forum.queries.threads import people

PAGE = 50
CONTEXT = 3
"""How many posts stand at least above the one that an address names."""


class Clean(str):
    """HTML that `text.render` made and cleaned before it was stored; pages show it as it is."""

    def __html__(self) -> str:
        return self


@dataclass(frozen=True)
class PostView:
    """A post as its page shows it. `under`: it stands below its branch; `answers`: the number it replies to, when that is not clear."""

    post: Post
    author: ForumPerson | None
    verified: bool
    vote: int
    under: bool
    answers: int | None
    accepted: bool
    starter: bool
    poll: PollView | None = None

    @property
    def html(self) -> Clean:
        return Clean(self.post.html)


@dataclass(frozen=True)
class ThreadPage:
    """`first` and `last` are the numbers of the posts shown; `earlier` and `later` say whether there are more. `people`: who began
    the thread and who wrote these posts, by the person's id."""

    thread: Thread
    posts: list[PostView]
    earlier: bool
    later: bool
    read: int
    level: str | None
    people: dict[UUID, ForumPerson] = field(default_factory=dict)

    @property
    def starter(self) -> ForumPerson | None:
        return self.people.get(self.thread.author_id)

    @property
    def voices(self) -> list[ForumPerson]:
        """Those who wrote in the thread, the last ones first, as far as it keeps them."""
        return [self.people[one] for one in self.thread.voices if one in self.people]

    @property
    def first(self) -> int:
        return min((one.post.number for one in self.posts), default=1)

    @property
    def last(self) -> int:
        return max((one.post.number for one in self.posts), default=0)

    @property
    def path(self) -> str:
        return f"/threads/{self.thread.id}"


def thread(place: Place, thread_id: UUID) -> Thread:
    """As this person may see it: what waits or was hidden only by its author and the team. Raises NotFound."""
    row = db.get(Thread, thread_id)
    if row.merged_id is not None:
        raise NotFound
    if row.state != "visible" and not place.team and row.author_id != place.user_id:
        raise NotFound
    return row


def post(place: Place, post_id: UUID) -> Post:
    """Like `thread`; NotFound also for one in a thread that cannot be seen."""
    row = db.get(Post, post_id)
    if row.state != "visible" and not place.team and row.author_id != place.user_id:
        raise NotFound
    thread(place, row.thread_id)
    return row


def page(place: Place, of: Thread, *, after: int = 0, before: int = 0, at: int = 0, limit: int = PAGE) -> ThreadPage:
    """Posts by number: those after `after`, or the last ones before `before`, or those among which `at` stands."""
    shown = select(Post).where(Post.thread_id == of.id, *_seen(place))
    if before:
        last = shown.where(Post.number < before).order_by(Post.number.desc()).limit(limit + 1)
        found = list(db.session().scalars(last))
        earlier, found, later = len(found) > limit, found[:limit][::-1], True
    else:
        start = _start(of, at, limit) if at else after
        found = list(db.session().scalars(shown.where(Post.number > start).order_by(Post.number).limit(limit + 1)))
        later, found, earlier = len(found) > limit, found[:limit], start > 0
    known = people({row.author_id for row in found} | {of.author_id, *of.voices})
    return ThreadPage(of, views(place, of, found, known), earlier, later, *_mine(place, of), known)


def _start(of: Thread, at: int, limit: int) -> int:
    """After which number the page begins on which `at` stands: at least half of it comes from there on, and a few posts stand above."""
    if max(of.last_number, at) <= limit:
        return 0
    half = max(limit // 2, 1)
    start = (at - 1) // half * half
    return max(start - CONTEXT, 0) if at - start <= CONTEXT else start


def numbered(place: Place, of: Thread, numbers: Sequence[int]) -> list[PostView]:
    """Posts of these numbers that this person may see, in the order of reading."""
    if not numbers:
        return []
    shown = select(Post).where(Post.thread_id == of.id, Post.number.in_(numbers), *_seen(place)).order_by(Post.number)
    return views(place, of, list(db.session().scalars(shown)))


def alone(place: Place, of: Thread, row: Post) -> ThreadPage:
    """A page of this one post, which the person may see."""
    return ThreadPage(of, views(place, of, [row]), False, False, 0, None)


def _seen(place: Place) -> list[Any]:
    """Everybody sees a gap where a post was taken back; the team sees what was there, authors their own that wait."""
    if place.team:
        return []
    return [or_(Post.state == "visible", and_(Post.author_id == place.owner_id, Post.state.in_(("waiting", "hidden"))))]


def _mine(place: Place, of: Thread) -> tuple[int, str | None]:
    if place.user_id is None:
        return 0, None
    read = select(Reading.number).where(Reading.user_id == place.user_id, Reading.thread_id == of.id)
    level = select(Following.level).where(Following.user_id == place.user_id, Following.thread_id == of.id)
    row = db.session().execute(select(read.scalar_subquery(), level.scalar_subquery())).one()
    return row[0] or 0, row[1]


def views(
    place: Place, of: Thread, posts: Sequence[Post], known: dict[UUID, ForumPerson] | None = None
) -> list[PostView]:
    """In the order of reading: by branch where the branch is on this page, two levels deep; four statements whatever the length.
    `known`: their authors, when they were asked for already."""
    known = people({row.author_id for row in posts}) if known is None else known
    verified = buyers(place, {row.author_id for row in posts})
    votes = _votes(place, [row.id for row in posts])
    asked = polls.of(place, [row.id for row in posts])
    numbers = {row.id: row.number for row in posts}
    heads = {row.number for row in posts}
    outside = _numbers({row.parent_id for row in posts if row.parent_id} - set(numbers))
    ordered = sorted(posts, key=lambda row: (row.branch if row.branch in heads else row.number, row.number))
    above = {**numbers, **outside}
    made = []
    for row in ordered:
        under = row.branch != row.number and row.branch in heads
        parent = above.get(row.parent_id) if row.parent_id else None
        clear = parent is None or parent == 1 or (under and parent == row.branch)
        made.append(
            PostView(
                row,
                known.get(row.author_id),
                row.author_id in verified,
                votes.get(row.id, 0),
                under,
                None if clear else parent,
                row.id == of.accepted_id,
                row.author_id == of.author_id,
                asked.get(row.id),
            )
        )
    return made


def _numbers(ids: set[Any]) -> dict[Any, int]:
    if not ids:
        return {}
    return {row.id: row.number for row in db.session().execute(select(Post.id, Post.number).where(Post.id.in_(ids)))}


def _votes(place: Place, ids: Sequence[UUID]) -> dict[UUID, int]:
    if place.user_id is None or not ids:
        return {}
    mine = select(Vote.post_id, Vote.value).where(Vote.user_id == place.user_id, Vote.post_id.in_(ids))
    return {row.post_id: row.value for row in db.session().execute(mine)}


def buyers(place: Place, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these people bought something here and still have it: that much of other people's orders may be known."""
    wanted = select(Grant.buyer_id).where(Grant.buyer_id.in_(list(ids)), active()).distinct()
    with db.workspace(place.workspace_id) as session:
        return set(session.scalars(wanted))
