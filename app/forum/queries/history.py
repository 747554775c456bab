"""What a post said before, and what each edit changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.forum import text
from app.forum.changes import Part
from app.forum.models import ForumPerson, Post, Revision, Thread
from app.forum.queries.places import Place
from app.forum.queries.threads import people

PAGE = 20


@dataclass(frozen=True)
class Step:
    """One edit. `parts` is what it changed in the text, empty when it changed only the title; `was` and `title` are the thread's name
    before and after, both empty unless it changed. `gone`: the team took the words before or after it away."""

    revision: Revision
    editor: ForumPerson | None
    at: datetime
    parts: list[Part]
    was: str
    title: str
    gone: bool


@dataclass(frozen=True)
class Page:
    """Newest first. `before` is where the next page begins."""

    steps: list[Step]
    before: UUID | None = None


def revision(revision_id: UUID) -> Revision:
    """Raises NotFound."""
    return db.get(Revision, revision_id)


def steps(place: Place, post: Post, before: UUID | None = None, limit: int = PAGE) -> Page:
    """Raises NotFound for a post that the team hid, unless the team asks."""
    if post.state == "hidden" and not place.team:
        raise NotFound
    wanted = select(Revision).where(Revision.post_id == post.id).order_by(Revision.id.desc())
    found = list(db.session().scalars(wanted.where(Revision.id < before) if before else wanted).fetchmany(limit + 1))
    rows = found[:limit]
    known = people({row.editor_id for row in rows})
    body, title, gone = _after(post, before)
    made = []
    for row in rows:
        made.append(_step(row, known.get(row.editor_id), body, title, gone or row.redacted_at is not None))
        body, title, gone = row.body, row.title or title, row.redacted_at is not None
    return Page(made, rows[-1].id if len(found) > limit else None)


def _after(post: Post, before: UUID | None) -> tuple[str, str, bool]:
    """What the newest edit of a page led to: the post as it stands, or what the next edit found."""
    title = db.get(Thread, post.thread_id).title
    if before is None:
        return post.body, title, False
    later = select(Revision).where(Revision.post_id == post.id, Revision.id >= before).order_by(Revision.id)
    rows = list(db.session().scalars(later))
    if not rows:
        return post.body, title, False
    named = next((row.title for row in rows if row.title), title)
    return rows[0].body, named, rows[0].redacted_at is not None


def _step(row: Revision, editor: ForumPerson | None, body: str, title: str, gone: bool) -> Step:
    renamed = bool(row.title) and row.title != title
    parts = [] if gone or row.body == body else text.diff(row.body, body)
    return Step(row, editor, row.created_at, parts, row.title if renamed else "", title if renamed else "", gone)
