"""Reads: who belongs where, who is invited, what the audit trail says."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core import db
from app.core.audit import AuditEntry
from app.core.db import UTC
from app.core.ids import token_hash
from app.core.permissions import Role
from app.core.web.access import Membership
from app.workspaces.models import Invitation, Member, Workspace


def membership(slug: str, user_id: UUID) -> Membership | None:
    """The person's place in the workspace called `slug`; asked on every request, so removal works at once."""
    return next(iter(_memberships(user_id, slug)), None)


def memberships(user_id: UUID) -> list[Membership]:
    """Every workspace the person belongs to, by name."""
    return _memberships(user_id)


def _memberships(user_id: UUID, slug: str | None = None) -> list[Membership]:
    statement = (
        select(Workspace, Member.role)
        .join(Member, Member.workspace_id == Workspace.id)
        .where(Member.user_id == user_id, Member.removed_at.is_(None))
        .order_by(Workspace.name, Workspace.id)
    )
    if slug is not None:
        statement = statement.where(Workspace.slug == slug)
    with db.buyer(user_id) as session:
        rows = session.execute(statement).all()
    return [Membership(row.id, row.slug, row.name, row.hue, Role(role)) for row, role in rows]


@dataclass(frozen=True)
class Teammate:
    """A member as the team page shows them. `id` is the membership's."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    role: Role
    joined_at: datetime


def team() -> list[Teammate]:
    """Present members, owners first, then by name."""
    rows = db.session().execute(
        select(Member, User).join(User, User.id == Member.user_id).where(Member.removed_at.is_(None))
    )
    mates = [Teammate(m.id, u.id, u.name, u.email, Role(m.role), m.created_at) for m, u in rows]
    return sorted(mates, key=lambda mate: (list(Role).index(mate.role), mate.name.casefold()))


def member_of(user_id: UUID, *, lock: bool = False) -> Member | None:
    """The person's present membership in the open workspace."""
    statement = select(Member).where(Member.user_id == user_id, Member.removed_at.is_(None))
    return db.session().scalars(statement.with_for_update() if lock else statement).one_or_none()


@dataclass(frozen=True)
class OpenInvitation:
    id: UUID
    role: Role
    email: str | None
    invited_by: str
    expires_at: datetime


def open_invitations() -> list[OpenInvitation]:
    """Invitations that still work, newest first."""
    rows = db.session().execute(
        select(Invitation, User.name)
        .join(User, User.id == Invitation.invited_by)
        .where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > db.now())
        .order_by(Invitation.id.desc())
    )
    return [OpenInvitation(row.id, Role(row.role), row.email, name, row.expires_at) for row, name in rows]


@dataclass(frozen=True)
class Offer:
    """What the reader of an invitation link sees before deciding."""

    invitation_id: UUID
    workspace_id: UUID
    workspace: str
    slug: str
    role: Role
    email: str | None
    inviter: str


def offer(token: str) -> Offer | None:
    """The usable invitation behind a link, whichever workspace it is of."""
    with db.system("invitation by link") as session:
        row = session.execute(
            select(Invitation, Workspace, User.name)
            .join(Workspace, Workspace.id == Invitation.workspace_id)
            .join(User, User.id == Invitation.invited_by)
            .where(
                Invitation.token_hash == token_hash(token),
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > db.now(),
            )
        ).one_or_none()
    if row is None:
        return None
    found, place, inviter = row
    return Offer(found.id, place.id, place.name, place.slug, Role(found.role), found.email, inviter)


@dataclass(frozen=True)
class TrailFilter:
    """Empty fields do not filter. Dates are whole days in UTC, both included."""

    actor: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None


def trail(wanted: TrailFilter, before: int | None, limit: int = 50) -> tuple[list[AuditEntry], int | None]:
    """Audit entries, newest first, below position `before`; and the position to go on from, None at the end."""
    statement = select(AuditEntry).order_by(AuditEntry.position.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(AuditEntry.position < before)
    if wanted.actor:
        statement = statement.where(AuditEntry.actor_name == wanted.actor)
    if wanted.action:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.since:
        statement = statement.where(AuditEntry.at >= datetime.combine(wanted.since, time(), UTC))
    if wanted.until:
        statement = statement.where(AuditEntry.at < datetime.combine(wanted.until + timedelta(days=1), time(), UTC))
    rows = list(db.session().scalars(statement))
    return rows[:limit], rows[limit - 1].position if len(rows) > limit else None


def trail_choices() -> tuple[list[str], list[str]]:
    """Actor names and actions that occur in this workspace's trail."""
    actors = db.session().scalars(select(AuditEntry.actor_name).distinct().order_by(AuditEntry.actor_name))
    actions = db.session().scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))
    return list(actors), list(actions)


def entry_at(position: int) -> AuditEntry | None:
    return db.session().scalars(select(AuditEntry).where(AuditEntry.position == position)).one_or_none()
