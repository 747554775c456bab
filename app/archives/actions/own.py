"""Making the archive of a person's own data, in their own scope, and handing it over."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from app.archives.actions.packing import LINK_SECONDS, UNDER_WAY, AlreadyUnderWay, pack
from app.archives.events import OwnArchiveMoved
from app.archives.models import OwnArchive
from app.archives.own import OwnContents
from app.archives.progress import Progress
from app.core import db, signing, storage
from app.core.errors import NotFound
from app.core.outbox import emit, later
from app.core.signing import BadLink
from app.notifications import actions as notifications


def ask_own(user_id: UUID) -> OwnArchive:
    """In the person's own scope. Raises AlreadyUnderWay."""
    lock = text("select pg_advisory_xact_lock(hashtextextended(:key, 11))")
    db.session().execute(lock, {"key": f"own archive:{user_id}"})
    under_way = select(OwnArchive.id).where(OwnArchive.user_id == user_id, OwnArchive.state.in_(UNDER_WAY))
    if db.session().scalars(under_way).first():
        raise AlreadyUnderWay
    row = db.add(OwnArchive(user_id=user_id))
    later("archives.make_own", user_id=user_id, archive_id=row.id)
    emit(OwnArchiveMoved(user_id=user_id))
    return row


def make_own(user_id: UUID, archive_id: UUID) -> None:
    """Job: pack what the person has here, then tell them."""
    change = partial(_change, user_id, archive_id)
    contents = OwnContents(user_id, Progress(partial(_note, change)))
    if pack(contents, f"own-archives/{user_id}", change):
        with db.buyer(user_id):
            _tell(own_archive(user_id, archive_id))


def _note(change: Any, done: int, total: int, step: str) -> None:
    change(("running",), done=done, total=total, step=step)


def _change(user_id: UUID, archive_id: UUID, states: tuple[str, ...], **values: Any) -> bool:
    with db.buyer(user_id) as session:
        changed = update(OwnArchive).where(OwnArchive.id == archive_id, OwnArchive.state.in_(states)).values(**values)
        found = session.scalars(changed.returning(OwnArchive.id)).one_or_none()
        if found:
            emit(OwnArchiveMoved(user_id=user_id))
        return found is not None


def own_archive(user_id: UUID, archive_id: UUID) -> OwnArchive:
    """Raises NotFound, also for somebody else's."""
    wanted = select(OwnArchive).where(OwnArchive.id == archive_id, OwnArchive.user_id == user_id)
    row = db.session().scalars(wanted).one_or_none()
    if row is None:
        raise NotFound
    return row


def _tell(row: OwnArchive) -> None:
    notifications.tell(
        row.user_id,
        "archives.ready",
        f"own-archive:{row.id}",
        title="Your own data is ready to download",
        words=f"{storage.human_size(row.size)}, kept for seven days.",
        path="/me/data",
    )


def link_own(user_id: UUID, archive_id: UUID) -> str:
    """A signed token of ten minutes. Raises NotFound."""
    if own_archive(user_id, archive_id).state != "ready":
        raise NotFound
    return signing.sign("own archive", [str(archive_id), str(user_id)])


def redeem_own(user_id: UUID, token: str) -> OwnArchive:
    """Raises BadLink, NotFound."""
    archive_id, owner = signing.unsign("own archive", token, LINK_SECONDS)
    if owner != str(user_id):
        raise BadLink
    row = own_archive(user_id, UUID(archive_id))
    if row.state != "ready":
        raise NotFound
    return row
