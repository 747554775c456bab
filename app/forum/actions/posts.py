"""Writing, editing and taking back posts.

The number of a post is taken from its thread by one statement, last before the commit can follow: the lock on the thread is short, and
fifty who reply at once wait for each other for moments.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, Refused
from app.core.outbox import emit
from app.forum import text
from app.forum.actions import people
from app.forum.events import PostChanged, PostWritten
from app.forum.models import ForumCategory, ForumPerson, Post, Revision, Thread


class Locked(Refused):
    status = 409
    message = "This thread is locked. Nothing was posted; your text is still in the box."


class NotYours(Refused):
    status = 403
    message = "Only its author and the team can change this post. Nothing was changed."


def reply(actor: Actor, thread: Thread, body: str, parent: Post | None = None) -> Post:
    """Raises BadText, MayNotWrite, Locked; NotFound for a parent of another thread."""
    rendered = text.render(body)
    person = people.writer(actor)
    if thread.state == "deleted" or (parent is not None and parent.thread_id != thread.id):
        raise NotFound
    if thread.locked_at is not None and not person.team:
        raise Locked
    post = add(person, thread, text.tidy(body).strip(), rendered, parent)
    moved = update(ForumCategory).where(ForumCategory.id == thread.category_id)
    db.session().execute(moved.values(last_post_at=db.now()))
    emit(PostWritten(**fact(thread, post)))
    return post


def add(person: ForumPerson, thread: Thread, body: str, made: text.Rendered, parent: Post | None = None) -> Post:
    """Number and keep a post, and count it on its thread and its author."""
    counted = (
        update(Thread)
        .where(Thread.id == thread.id)
        .values(last_number=Thread.last_number + 1, posts=Thread.posts + 1, last_post_at=db.now())
        .returning(Thread.last_number)
    )
    number = db.session().execute(counted.execution_options(synchronize_session=False)).scalar_one()
    person.posts += 1
    return db.add(
        Post(
            thread_id=thread.id,
            category_id=thread.category_id,
            number=number,
            author_id=person.user_id,
            parent_id=parent.id if parent else None,
            body=body,
            html=made.html,
        )
    )


def edit(actor: Actor, post: Post, version: int, body: str, reason: str = "") -> None:
    """Keep what it said before. Raises BadText, NotYours, Conflict when somebody else changed it meanwhile."""
    made, post = text.render(body), db.lock(post)
    person = people.writer(actor)
    if post.author_id != person.user_id and not person.team:
        raise NotYours
    if post.version != version:
        raise Conflict
    fresh = text.tidy(body).strip()
    if fresh == post.body:
        return
    db.add(Revision(post_id=post.id, editor_id=person.user_id, body=post.body, reason=text.tidy(reason).strip()[:200]))
    post.body, post.html, post.edited_at = fresh, made.html, db.now()
    _changed(post)


def take_back(actor: Actor, post: Post) -> None:
    """Delete softly: its place stays, its words are for the team. Raises NotYours; a first post goes with its thread."""
    _set_state(actor, post, "deleted", "forum.delete_post")


def restore(actor: Actor, post: Post) -> None:
    _set_state(actor, post, "visible", "forum.restore_post")


def _set_state(actor: Actor, post: Post, state: str, verb: str) -> None:
    post = db.lock(post)
    person = people.writer(actor)
    if post.author_id != person.user_id and not person.team:
        raise NotYours
    if post.number == 1:
        raise Refused("The first post goes with its thread. Nothing was changed.")
    if post.state == state:
        return
    shown = int(state == "visible") - int(post.state == "visible")
    post.state = state
    counted = update(Thread).where(Thread.id == post.thread_id).values(posts=Thread.posts + shown)
    db.session().execute(counted.execution_options(synchronize_session=False))
    audit.record(actor, verb, post, number=post.number)
    _changed(post)


def _changed(post: Post) -> None:
    db.session().flush()
    emit(PostChanged(**fact(db.get(Thread, post.thread_id), post)))


def fact(thread: Thread, post: Post) -> dict[str, Any]:
    ids: dict[str, UUID] = {"workspace_id": thread.workspace_id, "category_id": thread.category_id}
    return {**ids, "thread_id": thread.id, "post_id": post.id, "number": post.number}
