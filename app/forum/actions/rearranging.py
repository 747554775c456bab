"""Moving a thread, merging two, splitting posts off: by the team, in one transaction that locks all it touches.

The order of locks is the forum's: own person, posts, threads by id, categories by id, audit. Who replies meanwhile waits for
the thread, and finds it merged or shorter.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select, update

from app.core import db
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, Refused
from app.core.outbox import emit
from app.forum import text
from app.forum.actions import deciding, moderating, placing, posts, restanding
from app.forum.actions.threads import slug
from app.forum.actions.writing import writing
from app.forum.arranging import Standing, arranged, with_replies
from app.forum.events import PostChanged, ThreadRearranged
from app.forum.models import Answer, ForumCategory, Moderation, Post, Thread

MOST_CHOSEN = 500
"""Posts chosen by hand for one split; what answers them goes along uncounted."""


class BusyThread(Conflict):
    message = "Somebody is changing a post of this thread right now. Nothing was changed; try again in a moment."


class ElsewhereAlready(Conflict):
    """Somebody moved what was looked at."""


def move(actor: Actor, thread: Thread, category: ForumCategory, reason: str = "", seen_in: UUID | None = None) -> None:
    """To another category, with all its posts; who may enter that one reads them. `seen_in`: where it stood when they looked.

    Raises NotYours, NotFound, BusyThread; ElsewhereAlready when a fellow moved it meanwhile.
    """
    with writing():
        moderating.moderator(actor)
        [thread] = _locked(thread)
        if category.archived_at is not None or thread.merged_id is not None:
            raise NotFound
        if seen_in not in (None, thread.category_id):
            now = db.get(ForumCategory, thread.category_id).name
            raise ElsewhereAlready(
                f"Somebody of the team moved this thread to «{now}» meanwhile. Nothing was changed by you."
            )
        if category.id == thread.category_id:
            return
        before, first = posts.fact(placing.first_of(thread)), placing.first_of(thread)
        here = update(Post).where(Post.thread_id == thread.id).values(category_id=category.id)
        db.session().execute(here.execution_options(synchronize_session=False))
        db.session().refresh(first)
        old, thread.category_id = thread.category_id, category.id
        _recount({old: -1, category.id: 1} if thread.state == "visible" else {}, thread)
        line = deciding.log(actor, "move_thread", reason=reason, thread=thread)
        emit(PostChanged(**before))
        posts.changed(first)
        _tell(line, thread, "moved")


def merge(actor: Actor, source: Thread, target: Thread, reason: str = "") -> None:
    """The posts of `source` stand behind those of `target`, in their order; `source` leads there from then on.

    Raises NotYours, NotFound, BusyThread; Refused unless both can be seen and are two.
    """
    with writing():
        moderating.moderator(actor)
        if source.id == target.id:
            raise Refused(
                "A thread cannot be merged with itself. Choose another one; nothing was changed.", field="into"
            )
        source, target = _locked(source, target)
        if {source.state, target.state} != {"visible"}:
            raise Refused("Only threads that can be seen are merged. Show or approve them first; nothing was changed.")
        gone = posts.fact(placing.first_of(source))
        kept, added = _standing(target), _standing(source)
        seen, accepted, old = target.last_number, source.accepted_id, source.category_id
        _write(target, arranged([*kept, *added]))
        restanding.merged(source, target, len(kept), seen)
        _follow_answers(source, target)
        _emptied(source, target)
        target.accepted_id = target.accepted_id or accepted
        _settle(target)
        _recount({old: -1}, target)
        line = deciding.log(actor, "merge_threads", reason=reason, thread=target, about=target.title)
        _tell(line, source, "merged", target, len(kept) + 1)
        emit(PostChanged(**gone))
        posts.changed(placing.first_of(target))
        _tell(line, target, "joined")


def _tell(line: Moderation, thread: Thread, change: str, there: Thread | None = None, since: int = 1) -> None:
    """Open pages of the thread hear of it, and those whose posts went elsewhere."""
    emit(
        ThreadRearranged(
            workspace_id=thread.workspace_id,
            category_id=thread.category_id,
            thread_id=thread.id,
            change=change,
            there_id=(there or thread).id,
            since=since,
            decision_id=line.id,
        )
    )


def _emptied(source: Thread, target: Thread) -> None:
    """What is left of a merged thread is its address; those merged into it before lead to the same place."""
    source.state, source.merged_id, source.accepted_id, source.voices = "deleted", target.id, None, []
    source.posts = source.last_number = source.numbers = 0
    earlier = update(Thread).where(Thread.merged_id == source.id).values(merged_id=target.id)
    db.session().flush()
    db.session().execute(earlier.execution_options(synchronize_session=False))


def split(actor: Actor, thread: Thread, chosen: Collection[UUID], title: str, reason: str = "") -> Thread:
    """The chosen posts and their replies become a thread of their own. Raises NotYours, BadText, Refused, BusyThread."""
    with writing():
        moderating.moderator(actor)
        named = text.title(title)
        [thread] = _locked(thread)
        if thread.merged_id is not None:
            raise NotFound
        standing = _standing(thread)
        taken = parted(standing, chosen)
        stay = [one for one in standing if one.id not in taken]
        leave = [one for one in standing if one.id in taken]
        made = _begun(thread, db.get(Post, leave[0].id), named)
        _write(made, arranged(leave))
        _write(thread, arranged(stay))
        restanding.parted(thread, made, [one.number for one in stay], [one.number for one in leave])
        moved = update(Answer).where(Answer.post_id.in_(taken)).values(thread_id=made.id)
        db.session().execute(moved.execution_options(synchronize_session=False))
        if thread.accepted_id in taken:
            thread.accepted_id = None
        _settle(thread)
        _settle(made)
        _recount({made.category_id: 1} if made.state == "visible" else {}, made)
        line = deciding.log(actor, "split_thread", reason=reason, thread=made)
        posts.changed(placing.first_of(thread))
        posts.changed(placing.first_of(made))
        _tell(line, thread, "parted", made)
        return made


def parted(standing: list[Standing], chosen: Collection[UUID]) -> set[UUID]:
    """The posts that would leave. Raises Refused for none, for too many, and for the first one."""
    known = {one.id for one in standing}
    if chosen and not set(chosen) <= known:
        raise Refused(
            "Some of these posts stand in another thread now. Look at the posts again; nothing was changed.",
            field="post",
        )
    if not chosen:
        raise Refused("Choose the posts that shall leave this thread. Nothing was changed.", field="post")
    if standing[0].id in chosen:
        raise Refused("The first post stays; move the whole thread instead. Nothing was changed.", field="post")
    if len(chosen) > MOST_CHOSEN:
        raise Refused(f"Choose at most {MOST_CHOSEN} posts at a time. Nothing was changed.", field="post")
    return with_replies(standing, chosen)


def _begun(thread: Thread, first: Post, title: str) -> Thread:
    if first.state != "visible":
        raise Refused(
            "The first of the chosen posts has to be one that can be seen. Nothing was changed.", field="post"
        )
    return db.add(
        Thread(
            category_id=thread.category_id,
            author_id=first.author_id,
            title=title,
            slug=slug(title),
            excerpt=first.excerpt,
            state=thread.state,
            tags=list(thread.tags),
            score=first.score,
            last_post_at=first.created_at,
        )
    )


def _locked(*threads: Thread) -> list[Thread]:
    """Their posts, then the threads by id, newly read. A post that came between the two must not be held by somebody else."""
    ids = [one.id for one in threads]
    of = select(Post.id).where(Post.thread_id.in_(ids)).order_by(Post.id)
    first = set(db.session().scalars(of.with_for_update()))
    fresh = {one.id: db.lock(one) for one in sorted(threads, key=lambda one: one.id)}
    late = set(db.session().scalars(of)) - first
    if late and late != set(db.session().scalars(of.where(Post.id.in_(late)).with_for_update(skip_locked=True))):
        raise BusyThread
    return [fresh[one] for one in ids]


def _standing(thread: Thread) -> list[Standing]:
    wanted = select(Post.id, Post.number, Post.branch, Post.parent_id).where(Post.thread_id == thread.id)
    return [Standing(*row) for row in db.session().execute(wanted.order_by(Post.number))]


def _write(thread: Thread, standing: list[Standing]) -> None:
    """Put the posts there. They step aside first, since no two may have one number at any moment."""
    aside = update(Post).where(Post.id.in_([one.id for one in standing])).values(number=-Post.number)
    db.session().execute(aside.execution_options(synchronize_session=False))
    to = restanding.rows(standing)
    placed = (
        update(Post)
        .where(Post.id == to.c.id)
        .values(
            thread_id=thread.id,
            category_id=thread.category_id,
            number=to.c.number,
            branch=to.c.branch,
            parent_id=to.c.parent_id,
        )
    )
    db.session().execute(placed.execution_options(synchronize_session=False))
    db.session().expire_all()


def _settle(thread: Thread) -> None:
    """What the thread says of its posts."""
    of = select(func.max(Post.number), func.count().filter(Post.state == "visible"))
    numbers, seen = db.session().execute(of.where(Post.thread_id == thread.id)).one()
    thread.numbers, thread.posts = numbers or 0, seen
    placing.follow(thread)


def _recount(changes: dict[UUID, int], thread: Thread) -> None:
    """Categories by id; the one that holds the thread now has news as late as the thread has."""
    for category_id in sorted(changes):
        values = {"threads": ForumCategory.threads + changes[category_id]}
        if category_id == thread.category_id:
            values["last_post_at"] = func.greatest(ForumCategory.last_post_at, thread.last_post_at)
        counted = update(ForumCategory).where(ForumCategory.id == category_id).values(**values)
        db.session().execute(counted.execution_options(synchronize_session=False))


def _follow_answers(source: Thread, target: Thread) -> None:
    """Answers that stand on product pages go along; where the other thread has one for the product, that one stays."""
    there = select(Answer.product_id).where(Answer.thread_id == target.id).scalar_subquery()
    here = Answer.thread_id == source.id
    moved = update(Answer).where(here, Answer.product_id.not_in(there)).values(thread_id=target.id)
    db.session().execute(moved.execution_options(synchronize_session=False))
    for row in db.session().scalars(select(Answer).where(here)):
        db.session().delete(row)
    db.session().flush()
