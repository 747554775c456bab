"""One-time codes and links: six digits to type, bound to the browser that asked; a 256-bit token to click."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.models import SignInCode
from app.core import db, settings
from app.core.ids import new_id, new_token, token_hash

SIGN_IN, CONFIRM, RESET = "sign_in", "confirm", "reset"
LIFETIMES = {SIGN_IN: timedelta(minutes=10), CONFIRM: timedelta(hours=24), RESET: timedelta(hours=1)}
TRIES = 5


@dataclass(frozen=True)
class Issued:
    """The secrets go into one mail and nowhere else; `id` goes into the asking browser's session."""

    id: UUID
    code: str
    token: str


def issue(user_id: UUID, purpose: str) -> Issued:
    """A fresh code; earlier ones of the same purpose stop working."""
    db.session().execute(
        update(SignInCode)
        .where(SignInCode.user_id == user_id, SignInCode.purpose == purpose, SignInCode.used_at.is_(None))
        .values(used_at=db.now())
    )
    issued = Issued(new_id(), f"{secrets.randbelow(10**6):06d}", new_token("gl"))
    db.add(
        SignInCode(
            id=issued.id,
            user_id=user_id,
            purpose=purpose,
            code_hash=_digest(issued.id, issued.code),
            token_hash=token_hash(issued.token),
            expires_at=db.now() + LIFETIMES[purpose],
        )
    )
    return issued


def use_code(code_id: UUID, purpose: str, typed: str) -> SignInCode | None:
    """The row when `typed` is right; else None and one try less. The caller must let the count be committed."""
    row = db.find(SignInCode, code_id, lock=True)
    if row is None or row.purpose != purpose or not usable(row) or row.attempts >= TRIES:
        return None
    row.attempts += 1
    digits = "".join(letter for letter in typed if letter.isdigit())
    if not hmac.compare_digest(row.code_hash, _digest(row.id, digits)):
        return None
    row.used_at = db.now()
    return row


def find_token(token: str, purpose: str, *, lock: bool = False) -> SignInCode | None:
    """The usable row behind a clicked link, or None."""
    statement = select(SignInCode).where(SignInCode.token_hash == token_hash(token), SignInCode.purpose == purpose)
    row = db.session().scalars(statement.with_for_update() if lock else statement).one_or_none()
    return row if row is not None and usable(row) else None


def usable(row: SignInCode) -> bool:
    return row.used_at is None and row.expires_at > db.now()


def _digest(code_id: UUID, code: str) -> str:
    """Keyed, because six digits alone are counted through in a second by whoever reads the table."""
    return hmac.new(settings.current().secret_key.encode(), f"{code_id}:{code}".encode(), hashlib.sha256).hexdigest()
