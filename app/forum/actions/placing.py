"""Posts and threads come into sight and go out of it; whatever counts them follows in the same transaction.

Locks are taken in one order: post, thread, category. In the workspace's scope; the caller has proven that it may be done.
"""

from typing import Any

from sqlalchemy import func, select, update

from app.core import db
from app.forum.models import ForumCategory, Post, Thread

VOICES = 5


def put(post: Post, state: str) -> None:
    """The post is in this state, and with a first post its thread."""
    post = db.lock(post)
    thread = db.lock(db.get(Thread, post.thread_id))
    _show(post, state)
    if post.number == 1:
        _show_thread(thread, state)
    follow(thread)


def put_thread(thread: Thread, state: str) -> bool:
    """The thread is in this state with everything in it. False when it was already."""
    first = db.lock(first_of(thread))
    thread = db.lock(thread)
    if thread.state == state:
        return False
    _show_thread(thread, state)
    if state == "visible":
        _show(first, "visible")
    elif first.state == "waiting":
        _show(first, "hidden")
    follow(thread)
    return True


def first_of(thread: Thread) -> Post:
    """The post it begins with."""
    return db.session().scalars(select(Post).where(Post.thread_id == thread.id, Post.number == 1)).one()


def rise(thread: Thread) -> None:
    """To the top of the lists: something in it can be seen for the first time."""
    thread.last_post_at = db.now()
    _count(ForumCategory, thread.category_id, last_post_at=db.now())


def _show(post: Post, state: str) -> None:
    shown = int(state == "visible") - int(post.state == "visible")
    post.state = state
    if state == "visible":
        post.held_for = ""
    db.session().flush()
    if shown:
        _count(Thread, post.thread_id, posts=Thread.posts + shown)


def _show_thread(thread: Thread, state: str) -> None:
    shown = int(state == "visible") - int(thread.state == "visible")
    thread.state = state
    db.session().flush()
    if shown:
        _count(ForumCategory, thread.category_id, threads=ForumCategory.threads + shown)


def _count(model: Any, id: Any, **values: Any) -> None:
    counted = update(model).where(model.id == id).values(**values)
    db.session().execute(counted.execution_options(synchronize_session=False))


def follow(thread: Thread) -> None:
    """Its newest number, its voices and its answer are of posts that can be seen. The thread is locked."""
    db.session().flush()
    db.session().refresh(thread)
    seen = Post.thread_id == thread.id, Post.state == "visible"
    newest = select(func.max(Post.number), func.max(Post.created_at)).where(*seen)
    number, moment = db.session().execute(newest).one()
    thread.last_number = number or 0
    thread.last_post_at = moment or thread.created_at
    by = select(Post.author_id).where(*seen).group_by(Post.author_id).order_by(func.max(Post.number).desc())
    thread.voices = list(db.session().scalars(by.limit(VOICES)))
    answer = db.find(Post, thread.accepted_id) if thread.accepted_id else None
    if answer is None or answer.state != "visible":
        thread.accepted_id = None
    db.session().flush()
