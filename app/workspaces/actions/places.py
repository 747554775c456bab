"""The workspace itself."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.permissions import Role
from app.workspaces.models import Member, Workspace

RESERVED = frozenset(
    [
        "admin",
        "api",
        "app",
        "billing",
        "create",
        "edit",
        "guildhall",
        "help",
        "invitations",
        "me",
        "new",
        "null",
        "settings",
        "shop",
        "static",
        "support",
        "w",
        "www",
    ]
)


class SlugTaken(Refused):
    message = "This address is taken. Choose another one."


def create(actor: Actor, slug: str, name: str, hue: int = 150) -> Workspace:
    """A workspace with the actor as its owner. Raises SlugTaken."""
    if actor.user_id is None:
        raise ValueError("a workspace needs a person to own it")
    if slug in RESERVED:
        raise SlugTaken(field="slug")
    workspace = _insert(slug, name, hue)
    with db.workspace(workspace.id, actor.user_id):
        db.add(Member(user_id=actor.user_id, role=Role.OWNER))
        audit.record(actor, "workspaces.create", workspace, name=name, slug=slug)
    return workspace


def _insert(slug: str, name: str, hue: int) -> Workspace:
    with db.system("create workspace") as session:
        try:
            with session.begin_nested():
                return db.add(Workspace(slug=slug, name=name, hue=hue % 360))
        except IntegrityError as error:
            raise SlugTaken(field="slug") from error


def update(actor: Actor, workspace_id: UUID, *, name: str, hue: int) -> None:
    """Rename or recolour the open workspace; its address stays, since links to it are out in the world."""
    workspace = db.lock(db.get(Workspace, workspace_id))
    seen = {"name": (workspace.name, name), "colour": (workspace.hue, hue % 360)}
    changes = [f"{what} {before} → {after}" for what, (before, after) in seen.items() if before != after]
    if not changes:
        return
    workspace.name, workspace.hue = name, hue % 360
    audit.record(actor, "workspaces.update", workspace, changes=", ".join(changes))


def set_aside(actor: Actor, workspace_id: UUID, step: str) -> None:
    """Say that a step of getting started is not for this workspace; saying it twice changes nothing."""
    workspace = db.lock(db.get(Workspace, workspace_id))
    if step not in workspace.set_aside:
        workspace.set_aside = [*workspace.set_aside, step]
        audit.record(actor, "workspaces.set_aside", workspace, step=step)
