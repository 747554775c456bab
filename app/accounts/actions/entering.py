"""The one way in: a new session for a person who proved who they are, however they did."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import update

from app.accounts.events import SessionsEnded
from app.accounts.models import SessionTransfer, User, UserSession
from app.core import db, signing
from app.core.ids import new_token, token_hash
from app.core.outbox import emit

log = structlog.get_logger()
ABSOLUTE = timedelta(days=90)
DEVICE_SECONDS = 365 * 24 * 3600

after_sign_in: list[Callable[[UUID, UUID | None], None]] = []
"""Called with (person, visitor or None) in the person's own scope; app/wiring.py adds the cart's merge and the claim of purchases."""


@dataclass(frozen=True)
class Browser:
    """What a request says about where it comes from. `device` is the mark of an earlier sign-in on this browser."""

    ip: str
    user_agent: str
    visitor_id: UUID | None = None
    session_token: str | None = None
    device: str | None = None

    def known_to(self, user_id: UUID) -> bool:
        """Whether this person signed in here before, so a stranger's wrong tries do not shut them out."""
        try:
            return bool(self.device) and signing.unsign("device", self.device or "", DEVICE_SECONDS) == str(user_id)
        except signing.BadLink:
            return False


@dataclass(frozen=True)
class SignedIn:
    """Secrets for the browser's cookies: the session's token, and the mark of a known device."""

    user_id: UUID
    session_id: UUID
    name: str
    token: str
    device: str


def enter(user: User, method: str, browser: Browser, source: UserSession | None = None) -> SignedIn:
    """A session with a token of its own; the one that this browser had before is over (no fixation).

    With a `source` that hands over: nobody proved anything anew, so the session is as old as that one, and ends with its time.
    """
    if browser.session_token:
        sign_out(browser.session_token)
    token = new_token("gs")
    opened = db.add(
        UserSession(
            user_id=user.id,
            token_hash=token_hash(token),
            method=method,
            ip=browser.ip,
            user_agent=browser.user_agent[:300],
            last_seen_at=db.now(),
            expires_at=source.expires_at if source else db.now() + ABSOLUTE,
            proved_at=source.proved if source else None,
        )
    )
    for hook in after_sign_in:
        with db.buyer(user.id):
            hook(user.id, browser.visitor_id)
    log.info("accounts.signed_in", user_id=str(user.id), method=method)
    return SignedIn(user.id, opened.id, user.name, token, signing.sign("device", str(user.id)))


def prove(user: User) -> None:
    """The mailbox is theirs. A password set before that may be a stranger's, so it goes (no account pre-hijacking)."""
    if user.email_confirmed_at is None:
        user.email_confirmed_at = db.now()
        user.password_hash = None


def sign_out(token: str) -> None:
    """End the session behind a cookie, if it is still open."""
    with db.system("sign in") as session:
        user_id = session.scalars(
            update(UserSession)
            .where(UserSession.token_hash == token_hash(token), UserSession.revoked_at.is_(None))
            .values(revoked_at=db.now())
            .returning(UserSession.user_id)
        ).one_or_none()
        if user_id is not None:
            emit(SessionsEnded(user_id=user_id))


def end_sessions(user_id: UUID, keep: UUID | None = None) -> int:
    """Sign a person out everywhere, but for the session `keep`; nothing is handed over any more. Returns how many ended."""
    withdraw(user_id)
    statement = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if keep is not None:
        statement = statement.where(UserSession.id != keep)
    ended = db.session().scalars(statement.values(revoked_at=db.now()).returning(UserSession.id)).all()
    if ended:
        emit(SessionsEnded(user_id=user_id))
    return len(ended)


def withdraw(user_id: UUID) -> None:
    """Codes that would let another browser in stop working."""
    waiting = (SessionTransfer.used_at.is_(None), SessionTransfer.expires_at > db.now())
    db.session().execute(
        update(SessionTransfer).where(SessionTransfer.user_id == user_id, *waiting).values(expires_at=db.now())
    )
