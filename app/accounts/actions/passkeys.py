"""Passkeys: adding one, naming it, removing it, and signing in with it. A challenge is spent by whatever answers it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts import challenges, passkeys
from app.accounts.actions.entering import Browser, SignedIn, enter
from app.accounts.actions.own import confirmed
from app.accounts.models import Passkey, User
from app.accounts.passkeys import NotAdded, NotProven
from app.accounts.queries import describe, passkeys_of
from app.core import audit, db, mail
from app.core.actor import Actor
from app.core.errors import Refused

MOST = 20
UNKNOWN = "No account here knows this passkey; it may have been removed. Use your password or a code by e-mail instead."
TOO_OLD = "That took longer than five minutes, or was answered before. You are not signed in yet; try again."
UNPROVEN = "The e-mail address of this account waits for its proof. Sign in with a code by e-mail, which proves it."
OTHER = "This passkey belongs to another account than the one that is signed in here. Sign out first to use it."
COPIED = (
    "This passkey is not accepted any more: its counter went back, which can mean that somebody copied it. Sign in with your"
    " password or a code by e-mail, then remove it and add a new one."
)


class AlreadyAdded(NotAdded):
    message = "This passkey is already added. Nothing was changed."


class TooMany(Refused):
    status = 409
    message = f"An account has at most {MOST} passkeys. Remove one that you no longer use, then add this one."


def ask_to_add(user_id: UUID, session_id: UUID) -> tuple[UUID, dict[str, Any]]:
    """A challenge's id, and what the browser gives to its authenticator. Raises ConfirmFirst, TooMany."""
    confirmed(session_id)
    _room(user_id)
    user = db.get(User, user_id)
    known = [passkeys.Known(row.credential_id, row.transports) for row in passkeys_of(user_id)]
    with db.system("sign in"):
        asked = challenges.ask(user_id)
    return asked.id, passkeys.to_make(user_id.bytes, user.email, user.name, asked.challenge, known)


def _room(user_id: UUID) -> None:
    """Raises TooMany."""
    if len(passkeys_of(user_id)) >= MOST:
        raise TooMany


def add_passkey(user_id: UUID, session_id: UUID, challenge_id: UUID, answer: str, agent: str) -> Passkey:
    """Keep what the authenticator made, and tell the person. Raises ConfirmFirst, TooMany, NotAdded, AlreadyAdded."""
    confirmed(session_id)
    user = db.lock(db.get(User, user_id))
    _room(user_id)
    with db.system("sign in"):
        challenge = challenges.take(challenge_id, user_id)
    if challenge is None:
        raise NotAdded("That took longer than five minutes. The passkey was not added; try again.")
    row = _keep(user_id, passkeys.made(passkeys.read(answer), challenge), agent)
    _write_down(user, "accounts.add_passkey", row)
    what = f"The passkey «{row.name}» was added, and can now sign in to your account."
    mail.post(user.email, "account_changed", f"passkey-added:{row.id}", what=what)
    return row


def _keep(user_id: UUID, made: passkeys.Made, agent: str) -> Passkey:
    row = Passkey(user_id=user_id, name=_called(made.transports, agent), **vars(made))
    try:
        with db.session().begin_nested():
            return db.add(row)
    except IntegrityError as error:
        raise AlreadyAdded from error


def _called(transports: list[str], agent: str) -> str:
    """A first name for it: what it is, as far as it says."""
    if "internal" in transports or not transports:
        return describe(agent)
    return "Security key" if {"usb", "nfc"} & set(transports) else "Phone or tablet"


def rename_passkey(passkey_id: UUID, name: str) -> None:
    """Raises NotFound, also for another person's."""
    db.get(Passkey, passkey_id).name = name


def remove_passkey(user_id: UUID, session_id: UUID, passkey_id: UUID) -> str:
    """Let it open nothing from now on, and tell the person. Returns its name. Raises ConfirmFirst, NotFound."""
    confirmed(session_id)
    row, user = db.lock(db.get(Passkey, passkey_id)), db.get(User, user_id)
    name = row.name
    _write_down(user, "accounts.remove_passkey", row)
    db.session().delete(row)
    what = f"The passkey «{name}» was removed, and no longer signs in to your account."
    mail.post(user.email, "account_changed", f"passkey-removed:{passkey_id}", what=what)
    return name


def _write_down(user: User, action: str, row: Passkey) -> None:
    """People have no trail of their own; the platform's is kept for those who look into a taken account."""
    with db.workspace(db.PLATFORM):
        audit.record(Actor("person", user.name, user.id), action, row, name=row.name)


def ask_to_sign() -> tuple[UUID, dict[str, Any]]:
    """A challenge's id, and what the browser gives to its authenticator, whoever the person turns out to be."""
    with db.system("sign in"):
        asked = challenges.ask()
    return asked.id, passkeys.to_sign(asked.challenge)


def sign_in_with_passkey(challenge_id: UUID, answer: str, browser: Browser, only: UUID | None = None) -> SignedIn:
    """A session. `only`: who is signed in here already and proves it once more.

    Raises NotProven, which keeps what was written down.
    """
    with db.system("sign in") as session:
        challenge = challenges.take(challenge_id)
        if challenge is None:
            raise NotProven(TOO_OLD)
        row = _right(passkeys.read(answer), challenge)
        user = session.get_one(User, row.user_id)
        if only not in (None, user.id):
            raise NotProven(OTHER)
        if user.disabled_at:
            raise NotProven
        if user.email_confirmed_at is None:
            raise NotProven(UNPROVEN)
        row.last_used_at = db.now()
        return enter(user, "passkey", browser)


def _right(answer: dict[str, Any], challenge: bytes) -> Passkey:
    """The passkey that gave this answer, its counts brought up to date. Raises NotProven."""
    credential_id, handle = passkeys.identify(answer)
    found = select(Passkey).where(Passkey.credential_id == credential_id).with_for_update()
    row = db.session().scalars(found).one_or_none()
    if row is None or handle != row.user_id.bytes:
        raise NotProven(UNKNOWN)
    used = passkeys.used(answer, challenge, row.public_key)
    if used.backup_eligible != row.backup_eligible:
        raise NotProven
    if row.suspected_at is not None or _went_back(row, used):
        _suspect(row)
        raise NotProven(COPIED)
    row.sign_count, row.backed_up = used.sign_count, used.backed_up
    db.session().flush()  # counted even when its person is refused for another reason
    return row


def _went_back(row: Passkey, used: passkeys.Used) -> bool:
    """An authenticator that counts always counts on; one that does not says 0 for ever."""
    return (used.sign_count > 0 or row.sign_count > 0) and used.sign_count <= row.sign_count


def _suspect(row: Passkey) -> None:
    """The signature was right, so there are two authenticators with one key. It opens nothing any more, and the person hears of it."""
    if row.suspected_at is not None:
        return
    row.suspected_at = db.now()
    what = (
        f"The passkey «{row.name}» was refused because its counter went back: somebody may have copied it. Remove it."
    )
    user = db.session().get_one(User, row.user_id)
    mail.post(user.email, "account_changed", f"passkey-suspected:{row.id}", what=what)
    _write_down(user, "accounts.suspect_passkey", row)
