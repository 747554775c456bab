"""What somebody typed and has not posted, kept for any of their browsers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.errors import Refused
from app.forum import text
from app.forum.actions.writing import writing
from app.forum.models import Draft, Post, Thread

NEW = "new"
LONGEST_LINE = 300
"""Characters kept of a title or of the tags: more than either may have, so that what is too long comes back to be cut."""
MOST_DRAFTS = 200
"""Per person and community; the oldest gives way."""


def place_of(thread: Thread) -> str:
    """The name of the draft of a reply."""
    return f"thread:{thread.id}"


def keep(
    user_id: UUID,
    place: str,
    body: str,
    *,
    title: str = "",
    tags: Sequence[str] = (),
    category_id: UUID | None = None,
    key: str | None = None,
) -> Draft | None:
    """Keep what was typed, in place of what was kept before; nothing typed ends the draft. Raises Refused when it is too long.

    A late save of what was posted meanwhile (the same `key`) is dropped.
    """
    if len(body) > 2 * text.LONGEST:
        raise Refused("This text is too long to be kept as a draft. It stays in your browser.", field="body")
    with writing():
        if not (body.strip() or title.strip()) or _posted(user_id, key):
            discard(user_id, place)
            return None
        values = {
            "title": title[:LONGEST_LINE],
            "body": body,
            "tags": [one.strip()[:LONGEST_LINE] for one in tags if one.strip()][:20],
            "category_id": category_id,
            "saved_at": db.now(),
        }
        made = insert(Draft).values(workspace_id=db.current_workspace(), user_id=user_id, place=place, **values)
        row = made.on_conflict_do_update(index_elements=["workspace_id", "user_id", "place"], set_=values)
        found = select(Draft).from_statement(row.returning(Draft)).execution_options(populate_existing=True)
        draft = db.session().scalars(found).one()
        _bound(user_id)
        return draft


def _posted(user_id: UUID, key: str | None) -> bool:
    if not key:
        return False
    sent = select(func.count()).select_from(Post).where(Post.author_id == user_id, Post.key == key)
    return bool(db.session().scalar(sent))


def _bound(user_id: UUID) -> None:
    kept = select(Draft.id).where(Draft.user_id == user_id).order_by(Draft.saved_at.desc()).offset(MOST_DRAFTS)
    db.session().execute(
        delete(Draft).where(Draft.id.in_(kept.scalar_subquery())).execution_options(synchronize_session=False)
    )


def discard(user_id: UUID, place: str) -> None:
    """Afterwards there is none, whether there was one or not. Posting calls it in its own transaction."""
    with writing() as session:
        gone = delete(Draft).where(Draft.user_id == user_id, Draft.place == place)
        session.execute(gone.execution_options(synchronize_session=False))


def posted(post: Post) -> None:
    """What was a draft is a post now; in the transaction that makes it one."""
    discard(post.author_id, NEW if post.number == 1 else f"thread:{post.thread_id}")
