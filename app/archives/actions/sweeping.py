"""Archives go after seven days; those whose job was given up say so; uploads that nobody brought in go too."""

from datetime import timedelta

from sqlalchemy import select

from app.archives.models import Archive, ArchiveImport, OwnArchive
from app.core import db, storage

GIVEN_UP = timedelta(hours=6)
"""Longer than any archive takes with all its tries."""
UPLOAD_KEPT = timedelta(days=2)
LOST = "It could not be made, although it was tried several times. Nothing was changed. Ask for a new one."
AT_ONCE = 200


def sweep() -> None:
    """Job, in system scope: a piece of it each time."""
    with db.system("sweep archives") as session:
        for model in (Archive, OwnArchive):
            over = select(model).where(model.state == "ready", model.expires_at < db.now()).limit(AT_ONCE)
            for row in session.scalars(over.with_for_update(skip_locked=True)):
                storage.delete(row.key)
                row.state, row.key = "gone", ""
            lost = select(model).where(model.state.in_(("asked", "running")), model.created_at < db.now() - GIVEN_UP)
            for row in session.scalars(lost.limit(AT_ONCE).with_for_update(skip_locked=True)):
                row.state, row.error, row.ended_at = "failed", LOST, db.now()
        _uploads()


def _uploads() -> None:
    old = select(ArchiveImport).where(ArchiveImport.key != "", ArchiveImport.created_at < db.now() - UPLOAD_KEPT)
    for row in db.session().scalars(old.limit(AT_ONCE).with_for_update(skip_locked=True)):
        storage.delete(row.key)
        row.key = ""
        if row.state in ("checking", "checked"):
            row.state, row.error = "refused", "It was not brought in within two days, so the upload was removed."
