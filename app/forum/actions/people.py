"""Who writes here, and whether they may."""

import re
import unicodedata
from uuid import UUID

from sqlalchemy import func, select

from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.permissions import Permission, allowed
from app.forum.models import Community, ForumPerson
from app.workspaces.models import Member

SHORTEST_HANDLE, LONGEST_HANDLE = 2, 30


class MayNotWrite(Refused):
    status = 403
    typed_stays = True
    message = "You cannot write here right now. Nothing was posted."


def writer(actor: Actor) -> ForumPerson:
    """The actor as a person of this forum, locked; made when they write for the first time. Raises MayNotWrite."""
    person = known(actor)
    if person.banned_at is not None:
        raise MayNotWrite(f"You were banned from this community: {person.barred_for}. Nothing was posted.")
    if person.suspended_until is not None and person.suspended_until > db.now():
        until = person.suspended_until.strftime("%-d %B, %H:%M UTC")
        raise MayNotWrite(f"You cannot write here until {until}: {person.barred_for}. Nothing was posted.")
    if not person.team and db.session().scalars(select(Community.state)).one_or_none() != "open":
        raise MayNotWrite("This community is closed for new posts. Nothing was posted.")
    return person


def known(actor: Actor) -> ForumPerson:
    """The actor's row, locked, whether they may write or not. Raises MayNotWrite for somebody who is not signed in."""
    if actor.user_id is None or actor.kind != "person":
        raise MayNotWrite("Sign in to take part. Nothing was posted.")
    wanted = select(ForumPerson).where(ForumPerson.user_id == actor.user_id).with_for_update()
    row = db.session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    person = row or _join(actor, actor.user_id)
    person.team = in_team(actor.user_id)
    return person


def _join(actor: Actor, user_id: UUID) -> ForumPerson:
    """Two first posts at once wait here for each other, so that both meet the same row and no handle is given twice."""
    db.session().scalars(select(Community.id).with_for_update()).one()
    taken = select(ForumPerson).where(ForumPerson.user_id == user_id)
    if row := db.session().scalars(taken).one_or_none():
        return row
    return db.add(ForumPerson(user_id=user_id, name=actor.name, handle=_free(handle(actor.name))))


def handle(name: str) -> str:
    """What follows an @ to call somebody of this name: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_HANDLE].strip("-")
    return made if len(made) >= SHORTEST_HANDLE else "member"


def _free(wanted: str) -> str:
    """The handle, with the first number behind it that nobody has."""
    alike = select(ForumPerson.handle).where(ForumPerson.handle.startswith(wanted, autoescape=True))
    former = select(func.unnest(ForumPerson.former)).where(func.cardinality(ForumPerson.former) > 0)
    taken = {*db.session().scalars(alike), *db.session().scalars(former)}
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(one for one in numbered if one not in taken)


def in_team(user_id: UUID) -> bool:
    """Whether they may moderate: asked each time they write, so that a removed member is one no more."""
    role = db.session().scalar(select(Member.role).where(Member.user_id == user_id, Member.removed_at.is_(None)))
    return allowed(role, Permission.FORUM_POST_MODERATE)
