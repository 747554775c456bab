"""What the tests of inboxes share."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.core.mail import Mail
from app.notifications import actions
from app.notifications.models import InboxItem, MailWindow

THREAD = "thread:7"


def tell(user_id: UUID, kind: str = "forum.reply", subject: str = THREAD, **more: Any) -> None:
    """A reply of Bob's in a thread about paper, unless `more` says otherwise."""
    facts = {"title": "Which paper for A3?", "words": "300 gsm.", "path": "/threads/7", "actor": "Bob", **more}
    with db.public():
        actions.tell(user_id, kind, subject, **facts)


def items(user_id: UUID) -> list[InboxItem]:
    with db.system("test world") as session:
        return list(session.scalars(select(InboxItem).where(InboxItem.user_id == user_id).order_by(InboxItem.id)))


def windows(user_id: UUID) -> list[MailWindow]:
    with db.system("test world") as session:
        return list(session.scalars(select(MailWindow).where(MailWindow.user_id == user_id).order_by(MailWindow.id)))


def mails(to: str = "") -> list[Mail]:
    with db.system("test world") as session:
        found = select(Mail).where(Mail.template == "bundle").order_by(Mail.id)
        return [row for row in session.scalars(found) if not to or row.to == to]


def read(user_id: UUID, item_id: UUID) -> None:
    with db.buyer(user_id):
        actions.read(user_id, item_id)
