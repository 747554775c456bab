"""Challenges that authenticators sign: random, good for five minutes and for one answer, kept here and not in the browser."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete

from app.accounts.models import PasskeyChallenge
from app.core import db

LIFETIME = timedelta(minutes=5)
BYTES = 32


@dataclass(frozen=True)
class Asked:
    """`id` goes into the asking browser's session and comes back with the answer."""

    id: UUID
    challenge: bytes


def ask(user_id: UUID | None = None) -> Asked:
    """A fresh challenge; with `user_id` its answer may only add a passkey to that person. Needs the system scope."""
    row = db.add(
        PasskeyChallenge(user_id=user_id, challenge=secrets.token_bytes(BYTES), expires_at=db.now() + LIFETIME)
    )
    return Asked(row.id, row.challenge)


def take(challenge_id: UUID, user_id: UUID | None = None) -> bytes | None:
    """The challenge, which is gone with this; None when used, too old, or asked for something or somebody else."""
    row = (
        db.session()
        .execute(
            delete(PasskeyChallenge)
            .where(PasskeyChallenge.id == challenge_id)
            .returning(PasskeyChallenge.user_id, PasskeyChallenge.challenge, PasskeyChallenge.expires_at)
        )
        .one_or_none()
    )
    good = row is not None and row.user_id == user_id and row.expires_at > db.now()
    return row.challenge if good and row is not None else None


def sweep() -> None:
    db.session().execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < db.now()))
