"""Making an archive of the open workspace, and handing it over."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.archives.actions.packing import LINK_SECONDS, UNDER_WAY, AlreadyUnderWay, pack
from app.archives.contents import Contents
from app.archives.events import ArchiveMoved
from app.archives.models import Archive
from app.archives.progress import Progress
from app.core import audit, db, signing, storage
from app.core.actor import SYSTEM, Actor
from app.core.errors import NotFound
from app.core.outbox import emit, later
from app.core.signing import BadLink
from app.notifications import actions as notifications
from app.workspaces.models import Workspace


def ask(actor: Actor) -> Archive:
    """An archive of the open workspace, made by a job. Raises AlreadyUnderWay."""
    if actor.user_id is None:
        raise ValueError("an archive is made for a person")
    workspace = db.lock(db.get(Workspace, db.current_workspace()))
    if db.session().scalars(select(Archive.id).where(Archive.state.in_(UNDER_WAY))).first():
        raise AlreadyUnderWay
    row = db.add(Archive(asked_by=actor.user_id, asked_name=actor.name))
    audit.record(actor, "archives.ask", workspace)
    later("archives.make", workspace_id=row.workspace_id, archive_id=row.id)
    emit(ArchiveMoved(workspace_id=row.workspace_id))
    return row


def make(workspace_id: UUID, archive_id: UUID) -> None:
    """Job: pack everything the workspace owns, then tell who asked."""
    change = partial(_change, workspace_id, archive_id)
    contents = Contents(workspace_id, Progress(partial(_note, change)))
    if pack(contents, f"archives/{workspace_id}", change):
        with db.workspace(workspace_id):
            _tell(db.get(Archive, archive_id))


def _note(change: Any, done: int, total: int, step: str) -> None:
    change(("running",), done=done, total=total, step=step)


def _change(workspace_id: UUID, archive_id: UUID, states: tuple[str, ...], **values: Any) -> bool:
    with db.workspace(workspace_id) as session:
        changed = update(Archive).where(Archive.id == archive_id, Archive.state.in_(states)).values(**values)
        found = session.scalars(changed.returning(Archive.id)).one_or_none()
        if found:
            emit(ArchiveMoved(workspace_id=workspace_id))
        return found is not None


def _tell(row: Archive) -> None:
    workspace = db.get(Workspace, row.workspace_id)
    audit.record(SYSTEM, "archives.make", row, rows=row.rows, files=row.files, size=row.size)
    notifications.tell(
        row.asked_by,
        "archives.ready",
        f"archive:{row.id}",
        title=f"The archive of {workspace.name} is ready",
        words=f"{storage.human_size(row.size)}, kept for seven days.",
        path=f"/w/{workspace.slug}/settings/data",
        workspace_id=row.workspace_id,
    )


def link(actor: Actor, archive: Archive) -> str:
    """A signed token of ten minutes for this person alone. Raises NotFound once the archive is gone."""
    if archive.state != "ready":
        raise NotFound
    audit.record(actor, "archives.download", archive)
    return signing.sign("archive", [str(archive.id), str(actor.user_id)])


def redeem(actor: Actor, token: str) -> Archive:
    """The archive that the token stands for, in the open workspace. Raises BadLink, NotFound."""
    archive_id, user_id = signing.unsign("archive", token, LINK_SECONDS)
    if user_id != str(actor.user_id):
        raise BadLink
    row = db.get(Archive, UUID(archive_id))
    if row.state != "ready":
        raise NotFound
    return row
