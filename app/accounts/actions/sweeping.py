"""Forgetting what is over: counted tries, dead codes, sessions that ended long ago."""

from datetime import timedelta

from sqlalchemy import delete

from app.accounts import challenges, throttle
from app.accounts.models import SessionTransfer, SignInCode, UserSession
from app.core import db

DEAD_TRANSFERS, DEAD_CODES, DEAD_SESSIONS = timedelta(days=1), timedelta(days=7), timedelta(days=30)


def sweep() -> None:
    """Delete what no page shows and no limit counts any more. Needs the system scope."""
    throttle.sweep()
    challenges.sweep()
    db.session().execute(delete(SessionTransfer).where(SessionTransfer.expires_at < db.now() - DEAD_TRANSFERS))
    db.session().execute(delete(SignInCode).where(SignInCode.expires_at < db.now() - DEAD_CODES))
    db.session().execute(delete(UserSession).where(UserSession.expires_at < db.now() - DEAD_SESSIONS))
    db.session().execute(delete(UserSession).where(UserSession.revoked_at < db.now() - DEAD_SESSIONS))
