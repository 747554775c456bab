"""Counting per account, in the database: limits hold across processes, and a known device has a count of its own.

A key is locked while its try is judged, so a burst of parallel tries cannot all pass before the first is counted.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, text

from app.accounts.models import Attempt
from app.core import db, settings
from app.core.errors import Refused


class Throttled(Refused):
    status = 429
    message = (
        "Too many wrong tries for this account in a short time. Wait five minutes, or sign in with a code by e-mail."
    )


@dataclass(frozen=True)
class Limit:
    """At most `most` counted tries within `window`."""

    name: str
    most: int
    window: timedelta


WRONG_PASSWORD = Limit("password", 10, timedelta(minutes=5))
WRONG_CODE = Limit("code", 20, timedelta(hours=1))
MAILS = Limit("mail", 5, timedelta(hours=1))


def key(limit: Limit, *parts: str) -> str:
    """What is counted, as a digest that does not give the address away."""
    body = "\0".join((limit.name, *parts)).encode()
    return hmac.new(settings.current().secret_key.encode(), body, hashlib.sha256).hexdigest()


def full(limit: Limit, key: str) -> bool:
    """Whether no further try is allowed now; also while another try for the same key is being judged."""
    locked = db.session().execute(text("select pg_try_advisory_xact_lock(hashtextextended(:key, 13))"), {"key": key})
    if not locked.scalar():
        return True
    since = db.now() - limit.window
    counted = db.session().scalar(select(func.count()).where(Attempt.key == key, Attempt.at > since))
    return (counted or 0) >= limit.most


def count(key: str) -> None:
    db.add(Attempt(key=key))


def clear(key: str) -> None:
    db.session().execute(delete(Attempt).where(Attempt.key == key))


def sweep(older_than: timedelta = timedelta(days=1)) -> int:
    """Forget what no limit looks at any more. Returns how many rows went."""
    gone = db.session().execute(delete(Attempt).where(Attempt.at < db.now() - older_than).returning(Attempt.id))
    return len(gone.all())
