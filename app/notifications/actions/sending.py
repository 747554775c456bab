"""Sending what `core.mail.post` queued."""

from uuid import UUID

from flask import current_app

from app.core import db, mail, settings

MANY_LINES = ("note", "why")


def send(mail_id: UUID) -> None:
    """Render and hand over one queued mail, once. Raises ProviderError when the server does not take it."""
    with db.system("send mail") as session:
        row = session.get(mail.Mail, mail_id)
        if row is None or row.sent_at is not None:
            return
        subject, body, html = render(row.template, row.context)
    mail.deliver(mail_id, row.to, subject, body, html, row.headers)
    with db.system("send mail") as session:
        sent = session.get(mail.Mail, mail_id, with_for_update=True)
        if sent is not None:
            sent.sent_at, sent.context, sent.headers = db.now(), {}, {}


def render(template: str, context: dict[str, object]) -> tuple[str, str, str]:
    """Subject (first line of the text template), text and HTML of `templates/mail/<template>.{txt,html}`."""
    values = {"app_url": settings.current().app_url, **{name: _tidy(name, value) for name, value in context.items()}}
    environment = current_app.jinja_env
    text = environment.get_template(f"mail/{template}.txt").render(values)
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n", environment.get_template(f"mail/{template}.html").render(values)


def _tidy(name: str, value: object) -> object:
    """Names and titles are one line, whatever was typed, so none of them can push words out of the subject."""
    if isinstance(value, str):
        return value if name in MANY_LINES else " ".join(value.split())
    if isinstance(value, list):
        return [_tidy(name, one) for one in value]
    if isinstance(value, dict):
        return {key: _tidy(key, one) for key, one in value.items()}
    return value
