"""What the pages of the inbox show. Read in the person's own scope; each statement names the person, for the index."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, tuple_

from app.accounts.models import User, UserSession
from app.accounts.queries import alive
from app.core import db
from app.notifications import choices
from app.notifications.choices import Wish
from app.notifications.kinds import KINDS, Kind, of
from app.notifications.models import InboxItem, PushDevice, QuietHours
from app.notifications.quiet import Hours
from app.workspaces.models import Workspace

COUNTED = 100
"""Unread items are counted up to this; more is «99+»."""


@dataclass(frozen=True)
class Filters:
    """`kind` empty means every kind."""

    unread: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Entry:
    """One row of the inbox; `place` is the name of the workspace that it comes from."""

    item: InboxItem
    kind: Kind
    place: str

    @property
    def is_new(self) -> bool:
        return self.item.read_at is None


def unread(user_id: UUID) -> int:
    """How many items wait, counted up to 100."""
    some = select(InboxItem.id).where(InboxItem.user_id == user_id, InboxItem.read_at.is_(None), InboxItem.listed)
    return int(db.session().scalar(select(func.count()).select_from(some.limit(COUNTED).subquery())) or 0)


def entries(user_id: UUID, filters: Filters, after: tuple[datetime, UUID] | None, limit: int) -> list[Entry]:
    """Newest first; `after` is the `position` of the last one already shown."""
    wanted = select(InboxItem).where(*_fits(user_id, filters))
    if after:
        wanted = wanted.where(tuple_(InboxItem.updated_at, InboxItem.id) < after)
    found = wanted.order_by(InboxItem.updated_at.desc(), InboxItem.id.desc()).limit(limit)
    rows = db.session().scalars(found.execution_options(populate_existing=True)).all()
    names = _places(row.workspace_id for row in rows)
    return [Entry(row, of(row.kind), names.get(row.workspace_id, "")) for row in rows]


def position(entry: Entry) -> tuple[datetime, UUID]:
    return entry.item.updated_at, entry.item.id


def entry_of(item: InboxItem) -> Entry:
    return Entry(item, of(item.kind), _places([item.workspace_id]).get(item.workspace_id, ""))


def _fits(user_id: UUID, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [InboxItem.user_id == user_id, and_(InboxItem.listed)]
    if filters.unread:
        conditions.append(InboxItem.read_at.is_(None))
    if filters.kind:
        conditions.append(InboxItem.kind == filters.kind)
    return conditions


def _places(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Names of workspaces; they are public, but a buyer's scope holds only workspaces one is a member of."""
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    with db.system("names of places") as session:
        rows = session.execute(select(Workspace.id, Workspace.name).where(Workspace.id.in_(wanted)))
        return {row.id: row.name for row in rows}


def wishes(user_id: UUID) -> list[tuple[Kind, Wish]]:
    """Every kind and what the person wants of it."""
    chosen = choices.wishes([user_id], KINDS)
    return [(kind, chosen[user_id, name]) for name, kind in KINDS.items()]


def wishes_of(people: Iterable[UUID], kind: str) -> dict[UUID, Wish]:
    """What each of these people wants of one kind, from any scope, in one statement. Raises KeyError for an unknown kind."""
    everyone = list(people)
    with db.system("tell people"):
        return {who: wish for (who, _), wish in choices.wishes(everyone, [kind]).items()}


def devices(user_id: UUID) -> list[PushDevice]:
    """What rings for this person, the newest first; a browser that was signed out does not."""
    own = (
        select(PushDevice)
        .join(UserSession, UserSession.id == PushDevice.session_id)
        .join(User, User.id == UserSession.user_id)
        .where(PushDevice.user_id == user_id, *alive())
    )
    return list(db.session().scalars(own.order_by(PushDevice.created_at.desc(), PushDevice.id)))


def quiet_hours(user_id: UUID) -> Hours | None:
    """When this person's devices keep still; None for never."""
    row = db.session().scalars(select(QuietHours).where(QuietHours.user_id == user_id)).one_or_none()
    return Hours(row.zone, row.starts, row.ends) if row else None
