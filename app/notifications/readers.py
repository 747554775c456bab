"""Who can be written to."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core import db


@dataclass(frozen=True)
class Reader:
    name: str
    email: str


def of(people: Collection[UUID]) -> dict[UUID, Reader]:
    """Those who proved their address and whose account is open. In the scope `system`, since people are no workspace's."""
    able = select(User.id, User.name, User.email).where(
        User.id.in_(people), User.disabled_at.is_(None), User.email_confirmed_at.is_not(None)
    )
    return {row.id: Reader(row.name, row.email) for row in db.session().execute(able)}
