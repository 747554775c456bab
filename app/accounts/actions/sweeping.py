"""Forgetting what is over: counted tries, dead codes, sessions that ended long ago."""

from datetime import timedelta

from sqlalchemy import delete

from app.accounts import throttle
from app.accounts.models import SignInCode, UserSession
from app.core import db

DEAD_CODES, DEAD_SESSIONS = timedelta(days=7), timedelta(days=30)


def sweep() -> None:
    """Delete what no page shows and no limit counts any more. Needs the system scope."""
    throttle.sweep()
    db.session().execute(delete(SignInCode).where(SignInCode.expires_at < db.now() - DEAD_CODES))
    db.session().execute(delete(UserSession).where(UserSession.expires_at < db.now() - DEAD_SESSIONS))
    db.session().execute(delete(UserSession).where(UserSession.revoked_at < db.now() - DEAD_SESSIONS))
