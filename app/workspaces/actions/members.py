"""Who belongs to the open workspace, and as what. At least one owner always remains."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, Refused
from app.core.outbox import emit
from app.core.permissions import Role
from app.workspaces.events import MemberRemoved, MemberRoleChanged
from app.workspaces.models import Member
from app.workspaces.queries import member_of


class LastOwner(Refused):
    status = 409
    message = "A workspace keeps at least one owner. Make somebody else an owner first; nothing was changed."


def standing(actor: Actor) -> Role:
    """The actor's role here. Our own jobs and seeds act as owners. Raises NotFound for somebody who does not belong."""
    if actor.kind == "system":
        return Role.OWNER
    found = member_of(actor.user_id) if actor.user_id else None
    if found is None:
        raise NotFound
    return Role(found.role)


def only_owners_touch_owners(actor: Actor, *roles: str) -> None:
    """Raises Forbidden when an admin would make, change or remove an owner."""
    if Role.OWNER in roles and standing(actor) is not Role.OWNER:
        raise Forbidden("Only an owner can decide who is an owner. Nothing was changed.")


def appoint(actor: Actor, user_id: UUID, role: Role) -> None:
    """A person belongs to the open workspace with this role, whatever they were before: how its first operator comes to be."""
    member = member_of(user_id, lock=True)
    if member is None:
        member = db.add(Member(user_id=user_id, role=role))
    elif member.role == role:
        return
    member.role = role
    audit.record(actor, "workspaces.appoint", member, whom=_name(member), role=role.title)
    emit(MemberRoleChanged(workspace_id=member.workspace_id, user_id=user_id, role=role))


def change_role(actor: Actor, member: Member, role: Role) -> None:
    """Raises LastOwner, Forbidden (an admin and an owner's role), NotFound (removed meanwhile)."""
    owners = _lock_owners()
    member = _present(member)
    before = Role(member.role)
    if before is role:
        return
    only_owners_touch_owners(actor, before, role)
    _keep_an_owner(owners, member)
    member.role = role
    audit.record(actor, "workspaces.change_role", member, whom=_name(member), role=role.title, before=before.title)
    emit(MemberRoleChanged(workspace_id=member.workspace_id, user_id=member.user_id, role=role))


def remove_member(actor: Actor, member: Member) -> None:
    """Their next request finds no membership, and their live streams end. Raises LastOwner, Forbidden, NotFound."""
    owners = _lock_owners()
    member = _present(member)
    only_owners_touch_owners(actor, member.role)
    _end(owners, member)
    audit.record(actor, "workspaces.remove_member", member, whom=_name(member))


def leave(actor: Actor) -> None:
    """The actor takes themself out. Raises LastOwner, NotFound."""
    owners = _lock_owners()
    member = member_of(actor.user_id, lock=True) if actor.user_id else None
    if member is None:
        raise NotFound
    _end(owners, member)
    audit.record(actor, "workspaces.leave", member)


def _lock_owners() -> set[Member]:
    """In id order, and before any other member's row: two owners who demote each other must not both succeed."""
    statement = (
        select(Member)
        .where(Member.role == Role.OWNER, Member.removed_at.is_(None))
        .order_by(Member.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return set(db.session().scalars(statement))


def _present(member: Member) -> Member:
    fresh = db.lock(member)
    if fresh.removed_at is not None:
        raise NotFound
    return fresh


def _keep_an_owner(owners: set[Member], member: Member) -> None:
    if owners == {member}:
        raise LastOwner


def _end(owners: set[Member], member: Member) -> None:
    _keep_an_owner(owners, member)
    member.removed_at = db.now()
    emit(MemberRemoved(workspace_id=member.workspace_id, user_id=member.user_id))


def _name(member: Member) -> str:
    return db.get(User, member.user_id).name
