"""A thread's title and tags, and words of old that the team takes away for good."""

from collections.abc import Sequence

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict
from app.forum import text
from app.forum.actions import people, posts, threads
from app.forum.actions.writing import writing
from app.forum.models import Revision, Thread


def rename(actor: Actor, thread: Thread, version: int, title: str, tags: Sequence[str], reason: str = "") -> None:
    """Its author and the team; the old title stays in the first post's history. Raises BadText, NotYours, Locked, Conflict."""
    with writing():
        person = people.writer(actor)
        if thread.author_id != person.user_id and not person.team:
            raise posts.NotYours("Only who started the thread and the team can rename it. Nothing was changed.")
        named, tagged = text.title(title), text.tags(tags)
        first = db.lock(threads.first_of(thread))
        thread = db.lock(thread)
        _may(thread, person.team)
        if thread.version != version:
            raise Conflict
        if (named, tagged) == (thread.title, thread.tags):
            return
        if named != thread.title:
            said = text.tidy(reason).strip()[:200]
            db.add(
                Revision(post_id=first.id, editor_id=person.user_id, title=thread.title, body=first.body, reason=said)
            )
        before = thread.title
        thread.title, thread.slug, thread.tags = named, threads.slug(named), tagged
        audit.record(actor, "forum.rename_thread", thread, title=named, before=before, tags=tagged)
        posts.changed(first)


def _may(thread: Thread, team: bool) -> None:
    if team:
        return
    if thread.state == "hidden":
        raise posts.NotYours("The team hid this thread. Nothing was changed; you can appeal from your inbox.")
    if thread.locked_at is not None:
        raise posts.Locked("This thread is locked. Nothing was changed.")


def redact(actor: Actor, revision: Revision) -> None:
    """The words of an old version are gone for everybody; that there was one stays. In the workspace's scope, for the team."""
    revision = db.lock(revision)
    if revision.redacted_at is not None:
        return
    revision.body, revision.title, revision.redacted_at = "", "", db.now()
    audit.record(actor, "forum.redact_revision", revision, post_id=revision.post_id)
