"""What the forum does about its own news: tell those whom it concerns. Runs in the workspace's scope, after the commit."""

from collections.abc import Collection, Iterable
from uuid import UUID

from app.core import db
from app.forum import text
from app.forum.actions import queueing
from app.forum.decisions import CLOSED, ELSEWHERE
from app.forum.events import PostWritten, QueueChanged, ThreadRearranged, ThreadStarted
from app.forum.models import ForumPerson, Moderation, Post, Thread
from app.forum.queries import hearing, places, threads
from app.notifications import actions as notifications


def on_thread_started(event: ThreadStarted) -> None:
    """Those who follow its category, and those whom it calls."""
    _tell(event.thread_id, event.post_id)


def on_post_written(event: PostWritten) -> None:
    """Those whom it calls, those whom it answers, and those who follow, each once."""
    _tell(event.thread_id, event.post_id)


def on_thread_rearranged(event: ThreadRearranged) -> None:
    """Whose thread was moved, or whose posts stand in another one now; who may not go there hears only that."""
    if event.change == "joined":
        return
    thread, line = db.get(Thread, event.thread_id), db.get(Moderation, event.decision_id)
    there = db.get(Thread, event.there_id)
    moved = event.change == "moved"
    people = ({there.author_id} if moved else hearing.writers(there, event.since)) - {line.actor_id}
    enter = hearing.admitted(there.category_id, people)
    words = ELSEWHERE[event.change].format(title=there.title, category=there.category.name)
    _say_moved(enter, line, thread.title, words, f"/threads/{there.id}?at={event.since}#post-{event.since}")
    log = f"{places.path_of(line.workspace_id)}/decisions#decision-{line.id}"
    _say_moved(people - enter, line, thread.title, CLOSED, log)


def _say_moved(people: Collection[UUID], line: Moderation, title: str, words: str, path: str) -> None:
    said = " ".join(one for one in (words, line.reason) if one)
    notifications.tell_all(
        people,
        "forum.moderation",
        f"decision:{line.id}",
        title=title,
        words=said,
        path=path,
        workspace_id=line.workspace_id,
    )


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
