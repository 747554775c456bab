"""Keeping a thread or a post to come back to. It is nobody else's business: nothing is counted, nobody is told."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.forum.actions.writing import writing
from app.forum.models import Post, Save, Thread

MOST = 2_000


def save(user_id: UUID, subject: Thread | Post) -> None:
    """Twice is as once. Raises Refused beyond 2,000 in one community."""
    column = _column(subject)
    with writing() as session:
        kept = session.scalar(select(func.count()).where(Save.user_id == user_id)) or 0
        if kept >= MOST:
            raise Refused(f"You saved {MOST:,} things here already. Remove some first; nothing was saved.")
        made = insert(Save).values(
            workspace_id=db.current_workspace(),
            id=new_id(),
            user_id=user_id,
            created_at=db.now(),
            **{column: subject.id},
        )
        session.execute(
            made.on_conflict_do_nothing(
                index_elements=["workspace_id", "user_id", column], index_where=getattr(Save, column).is_not(None)
            )
        )


def unsave(user_id: UUID, subject: Thread | Post) -> None:
    """Nothing happens for one that is not saved."""
    with writing() as session:
        session.execute(delete(Save).where(Save.user_id == user_id, getattr(Save, _column(subject)) == subject.id))


def forget(save_id: UUID) -> None:
    """A line of the person's page «Saved», also when they can no longer read what it kept. In their own scope. Raises NotFound."""
    gone = db.session().execute(delete(Save).where(Save.id == save_id).returning(Save.id))
    if gone.one_or_none() is None:
        raise NotFound


def _column(subject: Thread | Post) -> str:
    return "thread_id" if isinstance(subject, Thread) else "post_id"
