"""The job behind an upload: look at the whole file, let the scanner look, store it as one, put it on sale."""

import time
from datetime import timedelta
from typing import IO
from uuid import UUID

import structlog

from app.catalogue import kinds
from app.catalogue.actions.files import check_release, described, offer, put, release
from app.catalogue.actions.uploads import pieces, settle
from app.catalogue.events import UploadSettled
from app.catalogue.models import File, Product, Upload
from app.core import db, jobs, scanning, storage
from app.core.actor import Actor
from app.core.errors import Refused, Unavailable
from app.core.joined import joined
from app.core.outbox import emit, later
from app.core.scanning import ScannerAway

log = structlog.get_logger()
AGAIN = timedelta(minutes=1)
RENEW_SECONDS = 10
FOUND = "The virus scanner found {name} in this file, so it was not put on sale. Nothing of it was kept."
WAITS = "the virus scanner, which does not answer"


def finish(workspace_id: UUID, upload_id: UUID) -> None:
    """Job, with transactions of its own. Refused files say why; while the scanner is away it comes back by itself."""
    with db.workspace(workspace_id):
        row = db.get(Upload, upload_id)
    if row.state != "checking":
        return
    source = joined(pieces(row), _Beat())
    try:
        _scan(source)
        _check_release(row, source)
        kept = put(source, row.name, f"files/{workspace_id}/{upload_id}", row.size)
        _sell(row, kinds.content_type(source), kept)
    except Unavailable:  # storage is away: the job's own retries
        raise
    except ScannerAway as away:
        _wait(row, away)
    except Refused as refusal:
        _refuse(row, refusal.message)


class _Beat:
    """Renews the job's claim every few seconds while a large file is read."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._since >= RENEW_SECONDS:
            self._since = time.monotonic()
            jobs.still_working()


def _scan(source: IO[bytes]) -> None:
    if not scanning.configured():
        return
    found = scanning.scan(iter(lambda: source.read(storage.CHUNK), b""))
    source.seek(0)
    if found:
        raise Refused(FOUND.format(name=found))


def _check_release(upload: Upload, source: IO[bytes]) -> None:
    """Outside any transaction, because whether copies can be made takes a while."""
    if upload.replaces_id is None:
        return
    with db.workspace(upload.workspace_id):
        old = db.get(File, upload.replaces_id)
    check_release(old, source, upload.name)


def _sell(upload: Upload, content_type: str, kept: storage.Stored) -> None:
    """The row's id is the upload's, so a job that runs twice stores and sells one file."""
    with db.workspace(upload.workspace_id):
        row = db.lock(upload)
        if row.state != "checking":
            return
        actor, product = Actor("person", row.actor_name, row.actor_id), db.lock(db.get(Product, row.product_id))
        file = described(product.id, row.id, row.name, content_type, kept)
        if row.replaces_id:
            file = release(actor, product, db.lock(db.get(File, row.replaces_id)), file, row.notes)
        else:
            file = offer(actor, product, file)
        row.file_id = file.id
        settle(row, "done")


def _wait(upload: Upload, away: ScannerAway) -> None:
    log.warning("upload.unscanned", upload=str(upload.id), error=str(away))
    with db.workspace(upload.workspace_id):
        row = db.lock(upload)
        if row.state != "checking":
            return
        first, row.waits_for = not row.waits_for, WAITS
        later("catalogue.finish_upload", delay=AGAIN, workspace_id=row.workspace_id, upload_id=row.id)
        if first:
            emit(UploadSettled(workspace_id=row.workspace_id, upload_id=row.id, product_id=row.product_id))


def _refuse(upload: Upload, words: str) -> None:
    with db.workspace(upload.workspace_id):
        row = db.lock(upload)
        if row.state == "checking":
            settle(row, "refused", words)
    storage.delete(f"files/{upload.workspace_id}/{upload.id}")
