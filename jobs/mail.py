"""Mail jobs."""

from uuid import UUID

from app.core.jobs import job
from app.notifications import actions


@job("mail.send", queue="mail", own_transactions=True)
def send(mail_id: str) -> None:
    actions.send(UUID(mail_id))
