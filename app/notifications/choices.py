"""What somebody wants to hear of a kind, and how: their own choice, else the kind's default."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.notifications.kinds import KINDS, Kind
from app.notifications.models import NotificationChoice


@dataclass(frozen=True)
class Wish:
    """In the inbox or not; mail: never, bundled or at_once; and whether devices ring. None: as the kind's default says."""

    inbox: bool
    mail: str
    push: bool | None = None


def default(kind: Kind) -> Wish:
    return Wish(kind.inbox, kind.mail, kind.push)


def wishes(people: Iterable[UUID], kinds: Iterable[str]) -> dict[tuple[UUID, str], Wish]:
    """By person and kind, in one statement; every pair is there. Raises KeyError for a kind that does not exist."""
    everyone, wanted = list(people), [KINDS[name] for name in kinds]
    chosen = select(NotificationChoice).where(
        NotificationChoice.user_id.in_(everyone), NotificationChoice.kind.in_([kind.name for kind in wanted])
    )
    rows = {(row.user_id, row.kind): row for row in db.session().scalars(chosen)}
    return {(who, kind.name): _wish(kind, rows.get((who, kind.name))) for who in everyone for kind in wanted}


def _wish(kind: Kind, row: NotificationChoice | None) -> Wish:
    if row is None:
        return default(kind)
    return Wish(row.inbox or kind.kept, row.mail, kind.push if row.push is None else row.push)
