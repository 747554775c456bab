"""Making a buyer's own copy. Whatever goes wrong, the original is never handed out in its place."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import IO, cast
from uuid import UUID

import structlog
from sqlalchemy import func, select

from app.access.models import Grant
from app.catalogue import actions as catalogue
from app.catalogue.models import File
from app.core import db, mail, storage
from app.core.actor import SYSTEM
from app.core.jobs import LeaseLost, last_try, still_working
from app.core.outbox import emit, later
from app.core.storage import Stored
from app.downloads import confined, copying, kinds, marks, seal
from app.downloads.models import Copy
from app.downloads.stamper import Stamp, Unstampable
from app.orders import actions as orders
from app.orders.events import OrderChanged
from app.orders.models import Order

log = structlog.get_logger()
LARGEST = 3 * 1024**3
SLOW = timedelta(seconds=60)
"""Whoever waited longer is told by mail."""
UNKNOWN = "This kind of file takes no stamp: PDF, EPUB, JPEG, PNG, WebP, zip, MP3, M4A, FLAC, Ogg and WAV do."
LOST = timedelta(hours=6)
KEPT = timedelta(days=60)
AT_ONCE = 200


@dataclass(frozen=True)
class _Task:
    """Everything that making one copy needs, read before anything slow begins."""

    workspace_id: UUID
    copy_id: UUID
    source: str
    name: str
    content_type: str
    stamp: Stamp


def make(workspace_id: UUID, copy_id: UUID) -> None:
    """Job: stamp, store, and open the copy to its buyer. A file that refuses ends it; other failures are tried again."""
    task = _task(workspace_id, copy_id)
    if task is None:
        return
    try:
        with _worked(task.source) as (source, target):
            kind = _kind(source)
            confined.stamp(kind, source, target, task.stamp)
            stored = _stored(task, target)
            look = confined.look(target) if kind == "picture" else ""
    except Unstampable as refusal:
        _fail(task, str(refusal), final=True)
    except LeaseLost:
        raise
    except Exception as error:
        log.warning("downloads.copy_failed", copy=str(copy_id), error=str(error))
        if last_try():
            _fail(task, "We could not read or keep it; trying once more may help.", final=False)
        raise
    else:
        _open(task, stored, look)


def _task(workspace_id: UUID, copy_id: UUID) -> _Task | None:
    """None when there is nothing to do any more."""
    with db.workspace(workspace_id):
        copy = db.find(Copy, copy_id)
        if copy is None or copy.state != "waiting":
            return None
        grant, file = db.get(Grant, copy.grant_id), db.get(File, copy.file_id)
        order = db.get(Order, grant.order_id)
        return _Task(
            workspace_id, copy_id, file.storage_key, file.name, file.content_type, stamp_for(copy, file, order)
        )


def stamp_for(copy: Copy, file: File, order: Order) -> Stamp:
    """What stands on the copy: the same at every making."""
    day = (order.paid_at or order.placed_at).date().isoformat()
    code = marks.words(copy.mark)
    values = {
        "name": order.buyer_name,
        "email": order.buyer_email,
        "order": str(order.number),
        "date": day,
        "code": code,
    }
    stamp = Stamp(copy.mark, catalogue.filled(file.stamp_text, values))
    manifest = json.dumps(
        {
            "format": "guildhall-copy/1",
            "code": marks.written(copy.mark),
            "file": file.name,
            "release": file.release,
            "sha256_of_the_original": file.sha256,
            "shop": order.shop.name,
            "order": order.number,
            "made_for": {"name": order.buyer_name, "email": order.buyer_email},
            "bought_on": day,
            "public_key": seal.public(),
        },
        ensure_ascii=False,
        indent=1,
    )
    about = f"This copy of {file.name} was made for {order.buyer_name}, {order.buyer_email}.\nOrder {order.number} of {order.shop.name}, {day}. Copy {code}.\n"
    return replace(stamp, about=about, manifest=manifest, signature=seal.signed(manifest))


@contextmanager
def _worked(key: str) -> Iterator[tuple[Path, Path]]:
    """The stored file as a private one, and a place beside it for the copy; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="guildhall-copy-") as folder:
        source = Path(folder) / "original"
        fetch(key, source)
        yield source, Path(folder) / "copy"


def fetch(key: str, target: Path) -> None:
    """In pieces, keeping the job's claim. Raises Missing, StorageAway."""
    with target.open("wb") as file:
        for number, piece in enumerate(storage.stream(key, 0, storage.size(key) - 1)):
            file.write(piece)
            if number % 64 == 0:
                still_working()


def _kind(source: Path) -> str:
    kind = kinds.of_file(source)
    if not kind:
        raise Unstampable(UNKNOWN)
    return kind


def _stored(task: _Task, target: Path) -> Stored:
    with target.open("rb") as file:
        kept = cast("IO[bytes]", _Claimed(file))
        return storage.put(f"copies/{task.workspace_id}/{task.copy_id}", kept, limit=LARGEST)


class _Claimed:
    """A file whose reading keeps the job's claim, because storing 2 GB outlasts it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.pieces = file, 0

    def read(self, count: int = -1) -> bytes:
        self.pieces += 1
        if self.pieces % 64 == 0:
            still_working()
        return self.file.read(count)


def _open(task: _Task, stored: Stored, look: str) -> None:
    with db.workspace(task.workspace_id):
        copy = db.lock(db.get(Copy, task.copy_id))
        copy.storage_key, copy.size, copy.sha256, copy.crc32 = stored.key, stored.size, stored.sha256, stored.crc32
        copy.content_type, copy.look = task.content_type, look
        copy.state, copy.error, copy.ready_at = "ready", "", db.now()
        grant = db.get(Grant, copy.grant_id)
        if copy.ready_at - copy.asked_at > SLOW:
            _write(copy, grant)
        copying.tell(copy, grant.order_id)


def _write(copy: Copy, grant: Grant) -> None:
    """They have long gone elsewhere: the letter leads back."""
    order = db.get(Order, grant.order_id)
    copy.mail_at = db.now()
    mail.post(
        order.buyer_email,
        "copy_ready",
        f"copy-ready:{copy.id}:{copy.asked_at.isoformat()}",
        name=order.buyer_name,
        shop=order.shop.name,
        file=db.get(File, copy.file_id).name,
        token=orders.purchase_token(order.group),
    )


def _fail(task: _Task, reason: str, *, final: bool) -> None:
    """The buyer's page says so with words and a way on; the order's says why to the seller."""
    with db.workspace(task.workspace_id):
        copy = db.lock(db.get(Copy, task.copy_id))
        copy.state, copy.error, copy.final = "failed", reason, final
        grant = db.get(Grant, copy.grant_id)
        order = db.get(Order, grant.order_id)
        orders.tell(order, "access", SYSTEM, f"The buyer's copy of {task.name} could not be made. {reason}")
        emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
        copying.tell(copy, order.id)
        if final:
            catalogue.note_stampable(copy.file_id, reason)


def ask_again(grant: Grant, file: File) -> None:
    """In the buyer's scope: have the copy made, also when it failed before."""
    if file.stamped:
        copying.ask(grant, file, again=True)


def inspect(workspace_id: UUID, file_id: UUID) -> None:
    """Job: find out whether a file can be stamped, and write the reason beside it when it cannot."""
    with db.workspace(workspace_id):
        file = db.find(File, file_id)
        if file is None:
            return
        key = file.storage_key
    reason = ""
    try:
        with _worked(key) as (source, _):
            confined.check(_kind(source), source)
    except Unstampable as refusal:
        reason = str(refusal)
    with db.workspace(workspace_id):
        catalogue.note_stampable(file_id, reason)


def unstampable(source: IO[bytes]) -> str:
    """Why no copies can be made of these bytes, in words for their seller; "" when they can. Reads them to the end and goes back."""
    try:
        with tempfile.TemporaryDirectory(prefix="guildhall-check-") as folder:
            path = Path(folder) / "original"
            with path.open("wb") as file:
                while piece := source.read(storage.CHUNK):
                    file.write(piece)
            confined.check(_kind(path), path)
    except Unstampable as refusal:
        return str(refusal)
    finally:
        source.seek(0)
    return ""


def sweep() -> None:
    """Job: give up what was lost on its way, and the bytes of copies that nobody fetched for long; they can be made again."""
    with db.system("copies that are lost or not wanted any more") as session:
        lost = select(Copy).where(Copy.state == "waiting", Copy.asked_at < db.now() - LOST).limit(AT_ONCE)
        for copy in session.scalars(lost.with_for_update(skip_locked=True)):
            copy.state, copy.error = "failed", "Making it took too long."
        old = (
            select(Copy)
            .where(Copy.state == "ready", func.coalesce(Copy.used_at, Copy.ready_at) < db.now() - KEPT)
            .limit(AT_ONCE)
        )
        cleared = list(session.scalars(old.with_for_update(skip_locked=True)))
        keys = [copy.storage_key for copy in cleared]
        for copy in cleared:
            copy.state, copy.storage_key = "cleared", ""
        if keys:
            later("catalogue.delete_stored", keys=keys)
