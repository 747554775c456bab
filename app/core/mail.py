"""Mail: a row per reason, so the same news is never sent twice; a job hands it to SMTP.

The one honest gap is a crash between the server's 250 and our commit; Message-ID is the row's id, so readers can merge.
"""

import smtplib
import ssl
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy, default
from email.utils import formataddr, formatdate, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db, settings
from app.core.errors import ProviderError
from app.core.events import plain
from app.core.ids import new_id
from app.core.outbox import later


class Mail(db.Base):
    """`context` feeds the template and is emptied once sent, with `headers`, because it may hold a code or a link."""

    __tablename__ = "mails"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(unique=True)
    to: Mapped[str]
    template: Mapped[str]
    context: Mapped[dict[str, Any]] = mapped_column(JSONB)
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    created_at: Mapped[db.When] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[db.When | None]
    __table_args__ = (Index("ix_mails_unsent", "id", postgresql_where=text("sent_at is null")),)


class _OneLine(UnstructuredHeader, BaseHeader):
    """An address stands in one line: folding would make encoded words of it, in which no reader looks for it."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_registry = HeaderRegistry()
_registry.map_to_type("list-unsubscribe", _OneLine)
POLICY = default.clone(header_factory=_registry)


def post(to: str, template: str, reason: str, headers: dict[str, str] | None = None, /, **context: Any) -> None:
    """Queue `mail/<template>.txt` and `.html` for one reader. `reason` is unique: the second call changes nothing.

    `headers` are added to ours, such as `List-Unsubscribe`.
    """
    mail_id = new_id()
    statement = insert(Mail).values(
        id=mail_id, reason=reason, to=to, template=template, context=plain(context), headers=headers or {}
    )
    result: Any = db.session().execute(statement.on_conflict_do_nothing())
    if result.rowcount:
        later("mail.send", mail_id=mail_id)


def deliver(mail_id: UUID, to: str, subject: str, body: str, html: str, headers: dict[str, str] | None = None) -> None:
    """Hand one message to the SMTP server of SMTP_URL (smtp[s]://user:password@host:port?starttls=1). Raises ProviderError."""
    message = _compose(mail_id, to, subject, body, html, headers)
    try:
        with _connect() as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise ProviderError("smtp", "the address was refused", permanent=True) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ProviderError("smtp", type(error).__name__, permanent=False, unknown=True) from error


def _compose(
    mail_id: UUID, to: str, subject: str, body: str, html: str, headers: dict[str, str] | None = None
) -> EmailMessage:
    if "=?" in to:
        raise ProviderError("smtp", "the address hides another one", permanent=True)
    sender = settings.current().mail_from
    domain = parseaddr(sender)[1].partition("@")[2] or "localhost"
    message = EmailMessage(POLICY)
    message["From"] = formataddr(parseaddr(sender))
    message["To"] = to
    message["Subject"] = _one_line(subject)
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{mail_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(body)
    message.add_alternative(html, subtype="html")
    return message


def _one_line(subject: str) -> str:
    """Plain words: EmailMessage would decode `=?…?=` that somebody typed, line ends and further headers in it included."""
    return " ".join(subject.split()).replace("=?", "= ?")


def _connect() -> smtplib.SMTP:
    url = urlsplit(settings.current().smtp_url)
    host, port = url.hostname or "localhost", url.port
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=10, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port or 25, timeout=10)
    if parse_qs(url.query).get("starttls") == ["1"]:
        server.starttls(context=ssl.create_default_context())
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
    return server
