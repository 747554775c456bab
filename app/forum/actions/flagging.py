"""Doubts of readers about a post. The author never learns whose they were."""

from sqlalchemy import func, or_, select, update

from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.forum.actions import deciding, people, placing, screening
from app.forum.actions.posts import changed
from app.forum.actions.writing import writing
from app.forum.decisions import FLAG_REASONS
from app.forum.levels import FLAGS_OF_KNOWN, FLAGS_OF_TRUSTED
from app.forum.models import Flag, ForumPerson, Post, Thread

LONGEST = 500
"""Characters of the words to a flag."""


class CannotFlag(Refused):
    """There is nothing to flag, or the person has flagged it."""


def flag(actor: Actor, post: Post, reason: str, words: str = "") -> Flag:
    """One per person and post. Enough of them by people who are known hide it until the team decides. Raises CannotFlag."""
    said = " ".join(words.split())[:LONGEST]
    if reason not in FLAG_REASONS:
        raise CannotFlag("Choose a reason. Nothing was sent.", field="reason")
    if reason == "other" and not said:
        raise CannotFlag("Say in a few words what is wrong with it. Nothing was sent.", field="words")
    with writing():
        person = people.writer(actor)
        screening.settle(person)
        post = db.lock(post)
        _may_flag(person, post)
        row = db.add(Flag(post_id=post.id, user_id=person.user_id, reason=reason, words=said))
        _count(post, 1)
        if _enough(post):
            _hold(post)
        deciding.tell_team(post, FLAG_REASONS[reason])
        deciding.moved()
        return row


def _may_flag(person: ForumPerson, post: Post) -> None:
    if post.author_id == person.user_id:
        raise CannotFlag("This is your own post. You can edit or delete it. Nothing was sent.")
    if post.state != "visible":
        raise CannotFlag("This post is out of sight already. Nothing was sent.")
    if db.session().scalar(select(Flag.id).where(Flag.post_id == post.id, Flag.user_id == person.user_id)):
        raise CannotFlag("You have flagged this post already; the team sees it. Nothing was sent.")


def withdraw(actor: Actor, post: Post) -> None:
    """Take back a flag that nobody decided about yet. Raises CannotFlag."""
    with writing():
        person = people.known(actor)
        post = db.lock(post)
        mine = select(Flag).where(Flag.post_id == post.id, Flag.user_id == person.user_id, Flag.state == "open")
        row = db.session().scalars(mine).one_or_none()
        if row is None:
            raise CannotFlag("The team has decided about this flag already. Nothing was changed.")
        db.session().delete(row)
        _count(post, -1)
        deciding.moved()


def _count(post: Post, more: int) -> None:
    counted = update(Post).where(Post.id == post.id).values(flags=Post.flags + more)
    db.session().execute(counted.execution_options(synchronize_session=False))
    db.session().expire(post, ["flags"])


def _enough(post: Post) -> bool:
    """Whether the open flags hide the post; the team's own posts stay until the team decides."""
    if people.in_team(post.author_id):
        return False
    by = ForumPerson.user_id == Flag.user_id
    known = func.count().filter(or_(ForumPerson.trust >= 1, ForumPerson.team))
    trusted = func.count().filter(or_(ForumPerson.trust >= 2, ForumPerson.team))
    wanted = select(known, trusted).select_from(Flag).join(ForumPerson, by)
    some, sure = db.session().execute(wanted.where(Flag.post_id == post.id, Flag.state == "open")).one()
    return bool(some >= FLAGS_OF_KNOWN or sure >= FLAGS_OF_TRUSTED)


def _hold(post: Post) -> None:
    post.held_for = "flags"
    placing.put(post, "waiting")
    changed(post)
    several = Actor("system", "Several readers")
    thread = db.get(Thread, post.thread_id)
    deciding.log(several, "hold_post", thread=thread, post=post, subject_id=post.author_id)
