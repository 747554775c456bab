"""What the forum does about its own news: tell those whom it concerns. Runs in the workspace's scope, after the commit."""

from collections.abc import Iterable
from uuid import UUID

from app.core import db
from app.forum import text
from app.forum.actions import queueing
from app.forum.events import PostWritten, QueueChanged, ThreadStarted
from app.forum.models import ForumPerson, Post, Thread
from app.forum.queries import hearing, threads
from app.notifications import actions as notifications


def on_thread_started(event: ThreadStarted) -> None:
    """Those who follow its category, and those whom it calls."""
    _tell(event.thread_id, event.post_id)


def on_post_written(event: PostWritten) -> None:
    """Those whom it calls, those whom it answers, and those who follow, each once."""
    _tell(event.thread_id, event.post_id)


def on_queue_changed(_: QueueChanged) -> None:
    """What somebody decided is news for nobody of the team any more."""
    queueing.settle()


def _tell(thread_id: UUID, post_id: UUID) -> None:
    thread, post = db.get(Thread, thread_id), db.get(Post, post_id)
    if post.state != "visible" or thread.state != "visible":
        return
    author = threads.people([post.author_id])[post.author_id]
    heard = {post.author_id}
    for kind, people in _concerned(thread, post):
        fresh = hearing.admitted(thread.category_id, set(people) - heard)
        heard |= fresh
        if fresh:
            _say(fresh, kind, thread, post, author)


def _concerned(thread: Thread, post: Post) -> Iterable[tuple[str, set[UUID]]]:
    """Kinds of news and whom they would reach, the most personal first."""
    called = text.render(post.body).mentions
    levels = hearing.levels(thread)
    silent = {who for who, level in levels.items() if level in ("nothing", "mute")}
    yield "forum.mention", hearing.with_handles(called) - silent
    if post.number > 1:
        yield "forum.reply", hearing.answered(thread, post, levels) - silent
    yield "forum.followed", {who for who, level in levels.items() if level == "everything"}


def _say(people: set[UUID], kind: str, thread: Thread, post: Post, author: ForumPerson) -> None:
    notifications.tell_all(
        people,
        kind,
        f"thread:{thread.id}",
        title=thread.title,
        words=post.excerpt,
        path=f"/threads/{thread.id}?at={post.number}#post-{post.number}",
        actor=author.name,
        workspace_id=thread.workspace_id,
    )
