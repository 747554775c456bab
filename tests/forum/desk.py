"""What tests of moderation do again and again."""

from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.core.outbox import OutboxEvent
from app.forum.actions import flagging
from app.forum.models import ForumCategory, Post, Thread
from app.notifications.models import InboxItem
from tests.forum.conftest import Town, actor


def desk(town: Town) -> str:
    return f"/w/{town.world.north.slug}/forum"


def visitor(client: Any) -> Any:
    """A browser of nobody, whoever is signed in with the other one."""
    return client.application.test_client()


def told(person: Any, kind: str = "forum.moderation") -> list[str]:
    """What stands in somebody's inbox, newest first."""
    with db.buyer(person.id) as session:
        wanted = select(InboxItem.words).where(InboxItem.kind == kind).order_by(InboxItem.updated_at.desc())
        return list(session.scalars(wanted))


def emitted(name: str) -> int:
    with db.system("test world") as session:
        found = session.scalar(select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name == f"forum.{name}"))
    return int(found or 0)


def exact(town: Town) -> None:
    """Counts are what can be seen, whatever happened before."""
    with db.workspace(town.world.north.id) as session:
        session.expire_all()
        seen = select(Post.thread_id, func.count(), func.max(Post.number)).where(Post.state == "visible")
        posts = {row[0]: (row[1], row[2]) for row in session.execute(seen.group_by(Post.thread_id))}
        for thread in session.scalars(select(Thread)):
            assert (thread.posts, thread.last_number) == posts.get(thread.id, (0, 0)), thread.title
        shown = select(Thread.category_id, func.count()).where(Thread.state == "visible").group_by(Thread.category_id)
        threads = {row[0]: row[1] for row in session.execute(shown)}
        for category in session.scalars(select(ForumCategory)):
            assert category.threads == threads.get(category.id, 0), category.name


def flag(town: Town, person: Any, post: Post, reason: str = "spam", trust: int = 1, words: str = "") -> None:
    town.trust(person, trust)
    with town.inside(person):
        flagging.flag(actor(person), db.get(Post, post.id), reason, words)
