"""What pages show of archives."""

from uuid import UUID

from sqlalchemy import select

from app.archives.models import Archive, ArchiveImport, OwnArchive
from app.core import db

SHOWN = 5


def archives() -> list[Archive]:
    """The newest of the open workspace."""
    return list(db.session().scalars(select(Archive).order_by(Archive.id.desc()).limit(SHOWN)))


def own_archives(user_id: UUID) -> list[OwnArchive]:
    """The person's newest, in their own scope."""
    mine = select(OwnArchive).where(OwnArchive.user_id == user_id).order_by(OwnArchive.id.desc())
    return list(db.session().scalars(mine.limit(SHOWN)))


def latest_import() -> ArchiveImport | None:
    """Of the open workspace; only one at a time can be open."""
    return db.session().scalars(select(ArchiveImport).order_by(ArchiveImport.id.desc()).limit(1)).first()
