"""What feeds and sitemaps tell: only what everybody may read. In the scope of a community's visitor who is nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from app.core import db
from app.core.errors import NotFound
from app.forum.models import Community, ForumCategory, ForumPerson, Moderation, Post, Thread
from app.forum.queries.filters import tagged
from app.forum.queries.threads import people

NEWEST = 40
SITEMAP = 45_000
"""Addresses in one file; the protocol allows 50,000."""


@dataclass(frozen=True)
class Told:
    """A post or thread with its author's name, as a feed tells it."""

    thread: Thread
    post: Post | None
    author: str


def threads(category: ForumCategory | None, tag: str) -> list[Told]:
    """Threads by their newest post, each with its first one."""
    wanted = _public().order_by(Thread.last_post_at.desc(), Thread.id.desc()).limit(NEWEST)
    if category is not None:
        wanted = wanted.where(Thread.category_id == category.id)
    if tag:
        wanted = wanted.where(tagged(tag))
    rows = db.session().scalars(wanted).all()
    firsts = select(Post).where(Post.thread_id.in_([row.id for row in rows]), Post.number == 1)
    first = {post.thread_id: post for post in db.session().scalars(firsts.where(Post.state == "visible"))}
    known = people({row.author_id for row in rows})
    return [Told(row, first.get(row.id), _name(known, row.author_id)) for row in rows]


def posts(thread: Thread) -> list[Told]:
    """The newest posts of a thread, newest first."""
    wanted = select(Post).where(Post.thread_id == thread.id, Post.state == "visible")
    rows = db.session().scalars(wanted.order_by(Post.number.desc()).limit(NEWEST)).all()
    known = people({row.author_id for row in rows})
    return [Told(thread, row, _name(known, row.author_id)) for row in rows]


def _name(known: Mapping[UUID, ForumPerson], author_id: UUID) -> str:
    person = known.get(author_id)
    return person.name if person else "Somebody"


def thread(thread_id: UUID) -> Thread:
    """One that everybody may read. Raises NotFound."""
    row = db.session().scalars(_public().where(Thread.id == thread_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def category(slug: str) -> ForumCategory:
    """One that everybody may enter. Raises NotFound."""
    row = db.session().scalars(_categories().where(ForumCategory.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    return row


def moderation() -> list[tuple[Moderation, str]]:
    """The newest decisions, with the title of the thread where everybody may know it."""
    rows = list(db.session().scalars(select(Moderation).order_by(Moderation.id.desc()).limit(NEWEST)))
    found = db.session().scalars(_public().where(Thread.id.in_({row.thread_id for row in rows})))
    titles = {row.id: row.title for row in found}
    return [(row, titles.get(row.thread_id, "") if row.thread_id else "") for row in rows]


def _categories() -> Select[ForumCategory]:
    return select(ForumCategory).where(ForumCategory.audience == "public", ForumCategory.archived_at.is_(None))


def _public() -> Select[Thread]:
    """The policies let a nobody see no other categories; naming them keeps it so for whoever reads in another scope."""
    shelves = select(ForumCategory.id).where(ForumCategory.audience == "public", ForumCategory.archived_at.is_(None))
    return select(Thread).where(Thread.state == "visible", Thread.category_id.in_(shelves))


def sitemap(after: UUID | None) -> tuple[list[ForumCategory], Sequence[tuple[UUID, datetime]]]:
    """Categories (on the first page alone), and id and last change of threads behind `after`, by id."""
    shelves = list(db.session().scalars(_categories().order_by(ForumCategory.id))) if after is None else []
    wanted = _public().with_only_columns(Thread.id, Thread.last_post_at).order_by(Thread.id).limit(SITEMAP)
    if after is not None:
        wanted = wanted.where(Thread.id > after)
    return shelves, [(row[0], row[1]) for row in db.session().execute(wanted)]


def sitemap_pages() -> list[UUID | None]:
    """Where each page of a community's sitemap begins: behind this thread, None for the first."""
    total = db.session().scalar(select(func.coalesce(func.sum(ForumCategory.threads), 0)))
    if not total or total <= SITEMAP:
        return [None]
    place = func.row_number().over(order_by=Thread.id)
    ranked = _public().with_only_columns(Thread.id.label("id"), place.label("place")).subquery()
    ends = select(ranked.c.id).where(ranked.c.place % SITEMAP == 0).order_by(ranked.c.id)
    return [None, *db.session().scalars(ends)]


def communities() -> list[Community]:
    """All, in the public scope."""
    return list(db.session().scalars(select(Community).order_by(Community.id).limit(5_000)))
