"""Votes: one per person and post; a post's score is changed by what the vote changed, in the same transaction."""

from sqlalchemy import select, update

from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit
from app.forum.actions import people
from app.forum.actions.posts import fact
from app.forum.actions.writing import writing
from app.forum.events import PostVoted
from app.forum.models import ForumPerson, Post, Thread, Vote


class OwnPost(Refused):
    message = "This is your own post; others decide about it. Nothing was changed."


def vote(actor: Actor, post: Post, value: int) -> int:
    """1, -1, or 0 to take it back. Returns the post's score. Voting the same twice changes nothing."""
    if value not in (1, 0, -1):
        raise Refused("Vote for it or against it. Nothing was changed.")
    with writing():
        return _vote(people.writer(actor), post, value)


def _vote(person: ForumPerson, post: Post, value: int) -> int:
    if post.author_id == person.user_id:
        raise OwnPost
    mine = select(Vote).where(Vote.post_id == post.id, Vote.user_id == person.user_id).with_for_update()
    row = db.session().scalars(mine.execution_options(populate_existing=True)).one_or_none()
    moved = value - (row.value if row else 0)
    if row is None and value:
        db.add(Vote(post_id=post.id, user_id=person.user_id, value=value))
    elif row is not None and value:
        row.value = value
    elif row is not None:
        db.session().delete(row)
    return _count(post, moved) if moved else post.score


def _count(post: Post, moved: int) -> int:
    """The person's row is locked, so the same person's votes wait for each other; others' meet at the post."""
    counted = update(Post).where(Post.id == post.id).values(score=Post.score + moved).returning(Post.score)
    score = db.session().execute(counted.execution_options(synchronize_session=False)).scalar_one()
    if post.number == 1:
        first = update(Thread).where(Thread.id == post.thread_id).values(score=Thread.score + moved)
        db.session().execute(first.execution_options(synchronize_session=False))
    db.session().expire(post, ["score"])
    emit(PostVoted(**fact(post), score=int(score)))
    return int(score)
