"""Everything that changes a workspace or who belongs to it."""

from app.workspaces.actions.invitations import Invited, accept, invite, revoke_invitation
from app.workspaces.actions.members import LastOwner, appoint, change_role, leave, remove_member
from app.workspaces.actions.places import SlugTaken, create, set_aside, update

__all__ = [
    "Invited",
    "LastOwner",
    "SlugTaken",
    "accept",
    "appoint",
    "change_role",
    "create",
    "invite",
    "leave",
    "remove_member",
    "revoke_invitation",
    "set_aside",
    "update",
]
