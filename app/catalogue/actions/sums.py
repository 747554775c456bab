"""What a zip has to say of each file ahead (CRC-32): new files have it, older ones get it by job."""

import zlib
from uuid import UUID

from sqlalchemy import select, update

from app.catalogue.models import File
from app.core import db, jobs, storage
from app.core.outbox import later

AT_ONCE = 200


def sum_file(workspace_id: UUID, file_id: UUID) -> None:
    """Job, with transactions of its own."""
    with db.workspace(workspace_id):
        file = db.get(File, file_id)
    if file.crc32 is not None:
        return
    found = crc32(file.storage_key, file.size)
    with db.workspace(workspace_id) as session:
        session.execute(update(File).where(File.id == file_id).values(crc32=found))


def crc32(key: str, size: int) -> int:
    """Of a stored object of `size` bytes, read in pieces of 1 MiB. Raises Missing, StorageAway."""
    found = 0
    for number, piece in enumerate(storage.stream(key, 0, size - 1)):
        found = zlib.crc32(piece, found)
        if number % 64 == 0:
            jobs.still_working()
    return found


def sum_files() -> None:
    """In the system's scope: ask for the sums that are missing, a few at a time."""
    missing = select(File.workspace_id, File.id).where(File.crc32.is_(None)).order_by(File.id.desc()).limit(AT_ONCE)
    for workspace_id, file_id in db.session().execute(missing).all():
        ask(workspace_id, file_id)


def ask(workspace_id: UUID, file_id: UUID) -> None:
    """Once per file."""
    later("catalogue.sum_file", dedupe_key=f"sum-file:{file_id}", workspace_id=workspace_id, file_id=file_id)
