"""People, their sessions, passkeys, one-time codes and outside identities. Not workspace tables: a person sells and buys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
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
    """A signed-in browser. Only the SHA-256 of its 256-bit token is kept, so sessions survive the loss of Valkey.

    `proved_at` is set when another browser handed its session over: then the person last proved there who they are.
    """

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
    proved_at: Mapped[db.When | None]

    @property
    def proved(self) -> datetime:
        """When the person last proved who they are, in this session or in the one it came from."""
        return self.proved_at or self.created_at


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


class Passkey(db.Base, db.Timestamped):
    """A credential that an authenticator of this person holds (WebAuthn credential record).

    `sign_count` is the authenticator's own, 0 for those that do not count. `suspected_at`: the count went back, so there may be
    a copy, and it opens nothing any more. `backup_eligible` never changes; `backed_up` says whether it is synced by now.
    """

    __tablename__ = "passkeys"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    backup_eligible: Mapped[bool]
    backed_up: Mapped[bool]
    last_used_at: Mapped[db.When | None]
    suspected_at: Mapped[db.When | None]


class PasskeyChallenge(db.Base):
    """What an authenticator is asked to sign, once. `user_id` is set when the answer adds a passkey to that person."""

    __tablename__ = "passkey_challenges"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    challenge: Mapped[bytes]
    expires_at: Mapped[db.When] = mapped_column(index=True)


class SessionTransfer(db.Base, db.Timestamped):
    """A signed-in browser lets another one in, once. `session_id` hands over, `used_by` is what came of it.

    Only a keyed digest of the code is kept. To take it back, `expires_at` is brought forward.
    """

    __tablename__ = "session_transfers"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("user_sessions.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[db.When] = mapped_column(index=True)
    used_at: Mapped[db.When | None]
    used_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_sessions.id", ondelete="CASCADE"))
    __table_args__ = (CheckConstraint("(used_at is null) = (used_by is null)", name="used"),)


class Attempt(db.Base):
    """Something counted against a limit: a wrong password, a mail asked for. `key` is a digest, so no address is kept."""

    __tablename__ = "sign_in_attempts"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    key: Mapped[str]
    at: Mapped[db.When] = mapped_column(default=db.now)
    __table_args__ = (Index("ix_sign_in_attempts_key_at", "key", "at"),)
