"""Reads: who is behind a cookie, and what a person sees of their own account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update

from app.accounts.models import Identity, Passkey, SessionTransfer, User, UserSession
from app.core import db
from app.core.ids import token_hash
from app.core.web.access import Viewer

IDLE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=5)


def viewer(token: str) -> Viewer | None:
    """The person behind a session cookie, in one query; notes at most every five minutes that they were here."""
    with db.system("viewer") as session:
        row = session.execute(
            select(UserSession, User)
            .join(User, User.id == UserSession.user_id)
            .where(UserSession.token_hash == token_hash(token), *alive())
        ).one_or_none()
        if row is None:
            return None
        opened, person = row.UserSession, row.User
        if opened.last_seen_at < db.now() - SEEN_EVERY:
            session.execute(update(UserSession).where(UserSession.id == opened.id).values(last_seen_at=db.now()))
        return Viewer(person.id, person.name, person.email, opened.id, person.hotkeys_off, opened.proved)


def alive() -> tuple[ColumnElement[bool], ...]:
    """Conditions on UserSession and User: this session still lets its person in."""
    now = db.now()
    return (
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > now,
        UserSession.last_seen_at > now - IDLE,
        User.disabled_at.is_(None),
    )


def by_email(email: str) -> User | None:
    """The person with that address (lower case). Needs the system scope: nobody may look others up."""
    return db.session().scalars(select(User).where(User.email == email)).one_or_none()


@dataclass(frozen=True)
class Device:
    """A signed-in browser, in words."""

    id: UUID
    words: str
    ip: str
    method: str
    last_seen_at: datetime
    signed_in_at: datetime
    is_phone: bool


def devices(user_id: UUID) -> list[Device]:
    """Browsers that are signed in, the last seen first."""
    rows = db.session().scalars(
        select(UserSession)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.user_id == user_id, *alive())
        .order_by(UserSession.last_seen_at.desc())
    )
    return [_device(row) for row in rows]


def _device(row: UserSession) -> Device:
    agent = row.user_agent
    return Device(
        id=row.id,
        words=describe(agent),
        ip=row.ip,
        method=METHODS.get(row.method, row.method),
        last_seen_at=row.last_seen_at,
        signed_in_at=row.created_at,
        is_phone="Mobi" in agent or "iPhone" in agent or "Android" in agent,
    )


METHODS = {
    "password": "password",
    "code": "code by e-mail",
    "confirm": "new account",
    "reset": "new password",
    "google": "Google",
    "passkey": "passkey",
    "transfer": "QR code",
}
# The first match wins: browsers name their ancestors too.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def describe(agent: str) -> str:
    """«Firefox on Windows», as far as the browser tells."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


def has_google(user_id: UUID) -> bool:
    return bool(db.session().scalar(select(exists().where(Identity.user_id == user_id, Identity.provider == "google"))))


def has_password(user_id: UUID) -> bool:
    return bool(db.session().scalar(select(exists().where(User.id == user_id, User.password_hash.is_not(None)))))


def passkeys_of(user_id: UUID) -> Sequence[Passkey]:
    """A person's passkeys, the oldest first."""
    return db.session().scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def passkey(passkey_id: UUID) -> Passkey:
    """One's own. Raises NotFound."""
    return db.get(Passkey, passkey_id)


@dataclass(frozen=True)
class Transfer:
    """A code that lets another browser in: `state` is waiting, used or over; `device` says in words who used it."""

    id: UUID
    state: str
    expires_at: datetime
    device: str


def transfer(transfer_id: UUID) -> Transfer:
    """How far one's own code is. Raises NotFound."""
    row = db.get(SessionTransfer, transfer_id)
    device = describe(db.get(UserSession, row.used_by).user_agent) if row.used_by else ""
    state = "used" if row.used_at else "waiting" if row.expires_at > db.now() else "over"
    return Transfer(row.id, state, row.expires_at, device)
