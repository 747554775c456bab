"""What people are told: their inbox, their choices, the windows in which their mail is gathered, and the devices that ring.
A person's, not a workspace's."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db

MAIL = "mail in ('never', 'bundled', 'at_once')"


class InboxItem(db.Base, db.Timestamped):
    """News for one person. While it is unread, more of the same `kind` and `subject` is counted here instead of in a new row.

    `path` is an address on our own site, from its first slash. `listed`: it stands in the inbox; else it is for mail alone.
    `window_id`: the newest window whose mail shall tell of it; `mailed_at` is empty again when more was added since.
    `updated_at` is the moment of the newest news.
    """

    __tablename__ = "inbox_items"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    workspace_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspaces.id"))
    kind: Mapped[str]
    subject: Mapped[str]
    title: Mapped[str]
    words: Mapped[str]
    path: Mapped[str]
    actor: Mapped[str] = mapped_column(default="")
    count: Mapped[int] = mapped_column(default=1)
    listed: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[db.When] = mapped_column(default=db.now)
    read_at: Mapped[db.When | None]
    window_id: Mapped[UUID | None] = mapped_column(ForeignKey("mail_windows.id", ondelete="SET NULL"))
    mailed_at: Mapped[db.When | None]
    __table_args__ = (
        CheckConstraint("path like '/%' and path not like '//%'", name="path"),
        CheckConstraint("count > 0", name="count"),
        Index(
            "ix_inbox_items_list", "user_id", text("updated_at desc"), text("id desc"), postgresql_where=text("listed")
        ),
        Index(
            "uq_inbox_items_unread", "user_id", "kind", "subject", unique=True, postgresql_where=text("read_at is null")
        ),
        Index("ix_inbox_items_window", "window_id", postgresql_where=text("window_id is not null")),
        Index("ix_inbox_items_read", "read_at", postgresql_where=text("read_at is not null")),
    )


class NotificationChoice(db.Base):
    """What a person chose for one kind; without a row the kind's own defaults hold, and for `push` also while it is empty."""

    __tablename__ = "notification_choices"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    inbox: Mapped[bool]
    mail: Mapped[str]
    push: Mapped[bool | None]
    __table_args__ = (CheckConstraint(MAIL, name="mail"),)


class MailWindow(db.Base):
    """From the first news that wants a mail until that mail goes out; a person has one open at a time.

    `state`: open, sent, or empty (everything had been read before it was due).
    """

    __tablename__ = "mail_windows"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    opens_at: Mapped[db.When]
    due_at: Mapped[db.When]
    state: Mapped[str] = mapped_column(default="open")
    closed_at: Mapped[db.When | None]
    __table_args__ = (
        CheckConstraint("state in ('open', 'sent', 'empty')", name="state"),
        Index("uq_mail_windows_open", "user_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_mail_windows_due", "due_at", postgresql_where=text("state = 'open'")),
        Index("ix_mail_windows_closed", "closed_at", postgresql_where=text("state <> 'open'")),
    )


class PushDevice(db.Base, db.Timestamped):
    """A browser that asked to be pushed to, by its own subscription (RFC 8030); it rings while `session_id` is signed in.

    `endpoint` is an address that only the browser, its push service and we know; whoever has it may ring.
    """

    __tablename__ = "push_devices"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("user_sessions.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    rang_at: Mapped[db.When | None]
    __table_args__ = (UniqueConstraint("user_id", "endpoint"), Index("ix_push_devices_endpoint", "endpoint"))


class PushMessage(db.Base, db.Timestamped):
    """One piece of news for one device, once: (item, device) is unique. Without an item it is a try that the person asked for.

    `state`: waiting, sending, sent, joined (`carrier_id` told of it too), or dropped (read before it rang, or no longer wanted).
    """

    __tablename__ = "push_messages"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("push_devices.id", ondelete="CASCADE"))
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("inbox_items.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[db.When]
    carrier_id: Mapped[UUID | None] = mapped_column(ForeignKey("push_messages.id", ondelete="CASCADE"), index=True)
    settled_at: Mapped[db.When | None]
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'sending', 'sent', 'joined', 'dropped')", name="state"),
        UniqueConstraint("device_id", "item_id"),
        Index("ix_push_messages_settled", "settled_at", postgresql_where=text("settled_at is not null")),
    )


class QuietHours(db.Base):
    """When a person's devices do not ring: from `starts` to `ends`, minutes after midnight in `zone`, over midnight when it ends earlier."""

    __tablename__ = "quiet_hours"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    zone: Mapped[str]
    starts: Mapped[int]
    ends: Mapped[int]
    __table_args__ = (
        CheckConstraint("starts between 0 and 1439 and ends between 0 and 1439 and starts <> ends", name="day"),
    )
