"""What people have read, follow, and what they hear of it."""

from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.errors import Refused
from app.forum.actions.writing import writing
from app.forum.models import Following, ForumCategory, Reading, Thread
from app.notifications import actions as notifications

LEVELS = ("everything", "mentions", "nothing", "mute")


def seen(user_id: UUID, thread: Thread, number: int) -> None:
    """The person saw the thread up to this post; how far they have read never goes back."""
    with writing() as session:
        made = insert(Reading).values(
            workspace_id=db.current_workspace(), thread_id=thread.id, user_id=user_id, number=number, read_at=db.now()
        )
        later = func.greatest(Reading.number, made.excluded.number)
        session.execute(
            made.on_conflict_do_update(
                index_elements=["workspace_id", "user_id", "thread_id"],
                set_={"number": later, "read_at": made.excluded.read_at},
                where=Reading.number < made.excluded.number,
            )
        )
    if number >= thread.last_number:
        notifications.read_subject(user_id, f"thread:{thread.id}")


def seen_all(user_id: UUID, category: ForumCategory | None = None) -> None:
    """Everything the person may read here, or in one category, is read. Read in their own scope, written in the workspace's."""
    wanted = select(Thread.workspace_id, Thread.id, Thread.last_number).where(Thread.state == "visible")
    if category is not None:
        wanted = wanted.where(Thread.category_id == category.id)
    rows = db.session().execute(wanted.order_by(Thread.last_post_at.desc()).limit(5000)).all()
    if not rows:
        return
    with writing() as session:
        values = [
            {
                "workspace_id": row.workspace_id,
                "thread_id": row.id,
                "user_id": user_id,
                "number": row.last_number,
                "read_at": db.now(),
            }
            for row in rows
        ]
        made = insert(Reading).values(values)
        session.execute(
            made.on_conflict_do_update(
                index_elements=["workspace_id", "user_id", "thread_id"],
                set_={"number": func.greatest(Reading.number, made.excluded.number), "read_at": made.excluded.read_at},
            )
        )


def follow(user_id: UUID, level: str, *, thread: Thread | None = None, category: ForumCategory | None = None) -> None:
    """How much of one thread or one category the person wants to hear. Raises Refused for an unknown level."""
    if level not in LEVELS:
        raise Refused("Choose how much you want to hear. Nothing was changed.", field="level")
    column, subject = ("thread_id", thread) if thread is not None else ("category_id", category)
    if subject is None:
        raise Refused("Choose what to follow. Nothing was changed.")
    with writing() as session:
        made = insert(Following).values(
            workspace_id=db.current_workspace(),
            user_id=user_id,
            level=level,
            created_at=db.now(),
            **{column: subject.id},
        )
        session.execute(
            made.on_conflict_do_update(
                index_elements=["workspace_id", "user_id", column],
                index_where=text(f"{column} is not null"),
                set_={"level": level},
            )
        )
