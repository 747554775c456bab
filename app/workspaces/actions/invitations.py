"""Invitations by link: one person, one role, seven days."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.accounts.models import User
from app.core import audit, db, mail
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_token, token_hash
from app.core.permissions import Role
from app.core.signing import BadLink
from app.workspaces.actions.members import only_owners_touch_owners
from app.workspaces.models import Invitation, Member, Workspace
from app.workspaces.queries import Offer, member_of, offer
from app.workspaces.words import MEANS

LIFETIME = timedelta(days=7)


class AlreadyMember(Refused):
    status = 409
    message = "You already belong to this workspace. The invitation was not used."


class OtherAddress(Refused):
    status = 403


@dataclass(frozen=True)
class Invited:
    """`token` goes into the link and is shown once."""

    id: UUID
    token: str


def invite(actor: Actor, role: Role, email: str | None = None) -> Invited:
    """A link that makes one reader a member; with an address it is mailed, and works for that address only.

    Raises Forbidden when an admin offers to make an owner.
    """
    if actor.user_id is None:
        raise ValueError("an invitation comes from a person")
    only_owners_touch_owners(actor, role)
    token = new_token("gi")
    row = db.add(
        Invitation(
            role=role,
            email=email or None,
            token_hash=token_hash(token),
            invited_by=actor.user_id,
            expires_at=db.now() + LIFETIME,
        )
    )
    audit.record(actor, "workspaces.invite", row, whom=email or "somebody by link", role=role.title)
    if email:
        _send(actor, row, token)
    return Invited(row.id, token)


def _send(actor: Actor, row: Invitation, token: str) -> None:
    mail.post(
        row.email or "",
        "invitation",
        f"invitation:{row.id}",
        inviter=actor.name,
        workspace=db.get(Workspace, row.workspace_id).name,
        role=Role(row.role).title,
        means=MEANS[Role(row.role)],
        token=token,
    )


def revoke_invitation(actor: Actor, invitation: Invitation) -> None:
    """The link stops working. One that was used or taken back before stays as it is."""
    row = db.lock(invitation)
    if row.accepted_at is None and row.revoked_at is None:
        row.revoked_at = db.now()
        audit.record(actor, "workspaces.revoke_invitation", row, whom=row.email or "somebody by link")


def accept(actor: Actor, token: str) -> str:
    """The actor becomes a member. Returns the workspace's slug. Raises BadLink, AlreadyMember, OtherAddress."""
    found = offer(token)
    if found is None or actor.user_id is None:
        raise BadLink
    with db.workspace(found.workspace_id, actor.user_id):
        row = db.lock(db.get(Invitation, found.invitation_id))
        if row.accepted_at or row.revoked_at:
            raise BadLink
        if member_of(actor.user_id):
            raise AlreadyMember
        member = db.add(Member(user_id=actor.user_id, role=row.role))
        _check_address(found, actor.user_id)
        row.accepted_at, row.accepted_by = db.now(), actor.user_id
        audit.record(actor, "workspaces.accept_invitation", member, role=found.role.title)
    return found.slug


def _check_address(found: Offer, user_id: UUID) -> None:
    """Only a member's row may be read here, so this comes after joining; raising undoes it."""
    if found.email and db.get(User, user_id).email != found.email:
        raise OtherAddress(
            f"This invitation was sent to {found.email}. Sign in with that address, or ask for a link without one."
        )
