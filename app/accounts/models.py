"""People, their sessions, one-time codes and outside identities. Not workspace tables: a person sells and buys."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db


class User(db.Base, db.Timestamped):
    """`email` is stored lower-case. Without `password_hash` the person signs in by code or Google."""

    __tablename__ = "users"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    email_confirmed_at: Mapped[db.When | None]
    hotkeys_off: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[db.When | None]


class UserSession(db.Base, db.Timestamped):
    """A signed-in browser. Only the SHA-256 of its 256-bit token is kept, so sessions survive the loss of Valkey."""

    __tablename__ = "user_sessions"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    method: Mapped[str]
    ip: Mapped[str]
    user_agent: Mapped[str]
    last_seen_at: Mapped[db.When]
    expires_at: Mapped[db.When]
    revoked_at: Mapped[db.When | None]


class SignInCode(db.Base, db.Timestamped):
    """A code (typed) and a token (clicked) sent by e-mail. `purpose` is sign_in, confirm or reset; at most 10 minutes for sign_in."""

    __tablename__ = "sign_in_codes"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[str]
    code_hash: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    attempts: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[db.When]
    used_at: Mapped[db.When | None]
    __table_args__ = (Index("ix_sign_in_codes_user_id_purpose", "user_id", "purpose"),)


class Identity(db.Base, db.Timestamped):
    """An outside account (OpenID subject) that opens this person's door."""

    __tablename__ = "identities"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    provider: Mapped[str]
    subject: Mapped[str]
    __table_args__ = (UniqueConstraint("provider", "subject"),)


class Attempt(db.Base):
    """Something counted against a limit: a wrong password, a mail asked for. `key` is a digest, so no address is kept."""

    __tablename__ = "sign_in_attempts"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    key: Mapped[str]
    at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (Index("ix_sign_in_attempts_key_at", "key", "at"),)
