"""What the team decides about posts and threads. Two who decide at once make one decision: the second is told."""

from sqlalchemy import select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, Refused
from app.core.outbox import emit
from app.forum.actions import barring, deciding, people, placing
from app.forum.actions.posts import NotYours, changed, fact
from app.forum.actions.writing import writing
from app.forum.decisions import because
from app.forum.events import PostWritten, ThreadStarted
from app.forum.models import Flag, ForumPerson, Moderation, Post, Thread


class Decided(Conflict):
    message = (
        "Somebody of the team has decided this already, or the post changed meanwhile. Nothing was changed by you."
    )


def moderator(actor: Actor) -> ForumPerson:
    """The actor, locked. Raises NotYours for everybody who does not moderate here."""
    person = people.writer(actor)
    if not person.team:
        raise NotYours("Only the team decides about posts of others. Nothing was changed.")
    return person


def approve(actor: Actor, post: Post, version: int | None = None) -> None:
    """A post that waits can be seen, in its place; one that was flagged stays. Raises Decided, NotYours."""
    with writing():
        moderator(actor)
        post = _open(post, version)
        fresh = post.state == "waiting" and post.held_for != "flags"
        waited = post.state == "waiting"
        if waited:
            placing.put(post, "visible")
        flaggers = deciding.settle_flags(post, agreed=False)
        audit.record(actor, "forum.approve_post", post, number=post.number)
        deciding.tell_flaggers(flaggers, post, agreed=False)
        deciding.moved()
        if fresh:
            _appear(post)
        else:
            changed(post)
        if waited and post.author_id != actor.user_id:
            deciding.tell_author(post, "The team approved your post. Everybody who may enter can see it now.")


def _appear(post: Post) -> None:
    """Others see it for the first time."""
    placing.rise(db.get(Thread, post.thread_id))
    db.session().flush()
    emit(ThreadStarted(**fact(post)) if post.number == 1 else PostWritten(**fact(post)))


def hide(actor: Actor, post: Post, reason: str, words: str = "", version: int | None = None) -> Moderation:
    """Out of sight for all but its author and the team; refused, when it waited for approval. Raises Decided, NotYours."""
    with writing():
        moderator(actor)
        return _hide(actor, post, because(reason, words), version)


def _hide(actor: Actor, post: Post, reason: str, version: int | None) -> Moderation:
    post = _current(post, version)
    if post.state not in ("visible", "waiting"):
        raise Decided
    refused = post.state == "waiting" and post.held_for != "flags"
    placing.put(post, "hidden")
    changed(post)
    return _agree(actor, "refuse_post" if refused else "hide_post", post, reason)


def show(actor: Actor, post: Post, reason: str = "", *, tells: bool = True) -> None:
    """What was hidden or deleted can be seen again. Raises Decided when it can be seen already, NotYours."""
    with writing():
        moderator(actor)
        post = db.lock(post)
        if post.state not in ("hidden", "deleted"):
            raise Decided
        placing.put(post, "visible")
        changed(post)
        _log(actor, "show_post", post, reason, tells)


def warn(actor: Actor, post: Post, reason: str, words: str = "", version: int | None = None) -> Moderation:
    """The post can be seen, and its author hears what was wrong with it. Raises Decided, Refused for the team's own."""
    with writing():
        moderator(actor)
        barring.not_of_team(post.author_id)
        post = _current(post, version)
        if post.state not in ("visible", "waiting"):
            raise Decided
        fresh = post.state == "waiting" and post.held_for != "flags"
        if post.state == "waiting":
            placing.put(post, "visible")
        if fresh:
            _appear(post)
        else:
            changed(post)
        return _agree(actor, "warn", post, because(reason, words))


def delete(actor: Actor, post: Post, reason: str, words: str = "") -> Moderation:
    """A reply of somebody else is deleted, with a reason. Raises Decided, Refused for a first post, NotYours."""
    with writing():
        moderator(actor)
        post = db.lock(post)
        if post.number == 1:
            raise Refused("The first post goes with its thread. Nothing was changed.")
        if post.state == "deleted":
            raise Decided
        placing.put(post, "deleted")
        changed(post)
        return _agree(actor, "delete_post", post, because(reason, words))


def bar_author(actor: Actor, post: Post, length: str, reason: str, words: str = "", version: int | None = None) -> None:
    """Hide a post and keep its author from writing for a while; longer than a fellow chose before, never shorter.

    Raises Decided, Refused for a member of the team.
    """
    with writing():
        moderator(actor)
        person = barring.lock(post.author_id)
        _hide(actor, post, because(reason, words), version)
        if barring.longer(person, length):
            barring.bar(actor, post.author_id, length, reason, words)


def decide_thread(
    actor: Actor, thread: Thread, verb: str, reason: str = "", words: str = "", *, tells: bool = True
) -> None:
    """Hide, show, delete, restore, pin, unpin, lock or unlock a thread. Raises Decided when it is so already, NotYours."""
    with writing():
        moderator(actor)
        if not (_place(thread, verb) if verb in STATES else _mark(thread, verb)):
            raise Decided(f"{ALREADY[verb]} Somebody of the team was quicker; nothing was changed by you.")
        said = because(reason, words) if reason else " ".join(words.split())
        subject = thread.author_id if verb not in ("pin_thread", "unpin_thread") else None
        first = placing.first_of(thread)
        changed(first)
        gone = STATES.get(verb) in ("hidden", "deleted")
        flaggers = deciding.settle_flags(first, agreed=True) if gone else []
        deciding.log(actor, verb, reason=said, thread=thread, subject_id=subject, tells=tells)
        deciding.tell_flaggers(flaggers, first, agreed=True)


STATES = {"hide_thread": "hidden", "show_thread": "visible", "delete_thread": "deleted", "restore_thread": "visible"}
FROM = {"hide_thread": {"visible", "waiting"}, "show_thread": {"hidden"}, "restore_thread": {"deleted"},
        "delete_thread": {"visible", "waiting", "hidden"}}  # fmt: skip
"""Each decision about a thread's state, and the states it was meant for: two who decide at once do not undo each other."""
ALREADY = {
    "hide_thread": "This thread is out of sight already.",
    "show_thread": "This thread is not hidden any more.",
    "delete_thread": "This thread was deleted already.",
    "restore_thread": "This thread is not deleted any more.",
    "pin_thread": "This thread is pinned already.",
    "unpin_thread": "This thread is not pinned any more.",
    "lock_thread": "This thread is locked already.",
    "unlock_thread": "This thread is not locked any more.",
}
MARKS = {"pin_thread": ("pinned_at", True), "unpin_thread": ("pinned_at", False), "lock_thread": ("locked_at", True),
         "unlock_thread": ("locked_at", False)}  # fmt: skip


def _place(thread: Thread, verb: str) -> bool:
    """False when somebody put it elsewhere since the moderator looked."""
    db.lock(placing.first_of(thread))  # before its thread, as everywhere
    thread = db.lock(thread)
    return thread.state in FROM[verb] and thread.merged_id is None and placing.put_thread(thread, STATES[verb])


def _mark(thread: Thread, verb: str) -> bool:
    if verb not in MARKS:
        raise NotFound
    name, on = MARKS[verb]
    thread = db.lock(thread)
    if (getattr(thread, name) is not None) == on:
        return False
    setattr(thread, name, db.now() if on else None)
    db.session().flush()
    return True


def _open(post: Post, version: int | None) -> Post:
    """The post, locked, while it waits for a decision."""
    post = _current(post, version)
    flagged = select(Flag.id).where(Flag.post_id == post.id, Flag.state == "open").limit(1)
    if post.state != "waiting" and (post.state != "visible" or db.session().scalar(flagged) is None):
        raise Decided
    return post


def _current(post: Post, version: int | None) -> Post:
    """The post, locked, as it was when the moderator looked at it."""
    post = db.lock(post)
    if version is not None and post.version != version:
        raise Decided
    return post


def _log(actor: Actor, verb: str, post: Post, reason: str, tells: bool = True) -> Moderation:
    thread = db.get(Thread, post.thread_id)
    return deciding.log(actor, verb, reason=reason, thread=thread, post=post, subject_id=post.author_id, tells=tells)


def _agree(actor: Actor, verb: str, post: Post, reason: str) -> Moderation:
    """Those who flagged it were right."""
    flaggers = deciding.settle_flags(post, agreed=True)
    row = _log(actor, verb, post, reason)
    deciding.tell_flaggers(flaggers, post, agreed=True)
    return row
