"""Who writes here, and whether they may."""

from uuid import UUID

from sqlalchemy import exists, select

from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.forum.models import Community, ForumPerson
from app.workspaces.models import Member


class MayNotWrite(Refused):
    status = 403
    message = "You cannot write here right now. Nothing was posted."


def writer(actor: Actor) -> ForumPerson:
    """The actor as a person of this forum, locked; made when they write for the first time. Raises MayNotWrite."""
    if actor.user_id is None:
        raise MayNotWrite
    row = db.ensure(ForumPerson, user_id=actor.user_id) if _known(actor.user_id) else _join(actor, actor.user_id)
    if row.banned_at is not None:
        raise MayNotWrite("You were banned from this community. Nothing was posted.")
    if row.silenced_until is not None and row.silenced_until > db.now():
        until = row.silenced_until.strftime("%-d %B, %H:%M UTC")
        raise MayNotWrite(f"You cannot write here until {until}: {row.silenced_for}. Nothing was posted.")
    if not row.team and db.session().scalars(select(Community.state)).one_or_none() != "open":
        raise MayNotWrite("This community is closed for new posts. Nothing was posted.")
    return row


def _known(user_id: UUID) -> bool:
    return bool(db.session().scalar(select(exists().where(ForumPerson.user_id == user_id))))


def _join(actor: Actor, user_id: UUID) -> ForumPerson:
    """Two first posts at once meet at the unique row."""
    team = db.session().scalar(select(exists().where(Member.user_id == user_id, Member.removed_at.is_(None))))
    return db.ensure(ForumPerson, user_id=user_id, name=actor.name, team=bool(team))
