"""New accounts: nothing is open before the address is proven, by a typed code or a clicked link."""

from uuid import UUID

from app.accounts import codes, passwords, throttle
from app.accounts.actions.entering import Browser, SignedIn, enter
from app.accounts.models import SignInCode, User
from app.accounts.queries import by_email
from app.core import db, mail
from app.core.ids import new_id
from app.core.signing import BadLink


def sign_up(email: str, name: str, password: str) -> UUID:
    """Make an account that waits for its proof, and mail a code and a link. Returns the id to bind the browser to.

    An address that has an account gets a mail that says so; the answer here is the same. Raises WeakPassword.
    """
    passwords.check(password, email, name)
    kept = passwords.hashed(password)
    with db.system("sign in"):
        key = throttle.key(throttle.MAILS, email)
        if throttle.full(throttle.MAILS, key):
            return new_id()
        throttle.count(key)
        known = by_email(email)
        if known is not None and known.email_confirmed_at:
            told = new_id()
            mail.post(email, "known_account", f"known:{told}")
            return told
        user = known or db.add(User(email=email, name=name))
        user.name, user.password_hash = name, kept
        return send_confirmation(user)


def send_confirmation(user: User) -> UUID:
    issued = codes.issue(user.id, codes.CONFIRM)
    mail.post(user.email, "confirm_email", f"confirm:{issued.id}", code=issued.code, token=issued.token)
    return issued.id


def ask_again(code_id: UUID) -> UUID:
    """Mail a fresh code to whoever `code_id` was for; the same answer when there is nobody, or too many were sent."""
    with db.system("sign in") as session:
        row = db.find(SignInCode, code_id)
        user = session.get(User, row.user_id) if row and row.purpose == codes.CONFIRM else None
        if user is None or user.email_confirmed_at:
            return code_id
        key = throttle.key(throttle.MAILS, user.email)
        if throttle.full(throttle.MAILS, key):
            return code_id
        throttle.count(key)
        return send_confirmation(user)


def confirm_by_code(code_id: UUID, typed: str, browser: Browser) -> SignedIn | None:
    """The typed code proves the address and signs in; None when wrong (counted: let it be committed)."""
    with db.system("sign in") as session:
        row = codes.use_code(code_id, codes.CONFIRM, typed)
        if row is None:
            return None
        user = session.get_one(User, row.user_id)
        user.email_confirmed_at = db.now()
        return enter(user, "confirm", browser)


def link_reader(token: str, code_id: UUID | None) -> tuple[str, bool]:
    """The address that a link proves, and whether this browser is the one that signed up. Raises BadLink."""
    with db.system("sign in") as session:
        row = codes.find_token(token, codes.CONFIRM)
        if row is None:
            raise BadLink
        return session.get_one(User, row.user_id).email, row.id == code_id


def confirm_by_link(token: str, code_id: UUID | None, password: str, browser: Browser) -> SignedIn | None:
    """The link proves the address. On another browser than the one that signed up the password is asked too:

    else a stranger could sign up with your address and have you open the account for them. None when it is wrong
    (counted: let it be committed). Raises BadLink, Throttled.
    """
    with db.system("sign in") as session:
        row = codes.find_token(token, codes.CONFIRM, lock=True)
        if row is None:
            raise BadLink
        user = session.get_one(User, row.user_id)
        key = throttle.key(throttle.WRONG_PASSWORD, user.email, "link")
        if throttle.full(throttle.WRONG_PASSWORD, key):
            raise throttle.Throttled
        if row.id != code_id and not passwords.matches(user.password_hash, password):
            throttle.count(key)
            return None
        row.used_at = user.email_confirmed_at = db.now()
        return enter(user, "confirm", browser)
