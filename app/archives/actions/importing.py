"""Taking a zip in, looking through it before anything is written, and deciding about it."""

from collections.abc import Iterator
from functools import partial
from typing import IO, Any
from uuid import UUID

from sqlalchemy import func, literal, select, update

from app.archives.coming import COMES, STAYS
from app.archives.events import ArchiveMoved
from app.archives.ids import Ids
from app.archives.models import ArchiveImport
from app.archives.progress import Progress
from app.archives.reshaping import NEVER_PAID
from app.archives.rows import model_of
from app.archives.rules import RULES
from app.archives.unpacking import BadArchive, Opened
from app.archives.values import known, values
from app.catalogue.models import Shop
from app.core import audit, db, jobs, storage
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import emit, later
from app.forum.models import Community
from app.workspaces.models import Workspace

LARGEST = 2 * 1024**3
"""Bytes of an upload."""
OPEN = ("checking", "checked", "bringing")
FAILED = "It could not be looked through, although it was tried several times. Nothing was written. Send it again."


class NotEmpty(Refused):
    status = 409
    message = (
        "This workspace has things of its own already ({what}). An archive comes into an empty one only, so that nothing is"
        " mixed up; make a new workspace for it. Nothing was written."
    )


class OneAtATime(Refused):
    status = 409
    message = "Another archive is on its way in. Finish or discard it first; this one was not kept."


def order() -> list[str]:
    """Tables that come in, those first that others point at."""
    return [table.name for table in db.Base.metadata.sorted_tables if table.name in COMES]


def emptiness() -> None:
    """Raises NotEmpty, with what is there, unless the open workspace has nothing that an archive would bring."""
    for name in order():
        if db.session().scalars(select(model_of(name).id).limit(1)).first():
            raise NotEmpty(what=COMES[name].lower())


def is_empty() -> bool:
    try:
        emptiness()
    except NotEmpty:
        return False
    return True


def take(actor: Actor, source: IO[bytes], filename: str) -> ArchiveImport:
    """Keep the upload and have it looked through. Raises NotEmpty, OneAtATime, UploadTooLarge, BadArchive."""
    if actor.user_id is None:
        raise ValueError("an archive is brought by a person")
    db.lock(db.get(Workspace, db.current_workspace()))
    emptiness()
    if db.session().scalars(select(ArchiveImport.id).where(ArchiveImport.state.in_(OPEN))).first():
        raise OneAtATime
    stored = storage.put(f"archive-imports/{db.current_workspace()}/{new_id()}", source, limit=LARGEST)
    facts = {"asked_by": actor.user_id, "asked_name": actor.name, "name": filename[:200], "size": stored.size}
    row = db.add(ArchiveImport(key=stored.key, **facts))
    audit.record(actor, "archives.take", row, name=row.name, size=row.size, sha256=stored.sha256)
    later("archives.check", workspace_id=row.workspace_id, import_id=row.id)
    told(row.workspace_id)
    return row


def check(workspace_id: UUID, import_id: UUID) -> None:
    """Job: read every byte against its digest and every row against its table. Nothing is written but the report."""
    if not change(workspace_id, import_id, ("checking",), done=0, step=""):
        return
    with db.workspace(workspace_id):
        row = db.get(ArchiveImport, import_id)
    progress = Progress(partial(note, workspace_id, import_id, "checking"))
    try:
        with storage.opened(row.key) as source:
            report = _look(Opened(source), Ids(import_id, new_id(), workspace_id), progress)
    except BadArchive as refusal:
        change(
            workspace_id, import_id, ("checking",), state="refused", error=refusal.message, ended_at=db.now(), key=""
        )
        storage.delete(row.key)
    except Exception:
        if jobs.last_try():
            change(workspace_id, import_id, ("checking",), state="refused", error=FAILED, ended_at=db.now())
        raise
    else:
        change(workspace_id, import_id, ("checking",), state="checked", report=report)


def _look(archive: Opened, ids: Ids, progress: Progress) -> dict[str, Any]:
    progress.begin("Comparing every file with its digest", sum(info.file_size for info in archive.infos.values()))
    for name in archive.infos:
        if name != "manifest.json":
            progress.went(archive.verify(name))
    counts, unpaid = {}, 0
    for name in _tables(archive):
        progress.begin(f"Reading {name.replace('_', ' ')}")
        counts[name] = 0
        for row in archive.rows(name):
            unpaid += _never_paid(name, row, ids)
            counts[name] += 1
            progress.went(0)
    place = archive.manifest["workspace"]
    said = {"workspace": str(place.get("name", ""))[:100], "made_at": str(archive.manifest.get("made_at", ""))[:40]}
    return said | {"counts": counts, "unpaid": unpaid, "files": _files(archive), "renamed": renamed(addresses(archive))}


def _never_paid(table: str, row: dict[str, Any], ids: Ids) -> bool:
    """Raises BadArchive for a row that its table would not take."""
    if table not in COMES:
        known(table, row)
        return False
    made = values(table, row, ids)
    return table == "orders" and made["state"] == NEVER_PAID


def _tables(archive: Opened) -> Iterator[str]:
    for member in archive.infos:
        if member.startswith("rows/"):
            name = member.removeprefix("rows/").removesuffix(".jsonl")
            if name not in RULES or RULES[name].stays:
                raise BadArchive(f"The archive has rows of {name[:60]}, which is no table that leaves with one.")
            if name not in COMES and name not in STAYS:
                raise BadArchive(f"The archive has rows of {name[:60]}, about which nothing was decided.")
            yield name


def _files(archive: Opened) -> int:
    return sum(name.startswith(("files/", "pictures/", "forum-pictures/")) for name in archive.infos)


def start(actor: Actor, row: ArchiveImport) -> None:
    """Bring it in, by a job. Raises NotEmpty, Refused unless it was looked through."""
    emptiness()
    row = db.lock(row)
    if row.state != "checked":
        raise Refused("This archive is not waiting to be brought in. Nothing was changed.")
    row.state, row.done, row.step = "bringing", 0, ""
    audit.record(actor, "archives.start", row, name=row.name)
    later("archives.bring", workspace_id=row.workspace_id, import_id=row.id)
    told(row.workspace_id)


def discard(actor: Actor, row: ArchiveImport) -> None:
    """The upload is removed. Raises Refused while it is being brought in."""
    row = db.lock(row)
    if row.state == "bringing":
        raise Refused("It is being brought in right now, and cannot be discarded any more. Nothing was changed.")
    if row.key:
        later("catalogue.delete_stored", keys=[row.key])
    audit.record(actor, "archives.discard", row, name=row.name)
    db.session().delete(row)
    db.session().flush()
    told(row.workspace_id)


def addresses(archive: Opened) -> dict[str, str]:
    """{slug in the archive: slug here} of shops, and with `c/` before it of the community."""
    found: dict[str, str] = {}
    for table, model, before in (("shops", Shop, ""), ("communities", Community, "c/")):
        for row in archive.rows(table):
            slug = str(row.get("slug", ""))
            found[f"{before}{slug}"] = _free(model, slug, set(found.values()))
    return found


def renamed(found: dict[str, str]) -> dict[str, str]:
    """Only those that were taken."""
    return {before: after for before, after in found.items() if before.removeprefix("c/") != after}


def _free(model: type[Shop] | type[Community], slug: str, ours: set[str]) -> str:
    with db.system("public addresses in an archive") as session:
        like = model.slug.startswith(slug, autoescape=True)
        taken = set(session.scalars(select(model.slug).where(like))) | (ours if model is Shop else set())
    return next(one for one in _numbered(slug) if one not in taken)


def _numbered(slug: str) -> Iterator[str]:
    yield slug
    number = 2
    while True:
        yield f"{slug}-{number}"
        number += 1


def let_go(movements: Any) -> None:
    """Units that were held when the archive was made: movements say that they were let go, so that they add up to the stock."""
    held = func.sum(movements.reserved_delta)
    kept = select(movements.variant_id, movements.location_id, held.label("held")).group_by(
        movements.variant_id, movements.location_id
    )
    for row in db.session().execute(kept.having(held != literal(0))).all():
        db.add(
            movements(
                variant_id=row.variant_id,
                location_id=row.location_id,
                reserved_delta=-row.held,
                reason="released",
                note="Held where the archive was made",
                actor_name="Guildhall",
            )
        )


def note(workspace_id: UUID, import_id: UUID, state: str, done: int, total: int, step: str) -> None:
    change(workspace_id, import_id, (state,), done=done, total=total, step=step)


def change(workspace_id: UUID, import_id: UUID, states: tuple[str, ...], **fields: Any) -> bool:
    """In a transaction of its own; returns whether it was in one of `states`."""
    with db.workspace(workspace_id) as session:
        wanted = ArchiveImport.id == import_id, ArchiveImport.state.in_(states)
        changed = update(ArchiveImport).where(*wanted).values(**fields).returning(ArchiveImport.id)
        found = session.scalars(changed).one_or_none()
        if found:
            told(workspace_id)
        return found is not None


def told(workspace_id: UUID) -> None:
    emit(ArchiveMoved(workspace_id=workspace_id))
