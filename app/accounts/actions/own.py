"""What a signed-in person changes about themself, in their own scope."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts import passwords, throttle
from app.accounts.actions.entering import after_sign_in, end_sessions
from app.accounts.events import SessionsEnded
from app.accounts.models import User, UserSession
from app.accounts.queries import by_email
from app.core import db, mail, signing
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.core.outbox import emit
from app.core.signing import BadLink

FRESH = timedelta(minutes=15)
EMAIL_LINK_SECONDS = 24 * 3600


class SignInAgain(Refused):
    message = "You signed in a while ago. Sign out and in again, then make this change; nothing was changed yet."


class ConfirmFirst(Refused):
    """The person is asked to sign in once more, and comes back."""

    status = 403
    message = "You signed in a while ago. Confirm that it is you, then make this change; nothing was changed yet."


def confirmed(session_id: UUID) -> None:
    """Whether the person proved in the last 15 minutes who they are. Raises ConfirmFirst when not."""
    if not _fresh(session_id):
        raise ConfirmFirst


def _fresh(session_id: UUID) -> bool:
    return db.get(UserSession, session_id).proved >= db.now() - FRESH


def rename(user_id: UUID, name: str) -> None:
    db.get(User, user_id).name = name


def set_hotkeys(user_id: UUID, off: bool) -> None:
    db.get(User, user_id).hotkeys_off = off


def change_password(user_id: UUID, session_id: UUID, current: str, new: str) -> bool:
    """Set a password and end all other sessions. False when `current` is wrong (counted: let it be committed).

    Raises WeakPassword, Throttled, and SignInAgain for a person without a password who signed in long ago.
    """
    user = db.get(User, user_id)
    if not _is_really(user, session_id, current):
        return False
    passwords.check(new, user.email, user.name)
    user.password_hash = passwords.hashed(new)
    end_sessions(user_id, keep=session_id)
    mail.post(user.email, "account_changed", f"password:{new_id()}", what="The password of your account was changed.")
    return True


def _is_really(user: User, session_id: UUID, password: str) -> bool:
    """Proof again before what could take the account over: the password, or without one a fresh sign-in."""
    if user.password_hash is None:
        if not _fresh(session_id):
            raise SignInAgain
        return True
    with db.system("sign in"):
        key = throttle.key(throttle.WRONG_PASSWORD, user.email, str(session_id))
        if throttle.full(throttle.WRONG_PASSWORD, key):
            raise throttle.Throttled
        if passwords.matches(user.password_hash, password):
            return True
        throttle.count(key)
        return False


def ask_email_change(user_id: UUID, session_id: UUID, email: str, password: str) -> bool:
    """Mail a link to the new address; nothing changes before it is clicked. False when the password is wrong.

    Raises Throttled, SignInAgain. An address with an account gets a mail that says so; the answer is the same.
    """
    user = db.get(User, user_id)
    if not _is_really(user, session_id, password):
        return False
    with db.system("sign in"):
        key = throttle.key(throttle.MAILS, email)
        if throttle.full(throttle.MAILS, key):
            return True
        throttle.count(key)
        if by_email(email) is not None:
            mail.post(email, "known_account", f"known:{new_id()}")
            return True
        token = signing.sign("email", [str(user_id), user.email, email])
        mail.post(email, "new_email", f"new-email:{new_id()}", token=token)
        return True


def email_in(token: str, user_id: UUID) -> str:
    """The new address a link stands for. Raises BadLink when it is not this person's, or their address moved on since."""
    owner, before, after = signing.unsign("email", token, EMAIL_LINK_SECONDS)
    if owner != str(user_id) or db.get(User, user_id).email != before:
        raise BadLink
    return str(after)


def change_email(user_id: UUID, session_id: UUID, token: str) -> str:
    """The clicked link proves the new address: use it from now on, tell the old one. Raises BadLink."""
    after = email_in(token, user_id)
    user = db.get(User, user_id)
    before = user.email
    try:
        with db.session().begin_nested():
            user.email = after
    except IntegrityError as error:
        raise BadLink from error
    end_sessions(user_id, keep=session_id)
    what = f"Your account now uses {after} instead of {before}."
    mail.post(before, "account_changed", f"email:{new_id()}", what=what)
    for hook in after_sign_in:
        hook(user_id, None)
    return after


def end_session(user_id: UUID, session_id: UUID) -> None:
    """Sign one browser out. Raises NotFound for a session that is not this person's."""
    found = (
        db.session()
        .scalars(select(UserSession).where(UserSession.id == session_id, UserSession.user_id == user_id))
        .one_or_none()
    )
    if found is None:
        raise NotFound
    if found.revoked_at is None:
        found.revoked_at = db.now()
        emit(SessionsEnded(user_id=user_id))


def end_other_sessions(user_id: UUID, keep: UUID) -> int:
    """Sign all other browsers out. Returns how many."""
    return end_sessions(user_id, keep)
