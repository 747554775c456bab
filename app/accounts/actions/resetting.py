"""A new password by e-mail. It ends every session, since whoever knew the old one may be signed in."""

from app.accounts import codes, passwords, throttle
from app.accounts.actions.entering import Browser, SignedIn, end_sessions, enter
from app.accounts.models import User
from app.accounts.queries import by_email
from app.core import db, mail
from app.core.ids import new_id
from app.core.signing import BadLink


def ask_reset(email: str) -> None:
    """Mail a link that sets a new password; to an unknown address a word that it has no account."""
    with db.system("sign in"):
        key = throttle.key(throttle.MAILS, email)
        if throttle.full(throttle.MAILS, key):
            return
        throttle.count(key)
        user = by_email(email)
        if user is None or user.disabled_at:
            mail.post(email, "no_account", f"no-account:{new_id()}")
            return
        issued = codes.issue(user.id, codes.RESET)
        mail.post(email, "reset_password", f"reset:{issued.id}", token=issued.token)


def reset_reader(token: str) -> str:
    """The address whose password a link resets. Raises BadLink."""
    with db.system("sign in") as session:
        row = codes.find_token(token, codes.RESET)
        if row is None:
            raise BadLink
        return session.get_one(User, row.user_id).email


def reset_password(token: str, password: str, browser: Browser) -> SignedIn:
    """Set the password, end all sessions, open a new one here. Raises BadLink, WeakPassword (the link stays good)."""
    with db.system("sign in") as session:
        row = codes.find_token(token, codes.RESET, lock=True)
        if row is None:
            raise BadLink
        user = session.get_one(User, row.user_id)
        passwords.check(password, user.email, user.name)
        user.password_hash, user.email_confirmed_at = passwords.hashed(password), user.email_confirmed_at or db.now()
        row.used_at = db.now()
        end_sessions(user.id)
        mail.post(user.email, "account_changed", f"password:{row.id}", what="The password of your account was changed.")
        return enter(user, "reset", browser)
