"""Sign-in by password or by a code. Known and unknown addresses get the same answer for the same effort."""

from uuid import UUID

from app.accounts import codes, passwords, throttle
from app.accounts.actions.entering import Browser, SignedIn, enter, prove
from app.accounts.actions.signing_up import send_confirmation
from app.accounts.models import User
from app.accounts.queries import by_email
from app.core import db, mail
from app.core.ids import new_id


def sign_in_with_password(email: str, password: str, browser: Browser) -> SignedIn | UUID | None:
    """A session; or None for a wrong address or password (counted: let it be committed).

    A right password of an unconfirmed address gives the id of the code just mailed instead. Raises Throttled.
    """
    with db.system("sign in"):
        user = by_email(email)
        key = _password_key(email, user, browser)
        if throttle.full(throttle.WRONG_PASSWORD, key):
            raise throttle.Throttled
        if not passwords.matches(user.password_hash if user else None, password) or user is None or user.disabled_at:
            throttle.count(key)
            return None
        throttle.clear(key)
        if user.email_confirmed_at is None:
            return send_confirmation(user)
        if user.password_hash and passwords.outdated(user.password_hash):
            user.password_hash = passwords.hashed(password)
        return enter(user, "password", browser)


def _password_key(email: str, user: User | None, browser: Browser) -> str:
    """A known device is counted apart, so strangers cannot lock the owner out of it."""
    known = user is not None and browser.known_to(user.id)
    return throttle.key(throttle.WRONG_PASSWORD, email, browser.device or "" if known else "")


def ask_code(email: str) -> UUID:
    """Mail a code to type, or to an unknown address a word that it has no account. Returns the id to bind the browser to."""
    with db.system("sign in"):
        key = throttle.key(throttle.MAILS, email)
        if throttle.full(throttle.MAILS, key):
            return new_id()
        throttle.count(key)
        user = by_email(email)
        if user is None or user.disabled_at:
            nothing = new_id()
            mail.post(email, "no_account", f"no-account:{nothing}")
            return nothing
        issued = codes.issue(user.id, codes.SIGN_IN)
        mail.post(email, "sign_in_code", f"code:{issued.id}", code=issued.code)
        return issued.id


def sign_in_with_code(code_id: UUID, typed: str, browser: Browser) -> SignedIn | None:
    """A session for the typed code, or None (counted: let it be committed). Proves the address as well."""
    with db.system("sign in") as session:
        row = codes.use_code(code_id, codes.SIGN_IN, typed)
        if row is None:
            return None
        user = session.get_one(User, row.user_id)
        prove(user)
        return enter(user, "code", browser)
