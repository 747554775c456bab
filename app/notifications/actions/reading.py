"""Reading one's inbox."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, update

from app.core import db
from app.core.errors import NotFound
from app.core.outbox import emit
from app.notifications.actions.devices import forget_signed_out
from app.notifications.events import InboxChanged
from app.notifications.models import InboxItem, MailWindow, PushMessage

KEPT = timedelta(days=180)
"""Days that something read stays in the inbox."""
PUSHES_KEPT = timedelta(days=30)


def read(user_id: UUID, item_id: UUID) -> InboxItem:
    """Mark one item read; it leads to its `path`. Raises NotFound, also for somebody else's."""
    item = (
        db.session()
        .scalars(select(InboxItem).where(InboxItem.user_id == user_id, InboxItem.id == item_id).with_for_update())
        .one_or_none()
    )
    if item is None:
        raise NotFound
    if item.read_at is None:
        item.read_at = db.now()
        emit(InboxChanged(user_id=user_id))
    return item


def read_all(user_id: UUID, until: datetime, kind: str = "") -> int:
    """Mark read what had come until then, of one kind or of all. Returns how many items were unread."""
    unread = select(InboxItem.id).where(
        InboxItem.user_id == user_id, InboxItem.read_at.is_(None), InboxItem.listed, InboxItem.updated_at <= until
    )
    if kind:
        unread = unread.where(InboxItem.kind == kind)
    return _mark(user_id, unread)


def read_subject(user_id: UUID, subject: str) -> int:
    """The person looked at what this is about, so nothing about it is new any more; from any scope. Returns how many were."""
    with db.buyer(user_id):
        about = select(InboxItem.id).where(
            InboxItem.user_id == user_id, InboxItem.read_at.is_(None), InboxItem.subject == subject
        )
        return _mark(user_id, about)


def _mark(user_id: UUID, unread: Select[UUID]) -> int:
    """Locked in the order of ids, as the mail that tells of them locks them."""
    locked = unread.order_by(InboxItem.id).with_for_update()
    marked = update(InboxItem).where(InboxItem.id.in_(locked)).values(read_at=db.now())
    changed: Any = db.session().execute(marked.execution_options(synchronize_session=False))
    if changed.rowcount:
        emit(InboxChanged(user_id=user_id))
    return int(changed.rowcount)


def sweep() -> None:
    """Forget what was read half a year ago, the windows whose mails went out then, and devices that were signed out."""
    forget_signed_out()
    with db.system("sweep inboxes") as session:
        session.execute(delete(InboxItem).where(InboxItem.read_at < db.now() - KEPT))
        session.execute(delete(PushMessage).where(PushMessage.settled_at < db.now() - PUSHES_KEPT))
        session.execute(delete(MailWindow).where(MailWindow.state != "open", MailWindow.closed_at < db.now() - KEPT))
