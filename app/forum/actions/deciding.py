"""What every decision does besides: it is logged for all to read, audited, and told to those it concerns; the team's queue moves."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select, update

from app.core import audit, db
from app.core.actor import Actor
from app.core.outbox import emit
from app.core.permissions import Permission, Role, allowed
from app.forum.decisions import HELD, VERBS
from app.forum.decisions import told as words_of
from app.forum.events import QueueChanged
from app.forum.models import Appeal, Community, Flag, ForumPerson, Moderation, Post, Thread
from app.notifications import actions as notifications
from app.workspaces.models import Member, Workspace

MODERATING = [str(role) for role in Role if allowed(role, Permission.FORUM_POST_MODERATE)]


def log(
    actor: Actor,
    verb: str,
    *,
    reason: str = "",
    thread: Thread | None = None,
    post: Post | None = None,
    subject_id: UUID | None = None,
    about: str = "",
    tells: bool = True,
) -> Moderation:
    """One line of the public log and of the audit trail; whom it concerns is told, unless they did it themselves.

    `tells` is false for what an answer says already that tells them.
    """
    row = db.add(
        Moderation(
            actor_name=actor.name,
            actor_id=actor.user_id,
            verb=verb,
            reason=reason,
            category_id=thread.category_id if thread else None,
            thread_id=thread.id if thread else None,
            post_id=post.id if post else None,
            subject_id=subject_id,
            about=about or (thread.title if thread else ""),
        )
    )
    audit.record(actor, f"forum.{verb}", post or thread or row, reason=reason, subject_id=subject_id, about=row.about)
    if tells and subject_id is not None and subject_id != actor.user_id and VERBS[verb].told:
        _tell(row, subject_id)
    moved()
    return row


def _tell(row: Moderation, subject_id: UUID) -> None:
    """In the inbox; and what says whether they may write, or answers them, in a letter at once instead of in a bundle."""
    community, letter = _community(), VERBS[row.verb].letter
    said, path = words_of(row.verb, row.about), f"/c/{community.slug}/decisions#decision-{row.id}"
    notifications.tell(
        subject_id,
        "forum.moderation",
        f"decision:{row.id}",
        title=row.about if row.thread_id else community.name,
        words=" ".join(one for one in (said, row.reason) if one),
        path=path,
        workspace_id=row.workspace_id,
        bundled=not letter,
    )
    if letter:
        notifications.write(subject_id, letter, f"decision:{row.id}", **_letter(row, community, path))


def _letter(row: Moderation, community: Community, path: str) -> dict[str, object]:
    return {
        "community": community.name,
        "verb": row.verb,
        "until": row.about,
        "thread": row.about if row.thread_id else "",
        "why": row.reason,
        "path": path,
        "home": f"/c/{community.slug}",
        "colleague": len(moderators()) > 1,
    }


def tell_author(post: Post, words: str) -> None:
    """News about one post that is no decision against it."""
    notifications.tell(
        post.author_id,
        "forum.moderation",
        f"post:{post.id}",
        title=db.get(Thread, post.thread_id).title,
        words=words,
        path=f"/posts/{post.id}",
        workspace_id=post.workspace_id,
    )


def waits(post: Post) -> None:
    """A post came into the queue: the team hears of it, and its author when it looks like advertising."""
    if post.held_for == "sure":
        tell_author(post, "Your post looks like advertising to our checks. The team looks at it before others see it.")
    tell_team(post, HELD[post.held_for])
    moved()


def tell_team(post: Post, words: str) -> None:
    """Everybody who moderates here, save the author. It is settled for all of them when one decides (queueing.py)."""
    title = db.get(Thread, post.thread_id).title
    _tell_moderators(moderators() - {post.author_id}, f"post:{post.id}", title, words, f"queue#case-{post.id}")


def tell_answerers(row: Appeal, decision: Moderation) -> None:
    """Those who may answer an appeal: not who made the decision, unless nobody else moderates here."""
    team = moderators()
    _tell_moderators(
        team - {decision.actor_id} or team,
        f"appeal:{row.id}",
        _community().name,
        f"Somebody appeals against {VERBS[decision.verb].contested}.",
        f"appeals/{row.id}",
    )


def _tell_moderators(people: Iterable[UUID], subject: str, title: str, words: str, path: str) -> None:
    workspace_id, desk = db.current_workspace(), f"{_desk()}/{path}"
    notifications.tell_all(
        set(people), "forum.queue", subject, title=title, words=words, path=desk, workspace_id=workspace_id
    )


def moderators() -> set[UUID]:
    """Who decides here now."""
    team = select(Member.user_id).where(Member.role.in_(MODERATING), Member.removed_at.is_(None))
    return set(db.session().scalars(team))


def _desk() -> str:
    return (
        f"/w/{db.session().scalars(select(Workspace.slug).where(Workspace.id == db.current_workspace())).one()}/forum"
    )


def settle_flags(post: Post, agreed: bool) -> list[UUID]:
    """Open doubts are answered. The post is locked. Returns whose they were, for `tell_flaggers`.

    The post has a new version even when it stays as it is, so that a fellow who looked at it before decides no second time.
    """
    answered = (
        update(Flag)
        .where(Flag.post_id == post.id, Flag.state == "open")
        .values(state="agreed" if agreed else "refused", decided_at=db.now())
        .returning(Flag.user_id)
        .execution_options(synchronize_session=False)
    )
    people = list(db.session().scalars(answered))
    fewer = (
        update(Post)
        .where(Post.id == post.id)
        .values(flags=func.greatest(Post.flags - len(people), 0), version=Post.version + 1)
    )
    db.session().flush()
    db.session().execute(fewer.execution_options(synchronize_session=False))
    db.session().refresh(post)
    return people


def tell_flaggers(people: list[UUID], post: Post, agreed: bool) -> None:
    """How their doubts were answered. After the audit trail, as all that is told: inboxes are locked last."""
    notifications.tell_all(
        people,
        "forum.moderation",
        f"flag:{post.id}",
        title="A post that you flagged",
        words="The team agreed and acted. Thank you." if agreed else "The team looked at it and keeps the post.",
        path=f"/c/{_community().slug}",
        workspace_id=post.workspace_id,
    )


def moved() -> None:
    """The queue and its count are not what they were."""
    emit(QueueChanged(workspace_id=db.current_workspace()))


def _community() -> Community:
    return db.session().scalars(select(Community)).one()


def person(user_id: UUID) -> ForumPerson | None:
    """Locked: take it before any post or thread."""
    wanted = select(ForumPerson).where(ForumPerson.user_id == user_id).with_for_update()
    return db.session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
