"""Sending what `core.mail.post` queued."""

from uuid import UUID

from flask import current_app

from app.core import db, mail, settings


def send(mail_id: UUID) -> None:
    """Render and hand over one queued mail, once. Raises ProviderError when the server does not take it."""
    with db.system("send mail") as session:
        row = session.get(mail.Mail, mail_id)
        if row is None or row.sent_at is not None:
            return
        subject, body, html = render(row.template, row.context)
    mail.deliver(mail_id, row.to, subject, body, html)
    with db.system("send mail") as session:
        sent = session.get(mail.Mail, mail_id, with_for_update=True)
        if sent is not None:
            sent.sent_at, sent.context = db.now(), {}


def render(template: str, context: dict[str, object]) -> tuple[str, str, str]:
    """Subject (first line of the text template), text and HTML of `templates/mail/<template>.{txt,html}`."""
    values = {"app_url": settings.current().app_url, **context}
    environment = current_app.jinja_env
    text = environment.get_template(f"mail/{template}.txt").render(values)
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n", environment.get_template(f"mail/{template}.html").render(values)
