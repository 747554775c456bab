"""What a whole team was told is settled for all of them when one settles it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select

from app.core import db
from app.core.outbox import emit
from app.notifications.events import InboxChanged
from app.notifications.models import InboxItem


def unread_about(people: Collection[UUID], kind: str, workspace_id: UUID) -> set[str]:
    """What these people have not read of a kind, as subjects; their rows are locked, so nothing is added to them meanwhile."""
    with db.system("read for a team"):
        return {row.subject for row in db.session().scalars(_of(people, kind, workspace_id))}


def read_for(people: Collection[UUID], kind: str, workspace_id: UUID, subjects: Collection[str]) -> None:
    """Somebody settled these subjects, so they are news for none of these people any more; their bells count again."""
    with db.system("read for a team"):
        for row in db.session().scalars(_of(people, kind, workspace_id).where(InboxItem.subject.in_(subjects))):
            row.read_at = db.now()
            emit(InboxChanged(user_id=row.user_id))
        db.session().flush()


def _of(people: Collection[UUID], kind: str, workspace_id: UUID) -> Select[InboxItem]:
    """Unread items, locked in the order of ids as everywhere."""
    wanted = select(InboxItem).where(
        InboxItem.user_id.in_(people),
        InboxItem.kind == kind,
        InboxItem.workspace_id == workspace_id,
        InboxItem.read_at.is_(None),
    )
    return wanted.order_by(InboxItem.id).with_for_update().execution_options(populate_existing=True)
