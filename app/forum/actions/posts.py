"""Writing, editing and taking back posts.

The number of a post is taken from its thread by one statement, and little follows it before the commit: the lock on the
thread is short, and fifty who reply at once wait for each other for moments.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, Refused
from app.core.outbox import emit
from app.forum import text
from app.forum.actions import deciding, drafting, people, picturing, placing, screening
from app.forum.actions.writing import writing
from app.forum.events import PostChanged, PostWritten
from app.forum.models import Community, ForumCategory, ForumPerson, Post, Revision, Thread


class Locked(Refused):
    status = 409
    message = "This thread is locked. Nothing was posted; your text is still in the box."


class AnswersElsewhere(Conflict):
    message = (
        "The post that you answer stands in another thread now. Nothing was posted and your text is kept:"
        " send it without «In reply to» to post it here, or write in the other thread."
    )


class NotYours(Refused):
    status = 403
    message = "Only its author and the team can change this post. Nothing was changed."


def reply(actor: Actor, thread: Thread, body: str, *, parent: Post | None = None, key: str | None = None) -> Post:
    """The same `key` from the same person twice is one post. Raises BadText, MayNotWrite, Locked, AnswersElsewhere."""
    with writing():
        person = people.writer(actor)
        if known := sent_before(person, key):
            return known
        rendered = text.render(body, mentioned=called)
        if thread.state == "deleted":
            raise NotFound
        if parent is not None and parent.thread_id != thread.id:
            raise AnswersElsewhere
        if thread.locked_at is not None and not person.team:
            raise Locked
        if thread.state != "visible" and not person.team:
            raise Locked(
                "This thread cannot be seen by others right now. Nothing was posted; your text is still in the box."
            )
        verdict = screening.judge(person, text.tidy(body), rendered)
        post = add(person, thread, text.tidy(body).strip(), rendered, parent=parent, key=key, verdict=verdict)
        if verdict.held_for:
            deciding.waits(post)
            return post
        moved = update(ForumCategory).where(ForumCategory.id == thread.category_id)
        db.session().execute(moved.values(last_post_at=db.now()).execution_options(synchronize_session=False))
        emit(PostWritten(**fact(post)))
        return post


def sent_before(person: ForumPerson, key: str | None) -> Post | None:
    """What they posted with this key. The person's row is locked, so a second press waits until the first has its post."""
    if key is None:
        return None
    return db.session().scalars(select(Post).where(Post.author_id == person.user_id, Post.key == key)).one_or_none()


def add(
    person: ForumPerson,
    thread: Thread,
    body: str,
    made: text.Rendered,
    *,
    parent: Post | None = None,
    key: str | None = None,
    verdict: screening.Verdict = screening.CLEAR,
) -> Post:
    """Number and keep a post, and count it on its author and, unless it waits for approval, on its thread."""
    number = _number(person, thread, seen=not verdict.held_for)
    person.posts += 1
    above = _above(parent, thread)
    post = db.add(
        Post(
            thread_id=thread.id,
            category_id=thread.category_id,
            number=number,
            branch=number if above is None or above.number == 1 else above.branch,
            author_id=person.user_id,
            parent_id=above.id if above else None,
            body=body,
            html=made.html,
            excerpt=made.plain,
            key=key,
            state="waiting" if verdict.held_for else "visible",
            held_for=verdict.held_for,
            spam=verdict.score,
            signals=list(verdict.signals),
            fingerprint=screening.fingerprint(body),
        )
    )
    drafting.posted(post)
    picturing.shown(post, person.user_id)
    return post


def _above(parent: Post | None, thread: Thread) -> Any:
    """What is answered, as it stands now that the thread is locked; None when it has gone to another thread meanwhile."""
    if parent is None:
        return None
    wanted = select(Post.id, Post.number, Post.branch).where(Post.id == parent.id, Post.thread_id == thread.id)
    return db.session().execute(wanted).one_or_none()


def _number(person: ForumPerson, thread: Thread, seen: bool) -> int:
    """The next number of the thread, taken by one statement; what can be seen is counted by the same."""
    number = func.greatest(Thread.numbers, Thread.last_number) + 1
    values: dict[str, Any] = {"numbers": number}
    if seen:
        newest = func.array_prepend(person.user_id, func.array_remove(Thread.voices, person.user_id))
        kept = func.trim_array(newest, func.greatest(func.cardinality(newest) - placing.VOICES, 0))
        values |= {"last_number": number, "posts": Thread.posts + 1, "last_post_at": db.now(), "voices": kept}
    counted = update(Thread).where(Thread.id == thread.id, Thread.merged_id.is_(None)).values(**values)
    counted = counted.returning(Thread.numbers).execution_options(synchronize_session=False)
    found = db.session().execute(counted).scalar_one_or_none()
    if found is None:
        raise Locked("This thread was merged into another one. Nothing was posted; your text is still in the box.")
    db.session().expire(thread)
    return int(found)


def called(handles: tuple[str, ...]) -> Mapping[str, str]:
    """The pages of those who are called by these handles."""
    if not handles:
        return {}
    slug = db.session().scalars(select(Community.slug)).one()
    found = db.session().scalars(select(ForumPerson.handle).where(ForumPerson.handle.in_(handles)))
    return {handle: f"/c/{slug}/people/{handle}" for handle in found}


def edit(actor: Actor, post: Post, version: int, body: str, reason: str = "") -> None:
    """Keep what it said before. Raises BadText, NotYours, Locked, Conflict when somebody else changed it meanwhile."""
    with writing():
        made = text.render(body, mentioned=called)
        person, post = owner(actor, post), db.lock(post)
        if post.version != version:
            raise Conflict
        fresh = text.tidy(body).strip()
        if fresh == post.body:
            return
        verdict = screening.judge_edit(person, post, fresh, made)
        said = text.tidy(reason).strip()[:200]
        db.add(Revision(post_id=post.id, editor_id=person.user_id, body=post.body, reason=said))
        post.body, post.html, post.excerpt, post.edited_at = fresh, made.html, made.plain, db.now()
        picturing.shown(post, person.user_id)
        if post.number == 1:
            db.get(Thread, post.thread_id).excerpt = made.plain
        post.fingerprint = screening.fingerprint(fresh)
        if verdict.held_for:
            post.held_for, post.signals = verdict.held_for, list(verdict.signals)
            placing.put(post, "waiting")
            deciding.waits(post)
        changed(post)


def take_back(actor: Actor, post: Post) -> None:
    """Delete softly: its place stays, its words are for the team. Raises NotYours; a first post goes with its thread."""
    with writing():
        owner(actor, post)
        if post.state in ("visible", "waiting"):
            set_state(actor, post, "deleted", "forum.delete_post")
            deciding.moved()
            if post.author_id != actor.user_id:
                thread = db.get(Thread, post.thread_id)
                deciding.log(actor, "delete_post", thread=thread, post=post, subject_id=post.author_id)


def restore(actor: Actor, post: Post) -> None:
    """What its author took back is there again, as it was: read, or waiting. Raises NotYours, also for what the team hid."""
    with writing():
        owner(actor, post)
        if post.state == "deleted":
            set_state(actor, post, "waiting" if post.held_for else "visible", "forum.restore_post")


def owner(actor: Actor, post: Post) -> ForumPerson:
    """Who may change the post, as its author or for the team. Raises MayNotWrite, NotYours, Locked."""
    person = people.writer(actor)
    if post.author_id != person.user_id and not person.team:
        raise NotYours
    if post.state == "hidden" and not person.team:
        raise NotYours("The team hid this post. Nothing was changed; you can appeal from your inbox.")
    if db.get(Thread, post.thread_id).locked_at is not None and not person.team:
        raise Locked("This thread is locked. Nothing was changed.")
    return person


def set_state(actor: Actor, post: Post, state: str, verb: str, **data: Any) -> None:
    """Show, hide or delete a post, count it on its thread, write the audit trail, tell the pages. In the workspace's scope."""
    post = db.lock(post)
    if post.number == 1:
        raise Refused("The first post goes with its thread. Nothing was changed.")
    if post.state == state:
        return
    placing.put(post, state)
    audit.record(actor, verb, post, number=post.number, **data)
    changed(post)


def changed(post: Post) -> None:
    """Tell the pages that show it."""
    db.session().flush()
    emit(PostChanged(**fact(post)))


def fact(post: Post) -> dict[str, Any]:
    """What each fact about a post says."""
    ids: dict[str, UUID] = {"workspace_id": post.workspace_id, "category_id": post.category_id}
    return {**ids, "thread_id": post.thread_id, "post_id": post.id, "number": post.number}
