"""Who wants to hear of a post, and who may. In the workspace's scope."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from app.access.models import Grant
from app.access.queries import active
from app.core import db
from app.forum.models import CategoryProduct, Following, ForumCategory, ForumPerson, Post, Thread
from app.forum.queries import hiding, threads
from app.workspaces.models import Member


def levels(thread: Thread) -> dict[UUID, str]:
    """What people chose for the thread, else for its category; one of whose tags they hide is muted, unless it is their own."""
    either = or_(Following.thread_id == thread.id, Following.category_id == thread.category_id)
    rows = db.session().execute(select(Following.user_id, Following.level, Following.thread_id).where(either)).all()
    chosen = {row.user_id: row.level for row in rows if row.thread_id is None}
    chosen |= dict.fromkeys(hiding.hiders(thread), "mute")
    return chosen | {row.user_id: row.level for row in rows if row.thread_id is not None}


def writers(thread: Thread, since: int) -> set[UUID]:
    """Whose words stand in the thread from this number on."""
    return set(
        db.session().scalars(
            select(Post.author_id).where(Post.thread_id == thread.id, Post.number >= since, Post.state != "deleted")
        )
    )


def with_handles(handles: Collection[str]) -> set[UUID]:
    """The people whom an @ calls."""
    if not handles:
        return set()
    return set(db.session().scalars(select(ForumPerson.user_id).where(ForumPerson.handle.in_(handles))))


def answered(thread: Thread, post: Post, chosen: dict[UUID, str]) -> set[UUID]:
    """Whose words this post answers: who wrote the post above it, and who asked, unless they only want to be called."""
    parent = db.session().scalar(select(Post.author_id).where(Post.id == post.parent_id)) if post.parent_id else None
    asker = {thread.author_id} if chosen.get(thread.author_id, "everything") == "everything" else set()
    return asker | ({parent} if parent else set())


def admitted(category_id: UUID, people: Collection[UUID]) -> set[UUID]:
    """Those of them who may enter the category now; the same rule as its policy's, for many at once."""
    if not people:
        return set()
    category = db.get(ForumCategory, category_id)
    team = set(
        db.session().scalars(select(Member.user_id).where(Member.user_id.in_(people), Member.removed_at.is_(None)))
    )
    if category.audience == "public" and category.archived_at is None:
        return set(people)
    if category.audience == "team" or category.archived_at is not None:
        return team
    return team | _holders(category, people)


def _holders(category: ForumCategory, people: Collection[UUID]) -> set[UUID]:
    wanted = select(Grant.buyer_id).where(Grant.buyer_id.in_(people), active())
    if category.audience == "buyers":
        products = select(CategoryProduct.product_id).where(CategoryProduct.category_id == category.id)
        wanted = wanted.where(Grant.product_id.in_(products))
    return set(db.session().scalars(wanted.distinct()))


def closing(buyer_id: UUID, sources: Collection[UUID]) -> list[str]:
    """Names of the rooms that this buyer would no longer enter once the grants from these order lines ended. The team stays in."""
    if db.session().scalar(select(Member.id).where(Member.user_id == buyer_id, Member.removed_at.is_(None))):
        return []
    mine = select(Grant.product_id, Grant.source_id).where(Grant.buyer_id == buyer_id, active())
    rows = db.session().execute(mine).all()
    held, kept = {row.product_id for row in rows}, {row.product_id for row in rows if row.source_id not in sources}
    rooms = list(db.session().scalars(select(ForumCategory).where(ForumCategory.archived_at.is_(None))))
    gone = threads.opened(held, rooms) - threads.opened(kept, rooms)
    return sorted(room.name for room in rooms if room.id in gone)
