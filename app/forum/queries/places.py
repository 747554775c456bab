"""Which community an address means, and as whom somebody enters it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
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
    return _place(Community.slug == slug, owner_id, signed_in)


def by_thread(thread_id: UUID, owner_id: UUID | None, signed_in: bool) -> Place:
    """The community of a thread's workspace; whether the thread may be seen is for its policy to say. Raises NotFound."""
    of = select(Thread.workspace_id).where(Thread.id == thread_id).scalar_subquery()
    return _place(Community.workspace_id == of, owner_id, signed_in)


def by_post(post_id: UUID, owner_id: UUID | None, signed_in: bool) -> Place:
    """Like `by_thread`."""
    of = select(Post.workspace_id).where(Post.id == post_id).scalar_subquery()
    return _place(Community.workspace_id == of, owner_id, signed_in)


def of_workspace(workspace_id: UUID | None, owner_id: UUID | None, signed_in: bool) -> Place:
    """The community of a workspace, as somebody enters it. Raises NotFound."""
    if workspace_id is None:
        raise NotFound
    return _place(Community.workspace_id == workspace_id, owner_id, signed_in)


def _place(which: ColumnElement[bool], owner_id: UUID | None, signed_in: bool) -> Place:
    """With the person's role, asked on every request, so removal works at once. Raises NotFound."""
    mine = and_(
        Member.workspace_id == Community.workspace_id,
        Member.user_id == (owner_id if signed_in else None),
        Member.removed_at.is_(None),
    )
    wanted = select(Community, Workspace.slug, Member.role).join(Workspace, Workspace.id == Community.workspace_id)
    with db.system("which community an address means") as session:
        found = session.execute(wanted.outerjoin(Member, mine).where(which)).one_or_none()
    if found is None:
        raise NotFound
    row, slug, role = found
    return Place(row, row.workspace_id, slug, owner_id, Role(role) if role else None, signed_in)


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
