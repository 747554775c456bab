"""Which community an address means, and as whom somebody enters it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import db
from app.core.errors import NotFound
from app.core.permissions import Permission, Role, allowed
from app.forum.models import Community, Post, Thread
from app.workspaces.models import Member, Workspace


@dataclass(frozen=True)
class Place:
    """A community as one person enters it. `owner_id` is the person, or a guest's visitor id; `role` is a member's."""

    community: Community
    workspace_id: UUID
    workspace_slug: str
    owner_id: UUID | None
    role: Role | None
    signed_in: bool

    @property
    def path(self) -> str:
        return f"/c/{self.community.slug}"

    @property
    def desk(self) -> str:
        """Where the team looks after it."""
        return f"/w/{self.workspace_slug}/forum"

    @property
    def team(self) -> bool:
        """Whether this person moderates here."""
        return allowed(self.role, Permission.FORUM_POST_MODERATE)

    @property
    def arranges(self) -> bool:
        return allowed(self.role, Permission.FORUM_CATEGORY_WRITE)

    @property
    def user_id(self) -> UUID | None:
        """The person, when somebody is signed in."""
        return self.owner_id if self.signed_in else None


def by_slug(slug: str, owner_id: UUID | None, signed_in: bool) -> Place:
    """Raises NotFound."""
    row = db.session().scalars(select(Community).where(Community.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    return _place(row, owner_id, signed_in)


def by_thread(thread_id: UUID, owner_id: UUID | None, signed_in: bool) -> Place:
    """The community of a thread's workspace; whether the thread may be seen is for its policy to say. Raises NotFound."""
    with db.system("which community an address means") as session:
        workspace_id = session.scalar(select(Thread.workspace_id).where(Thread.id == thread_id))
    return of_workspace(workspace_id, owner_id, signed_in)


def by_post(post_id: UUID, owner_id: UUID | None, signed_in: bool) -> Place:
    """Like `by_thread`."""
    with db.system("which community an address means") as session:
        workspace_id = session.scalar(select(Post.workspace_id).where(Post.id == post_id))
    return of_workspace(workspace_id, owner_id, signed_in)


def of_workspace(workspace_id: UUID | None, owner_id: UUID | None, signed_in: bool) -> Place:
    """The community of a workspace, as somebody enters it. Raises NotFound."""
    if workspace_id is None:
        raise NotFound
    with db.workspace(workspace_id) as session:
        row = session.scalars(select(Community)).one_or_none()
    if row is None:
        raise NotFound
    return _place(row, owner_id, signed_in)


def _place(row: Community, owner_id: UUID | None, signed_in: bool) -> Place:
    with db.system("which community an address means") as session:
        slug = session.scalars(select(Workspace.slug).where(Workspace.id == row.workspace_id)).one()
    return Place(
        row, row.workspace_id, slug, owner_id, _role(row.workspace_id, owner_id if signed_in else None), signed_in
    )


def _role(workspace_id: UUID, user_id: UUID | None) -> Role | None:
    """Asked on every request, so removal works at once; in the person's own scope."""
    if user_id is None:
        return None
    mine = select(Member.role).where(
        Member.workspace_id == workspace_id, Member.user_id == user_id, Member.removed_at.is_(None)
    )
    with db.buyer(user_id) as session:
        found = session.scalar(mine)
    return Role(found) if found else None


@contextmanager
def entered(place: Place) -> Iterator[Session]:
    """Members read as members, all others what visitors may."""
    inside = db.workspace if place.role else db.community
    with inside(place.workspace_id, place.owner_id) as session:
        yield session


def path_of(workspace_id: UUID) -> str:
    """The page of a workspace's community, empty without one."""
    with db.community(workspace_id) as session:
        slug = session.scalar(select(Community.slug))
    return f"/c/{slug}" if slug else ""


def directory() -> list[Community]:
    """Communities that anybody may look into, by name."""
    return list(
        db.session().scalars(select(Community).where(Community.state == "open").order_by(Community.name).limit(200))
    )
