"""Buyers' own copies: how far they are."""

from uuid import UUID

from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.core.errors import NotFound
from app.downloads import copying
from app.downloads.models import Copy
from app.downloads.queries.library import offered


def copies_of(grant: Grant) -> dict[UUID, Copy]:
    """By file, for those that are stamped and were asked for as they are stamped now. Others have none."""
    stamped = {(file.id, copying.settings_of(file)) for file in offered(grant) if file.stamped}
    if not stamped:
        return {}
    rows = db.session().scalars(select(Copy).where(Copy.grant_id == grant.id))
    return {row.file_id: row for row in rows if (row.file_id, row.settings) in stamped}


def own_file(grant: Grant, file_id: UUID) -> File:
    """A file that this purchase includes. Raises NotFound."""
    found = next((file for file in offered(grant) if file.id == file_id), None)
    if found is None:
        raise NotFound
    return found
