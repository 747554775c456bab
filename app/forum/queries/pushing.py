"""What may be told of a thread to many readers at once: asked once for all of them. In the workspace's scope."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from app.core import db
from app.core.permissions import Permission, allowed
from app.forum.models import ForumCategory, Poll, Post, Thread
from app.forum.queries import hearing, places, posts
from app.forum.queries.places import Place
from app.forum.queries.posts import PostView
from app.workspaces.models import Member


@dataclass(frozen=True)
class Look:
    """`audience`: who of those asked about may read it, None for everybody. `view`: the post as everybody sees it, None when
    readers see it differently and each asks for their own."""

    audience: frozenset[UUID] | None
    place: Place | None = None
    thread: Thread | None = None
    view: PostView | None = None


def look(thread_id: UUID, post_id: UUID | None, people: Collection[UUID]) -> Look:
    """A thread, one of its posts, and who of `people` may read them now."""
    thread = db.find(Thread, thread_id)
    if thread is None:
        return Look(frozenset())
    place = places.of_workspace(thread.workspace_id, None, False)
    post = db.find(Post, post_id) if post_id else None
    view = posts.views(place, thread, [post])[0] if post and _same_for_all(thread, post) else None
    return Look(_audience(thread, people), place, thread, view)


def _same_for_all(thread: Thread, post: Post) -> bool:
    """What waits or was taken back looks different to its author and the team, a poll to each who voted."""
    seen = thread.state == post.state == "visible" and post.thread_id == thread.id
    return seen and not db.session().scalar(select(exists().where(Poll.post_id == post.id)))


def entrants(category_id: UUID, people: Collection[UUID]) -> frozenset[UUID] | None:
    """Who of these may enter a category now; None for everybody."""
    category = db.find(ForumCategory, category_id)
    if category is None:
        return frozenset()
    if category.audience == "public" and category.archived_at is None:
        return None
    return frozenset(hearing.admitted(category_id, people))


def _audience(thread: Thread, people: Collection[UUID]) -> frozenset[UUID] | None:
    """Pages of a merged thread are told the way to the other, if their readers may go there."""
    if thread.merged_id is not None:
        return _audience(db.get(Thread, thread.merged_id), people)
    if thread.state == "visible":
        return entrants(thread.category_id, people)
    members = select(Member.user_id, Member.role).where(Member.user_id.in_(people), Member.removed_at.is_(None))
    found = db.session().execute(members)
    team = {row.user_id for row in found if allowed(row.role, Permission.FORUM_POST_MODERATE)}
    return frozenset(team | ({thread.author_id} & set(people)))
