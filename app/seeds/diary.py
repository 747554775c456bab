"""What the platform's audit trail remembers of the demo: when it was begun, and that it was finished."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, text

from app.catalogue.models import Shop
from app.core import audit, db
from app.core.actor import SYSTEM
from app.core.audit import AuditEntry
from app.seeds.progress import CannotSeed
from app.workspaces.models import Workspace

DAYS = 70
"""How far back the demo's sales go."""
BEGUN, FINISHED = "seeds.begin", "seeds.finish"
LOCK = 7_310_584_217
"""The advisory lock that one seeding holds."""


class AlreadySeeding(CannotSeed):
    """Two seedings at once would each take the other's half-done work for its own."""


@dataclass(frozen=True)
class Diary:
    """`begun` is the moment from which the demo's past counts back (UTC), None before the first seeding."""

    begun: datetime | None
    finished: bool
    shops: bool

    @property
    def open(self) -> bool:
        """Something is left to write. Shops of somebody else's making are never added to."""
        return not self.finished and (self.begun is not None or not self.shops)


def read() -> Diary:
    with db.system("seed") as session:
        shops = bool(session.scalar(select(exists().where(Shop.id.is_not(None)))))
    with db.workspace(db.PLATFORM) as session:
        rows = session.execute(select(AuditEntry.action, AuditEntry.at).where(AuditEntry.action.in_((BEGUN, FINISHED))))
        moments = {row.action: row.at for row in rows}
    return Diary(moments.get(BEGUN), FINISHED in moments, shops)


def begin() -> datetime:
    return _write(BEGUN)


def finish() -> datetime:
    return _write(FINISHED)


def _write(action: str) -> datetime:
    with db.workspace(db.PLATFORM) as session:
        return audit.record(SYSTEM, action, session.get_one(Workspace, db.PLATFORM)).at


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of the one seeding. Raises AlreadySeeding. The lock ends with this process, however that ends."""
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": LOCK}):
            raise AlreadySeeding("The demo is being filled by another process. Wait until it is done.")
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
