"""Bringing an archive in: all of it in one transaction, or nothing."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError

from app.archives.actions import importing, storing
from app.archives.actions.importing import NotEmpty, change, emptiness
from app.archives.coming import COMES
from app.archives.ids import Ids
from app.archives.models import ArchiveImport
from app.archives.progress import Progress
from app.archives.reshaping import CHANGES, Coming, as_it_is
from app.archives.unpacking import BadArchive, Opened
from app.archives.values import values
from app.catalogue.models import Category, Media
from app.core import audit, db, jobs, storage
from app.core.actor import Actor
from app.core.ids import short_code
from app.core.outbox import later
from app.forum.models import ForumPicture
from app.inventory.models import StockMovement
from app.notifications import actions as notifications
from app.orders.models import Order, OrderGroup, OrderLine
from app.workspaces.models import Workspace

log = structlog.get_logger()
BATCH = 500
WRONG = (
    "The archive does not fit together ({table}), so nothing of it was brought in. Download it again where it was made."
)
FAILED = "It could not be brought in, although it was tried several times. Nothing of it was kept."


def bring(workspace_id: UUID, import_id: UUID) -> None:
    """Job: everything that the checked report promised. A second run begins anew, because the first left nothing."""
    if not change(workspace_id, import_id, ("bringing",), done=0, step=""):
        return
    progress = Progress(partial(importing.note, workspace_id, import_id, "bringing"))
    with db.workspace(workspace_id):
        row = db.get(ArchiveImport, import_id)
    kept: list[str] = []
    try:
        with storage.opened(row.key) as source:
            _bring(row, Opened(source), kept, progress)
    except (BadArchive, NotEmpty) as refusal:
        storing.forget(kept)
        change(workspace_id, import_id, ("bringing",), state="failed", error=refusal.message, ended_at=db.now())
    except Exception:
        storing.forget(kept)
        if jobs.last_try():
            change(workspace_id, import_id, ("bringing",), state="failed", error=FAILED, ended_at=db.now())
        raise
    else:
        storage.delete(row.key)


def _bring(row: ArchiveImport, archive: Opened, kept: list[str], progress: Progress) -> None:
    coming = Coming(Ids(row.id, archive.source, row.workspace_id), row.workspace_id)
    progress.begin("Keeping files and pictures", sum(archive.manifest["rows"].get(name, 0) for name in COMES))
    storing.keep(archive, coming, kept, progress)
    with db.workspace(row.workspace_id, row.asked_by):
        db.idle_up_to(storage.LONGEST_PUT)
        place = db.lock(db.get(Workspace, row.workspace_id))
        emptiness()
        _addresses(archive, coming)
        _categories(archive, coming)
        for name in importing.order():
            _table(name, archive, coming, progress)
        _afterwards(coming)
        _over(row, place, coming, progress)


def _table(name: str, archive: Opened, coming: Coming, progress: Progress) -> None:
    progress.begin(f"Bringing in {COMES[name][0].lower()}{COMES[name][1:]}")
    table, reshape = db.Base.metadata.tables[name], CHANGES.get(name, as_it_is)
    for batch in _batches(archive.rows(name)):
        made = [values(name, raw, coming.ids) | {"workspace_id": coming.workspace_id} for raw in batch]
        wanted = [one for one in made if reshape(one, coming)]
        _groups(coming)
        try:
            with db.session().begin_nested():
                for alike in _alike(wanted):
                    db.session().execute(insert(table), alike)
        except DBAPIError as error:
            log.warning("archives.does_not_fit", table=name, error=type(error.orig).__name__)
            raise BadArchive(WRONG.format(table=COMES[name].lower())) from error
        progress.went(len(batch))


def _alike(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """A statement takes rows of the same columns."""
    shapes: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:
        shapes.setdefault(frozenset(row), []).append(row)
    yield from shapes.values()


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _groups(coming: Coming) -> None:
    """Each order hangs on a purchase of its own, with no address that an account could claim it by."""
    if not coming.groups:
        return
    rows = {row["id"]: row | {"code": short_code(10)} for row in coming.groups if row["id"] not in coming.grouped}
    coming.groups.clear()
    coming.grouped |= set(rows)
    if rows:
        with db.system("history in an archive") as session:
            session.execute(insert(OrderGroup), list(rows.values()))


def _addresses(archive: Opened, coming: Coming) -> None:
    """Public names are unique over all workspaces; one that is taken gets a number."""
    coming.slugs = importing.addresses(archive)


def _categories(archive: Opened, coming: Coming) -> None:
    said = archive.manifest.get("categories")
    if not isinstance(said, dict):
        return
    ours = {row.slug: row.id for row in db.session().execute(select(Category.slug, Category.id))}
    for old, slug in said.items():
        if isinstance(slug, str) and slug in ours:
            coming.categories[coming.ids.fresh(UUID(old))] = ours[slug]


def _afterwards(coming: Coming) -> None:
    """Pictures are drawn as if they had been uploaded; what was held in the other place is written down as let go."""
    for one in db.session().scalars(select(Media.id)).all():
        later("catalogue.render_picture", media_id=one)
    for one in db.session().scalars(select(ForumPicture.id)).all():
        later("forum.render_picture", picture_id=one)
    importing.let_go(StockMovement)
    words = select(func.string_agg(func.lower(OrderLine.title + " " + OrderLine.sku), " "))
    of_it = words.where(OrderLine.order_id == Order.id)
    found = Order.search_text + " " + func.coalesce(of_it.scalar_subquery(), "")
    db.session().execute(update(Order).values(search_text=found).execution_options(synchronize_session=False))


def _over(row: ArchiveImport, place: Workspace, coming: Coming, progress: Progress) -> None:
    own = db.get(ArchiveImport, row.id)
    own.report = own.report | {"renamed": importing.renamed(coming.slugs)}
    own.state, own.ended_at, own.key, own.done, own.step = "done", db.now(), "", progress.done, ""
    actor = Actor("person", row.asked_name, row.asked_by)
    audit.record(actor, "archives.bring", own, rows=progress.done, files=len(coming.stored), name=row.name)
    importing.told(row.workspace_id)
    notifications.tell(
        row.asked_by,
        "archives.ready",
        f"archive import:{row.id}",
        title=f"The archive is in {place.name}",
        words="Shops are closed until you open them. Look at what came in.",
        path=f"/w/{place.slug}/settings/data",
        workspace_id=row.workspace_id,
    )
