"""Starting threads, and what becomes of them as a whole."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import update

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.core.outbox import emit
from app.forum import text
from app.forum.actions import deciding, people, placing, posts, screening
from app.forum.actions.placing import first_of as first_of
from app.forum.actions.writing import writing
from app.forum.events import ThreadStarted
from app.forum.models import ForumCategory, ForumPerson, Post, Thread
from app.notifications import actions as notifications


class MayNotStart(people.MayNotWrite):
    message = "Only the team starts threads here. Nothing was posted; your text is still in the box."


def start(
    actor: Actor, category: ForumCategory, title: str, body: str, tags: Sequence[str] = (), *, key: str | None = None
) -> Thread:
    """A thread and its first post; the same `key` twice is one. Raises BadText, MayNotWrite, MayNotStart, NotFound."""
    with writing():
        person = people.writer(actor)
        if known := posts.sent_before(person, key):
            return db.get(Thread, known.thread_id)
        named, rendered, tagged = text.title(title), text.render(body, mentioned=posts.called), text.tags(tags)
        if category.archived_at is not None:
            raise NotFound
        if category.writes == "team" and not person.team:
            raise MayNotStart
        verdict = screening.judge(person, text.tidy(body), rendered)
        thread = db.add(
            Thread(
                state="waiting" if verdict.held_for else "visible",
                category_id=category.id,
                author_id=person.user_id,
                title=named,
                slug=slug(named),
                excerpt=rendered.plain,
                tags=tagged,
            )
        )
        first = posts.add(person, thread, text.tidy(body).strip(), rendered, key=key, verdict=verdict)
        if verdict.held_for:
            deciding.waits(first)
            return thread
        count(category, 1)
        emit(ThreadStarted(**posts.fact(first)))
        return thread


def count(category: ForumCategory, difference: int) -> None:
    """Threads that can be seen in a category, one more or fewer."""
    values = {"threads": ForumCategory.threads + difference}
    if difference > 0:
        values["last_post_at"] = db.now()  # type: ignore[assignment]
    counted = update(ForumCategory).where(ForumCategory.id == category.id).values(**values)
    db.session().execute(counted.execution_options(synchronize_session=False))


def set_state(actor: Actor, thread: Thread, state: str, verb: str) -> None:
    """Show, hide or delete a thread with everything in it. In the workspace's scope; the caller has proven that they may."""
    if placing.put_thread(thread, state):
        audit.record(actor, verb, thread, title=thread.title)
        posts.changed(first_of(thread))


def take_back(actor: Actor, thread: Thread) -> None:
    """Its author may delete a thread that nobody else wrote in; the team any. Raises NotYours, Refused."""
    with writing():
        person = people.writer(actor)
        if person.team or (thread.author_id == person.user_id and set(thread.voices) <= {person.user_id}):
            set_state(actor, thread, "deleted", "forum.delete_thread")
            deciding.moved()
        elif thread.author_id == person.user_id:
            raise Refused("Others have replied, so the thread stays. You can ask the team. Nothing was changed.")
        else:
            raise posts.NotYours


def accept(actor: Actor, thread: Thread, post: Post | None) -> None:
    """Mark the reply that answers the thread, or none. Raises NotYours unless the asker or the team does it; NotFound."""
    with writing():
        person, thread = people.writer(actor), db.lock(thread)
        if thread.author_id != person.user_id and not person.team:
            raise posts.NotYours("Only who asked and the team choose the answer. Nothing was changed.")
        if post is not None and (post.thread_id != thread.id or post.number == 1 or post.state != "visible"):
            raise NotFound
        before, thread.accepted_id = thread.accepted_id, post.id if post else None
        if before != thread.accepted_id:
            audit.record(actor, "forum.accept_answer", thread, post_id=thread.accepted_id)
            posts.changed(post or first_of(thread))
            if post is not None and post.author_id != person.user_id:
                _thank(person, thread, post)


def _thank(person: ForumPerson, thread: Thread, post: Post) -> None:
    notifications.tell(
        post.author_id,
        "forum.accepted",
        f"answer:{post.id}",
        title=thread.title,
        words=post.excerpt,
        path=f"/threads/{thread.id}?at={post.number}#post-{post.number}",
        actor=person.name,
        workspace_id=thread.workspace_id,
    )


def slug(title: str) -> str:
    """What stands in the address for people; the id decides."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "thread"
