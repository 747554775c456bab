"""A signed-in browser lets another one of the same person in, by a code that works once, for two minutes."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts import throttle
from app.accounts.actions.entering import Browser, SignedIn, enter, withdraw
from app.accounts.models import SessionTransfer, User, UserSession
from app.accounts.queries import alive, describe
from app.core import db, mail, settings
from app.core.errors import Refused
from app.core.ids import ALPHABET, short_code
from app.core.signing import BadLink

LIFETIME = timedelta(minutes=2)
LETTERS = 12
"""Of 31: 59 bits, to be guessed within two minutes and against a limit per address."""
TRANSFERS = throttle.Limit("transfer", 20, timedelta(hours=1))


class Over(BadLink):
    message = (
        "This code was used, or its two minutes are over. Nobody was signed in. Make a new one on the device where you are"
        " signed in."
    )


class SomebodyElse(Refused):
    status = 409
    message = "Somebody else is signed in on this device. Nothing was changed; choose who goes on here."


@dataclass(frozen=True)
class Offered:
    """The code is shown on the device that hands over, and kept nowhere else."""

    id: UUID
    code: str


@dataclass(frozen=True)
class Offer:
    """What a code stands for: who would be signed in, and the device that hands over, in words."""

    user_id: UUID
    name: str
    email: str
    device: str


def offer(user_id: UUID, session_id: UUID) -> Offered:
    """A fresh code of this session; earlier ones of the person stop working. Raises Throttled."""
    with db.system("sign in"):
        key = throttle.key(TRANSFERS, str(user_id))
        if throttle.full(TRANSFERS, key):
            raise throttle.Throttled("You made many codes in a short time. Wait an hour, or sign in there yourself.")
        throttle.count(key)
    withdraw(user_id)
    code = short_code(LETTERS)
    made = SessionTransfer(
        user_id=user_id, session_id=session_id, code_hash=_digest(code), expires_at=db.now() + LIFETIME
    )
    return Offered(db.add(made).id, code)


def look(code: str) -> Offer:
    """What a code stands for; looking changes nothing, since robots look at links too. Raises Over."""
    with db.system("sign in"):
        _, source, user = _found(code)
        return Offer(user.id, user.name, user.email, describe(source.user_agent))


def take_over(code: str, here: UUID | None, switch: bool, browser: Browser) -> SignedIn:
    """A session for whoever made the code, as old as theirs; theirs goes on. The code is used, and they are told.

    `here` is who is signed in on this browser by now; with `switch` they agreed to be signed out. Raises Over, SomebodyElse.
    """
    with db.system("sign in"):
        row, source, user = _found(code, lock=True)
        if here not in (None, user.id) and not switch:
            raise SomebodyElse
        entered = enter(user, "transfer", browser, source)
        row.used_at, row.used_by = db.now(), entered.session_id
        there, now = describe(source.user_agent), describe(browser.user_agent)
        what = f"{now} was signed in to your account by a QR code that was shown by {there}."
        mail.post(user.email, "account_changed", f"transfer:{row.id}", what=what)
        return entered


def _found(code: str, lock: bool = False) -> tuple[SessionTransfer, UserSession, User]:
    """The code's row, the session that hands over, its person; only while all three are good. Raises Over."""
    statement = select(SessionTransfer).where(SessionTransfer.code_hash == _digest(code))
    row = db.session().scalars(statement.with_for_update() if lock else statement).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= db.now():
        raise Over
    source = (
        db.session()
        .execute(
            select(UserSession, User)
            .join(User, User.id == UserSession.user_id)
            .where(UserSession.id == row.session_id, *alive())
        )
        .one_or_none()
    )
    if source is None:
        raise Over
    return row, source.UserSession, source.User


def _digest(code: str) -> str:
    """Keyed, because a short code is counted through by whoever reads the table. However it was typed: dashes, capitals."""
    plain = "".join(letter for letter in code.lower() if letter in ALPHABET)
    return hmac.new(settings.current().secret_key.encode(), f"transfer:{plain}".encode(), hashlib.sha256).hexdigest()
