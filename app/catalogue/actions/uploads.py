"""Large files arrive in pieces and survive lost connections; a job looks at the whole before it goes on sale."""

import hashlib
from base64 import b64decode
from binascii import Error as NotBase64
from datetime import timedelta
from typing import IO
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue.actions.files import LARGEST, EmptyFile, clean_name
from app.catalogue.events import UploadSettled
from app.catalogue.models import File, Product, Upload
from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit, later

PIECE = 64 * 1024 * 1024
"""The largest piece that one request brings, in bytes."""
LIFE = timedelta(days=7)
MOST_OPEN, MOST_OPEN_BYTES = 20, 20 * 1024**3
"""Per workspace, on their way at once."""
MOST_PIECES = 4000
DIGESTS = ("sha1", "sha256")


class TooManyUploads(Refused):
    status = 429
    message = (
        "There are {count} unfinished uploads here already. Let them finish or cancel some first; nothing was sent."
    )


class OtherOffset(Refused):
    status = 409
    message = "Other bytes of this file arrived meanwhile. Ask how far it is and go on from there."


class Busy(Refused):
    status = 423
    message = "Another piece of this file is being stored. Try again in a moment."


class OtherBytes(Refused):
    status = 460
    message = "These bytes changed on their way, so they were not kept. Send them again."


class UploadOver(Refused):
    status = 410
    message = "This upload is over: it was finished, cancelled, or waited longer than a week. Start again."


def announce(
    actor: Actor,
    product: Product,
    name: str,
    size: int,
    *,
    replaces: File | None = None,
    notes: str = "",
    mark: str = "",
) -> Upload:
    """Room for a file of `size` bytes, `mark` telling it from others of that name. Raises UploadTooLarge, EmptyFile, TooManyUploads."""
    if size > LARGEST:
        raise storage.UploadTooLarge(limit=storage.human_size(LARGEST))
    if size < 1:
        raise EmptyFile
    if actor.user_id is None:
        raise ValueError("only members upload")
    _keep_within_quota(size)
    row = Upload(
        product_id=product.id,
        replaces_id=replaces.id if replaces else None,
        actor_id=actor.user_id,
        actor_name=actor.name,
        name=clean_name(name),
        mark=mark[:100],
        notes=notes.strip()[:2000],
        size=size,
        expires_at=db.now() + LIFE,
    )
    return db.add(row)


def _keep_within_quota(size: int) -> None:
    open_ones = select(func.count(), func.coalesce(func.sum(Upload.size), 0)).where(
        Upload.state.in_(("receiving", "checking"))
    )
    count, announced = db.session().execute(open_ones).one()
    if count >= MOST_OPEN or announced + size > MOST_OPEN_BYTES:
        raise TooManyUploads(count=count)


def by_id(upload_id: UUID) -> Upload:
    """Raises NotFound, UploadOver."""
    row = db.get(Upload, upload_id)
    if row.state == "given_up" or (row.state == "receiving" and row.expires_at <= db.now()):
        raise UploadOver
    return row


def take(upload_id: UUID, offset: int, source: IO[bytes], size: int, checksum: str = "") -> Upload:
    """Keep `size` more bytes, which begin at `offset`. Raises OtherOffset, UploadTooLarge, Busy, OtherBytes, UploadOver, StorageAway."""
    row = _alone(upload_id)
    if offset != row.received or row.state != "receiving":
        raise OtherOffset
    if row.received + size > row.size or len(row.parts) >= MOST_PIECES:
        raise storage.UploadTooLarge(limit=storage.human_size(row.size))
    if checksum:
        _check(source, checksum)
    if size:
        _keep(row, source, size)
    if row.received == row.size:
        row.state = "checking"
        later("catalogue.finish_upload", workspace_id=row.workspace_id, upload_id=row.id)
    return row


def _keep(row: Upload, source: IO[bytes], size: int) -> None:
    storage.put(piece_key(row, len(row.parts)), source, limit=size, expected=size)
    row.parts = [*row.parts, size]
    row.received += size
    row.expires_at = db.now() + LIFE


def _alone(upload_id: UUID) -> Upload:
    by_id(upload_id)
    mine = select(Upload).where(Upload.id == upload_id).with_for_update(skip_locked=True)
    row = db.session().scalars(mine.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise Busy
    return row


def _check(source: IO[bytes], checksum: str) -> None:
    kind, _, expected = checksum.partition(" ")
    if kind not in DIGESTS:
        raise Refused(f"Checksums are {' or '.join(DIGESTS)}.")
    digest = hashlib.new(kind, usedforsecurity=False)
    while piece := source.read(storage.CHUNK):
        digest.update(piece)
    source.seek(0)
    try:
        same = b64decode(expected, validate=True) == digest.digest()
    except NotBase64:
        same = False
    if not same:
        raise OtherBytes


def whole(
    actor: Actor,
    product: Product,
    source: IO[bytes],
    name: str,
    *,
    replaces: File | None = None,
    notes: str = "",
    size: int,
) -> Upload:
    """A file that came in one request and is to be looked at by the job all the same. Raises as `announce` and `take`."""
    row = announce(actor, product, name, size, replaces=replaces, notes=notes)
    return take(row.id, 0, source, size)


def give_up(actor: Actor, upload: Upload) -> None:
    """Forget what came so far. Nothing happens to what is finished."""
    row = db.lock(upload)
    if row.state not in ("receiving", "refused"):
        return
    settle(row, "given_up")
    audit.record(actor, "catalogue.give_up_upload", upload, name=row.name)


def settle(row: Upload, state: str, error: str = "") -> None:
    """It is over: its pieces go, pages hear of it."""
    row.state, row.error, row.waits_for, row.settled_at = state, error, "", db.now()
    if row.parts:
        later("catalogue.delete_stored", keys=[piece_key(row, number) for number in range(len(row.parts))])
    emit(UploadSettled(workspace_id=row.workspace_id, upload_id=row.id, product_id=row.product_id))


def piece_key(row: Upload, number: int) -> str:
    return f"uploads/{row.workspace_id}/{row.id}/{number}"


def pieces(row: Upload) -> list[tuple[str, int]]:
    """Keys and sizes in bytes, in order."""
    return [(piece_key(row, number), size) for number, size in enumerate(row.parts)]


def sweep() -> int:
    """In the system's scope: give up what nobody went on with. Returns how many."""
    late = select(Upload.workspace_id, Upload.id).where(
        Upload.state.in_(("receiving", "checking")), Upload.expires_at <= db.now()
    )
    found = db.session().execute(late.limit(500)).all()
    for workspace_id, upload_id in found:
        with db.workspace(workspace_id):
            _forget(upload_id)
    return len(found)


def _forget(upload_id: UUID) -> None:
    row = db.find(Upload, upload_id, lock=True)
    if row is not None and row.state == "receiving":
        settle(row, "given_up")
    elif row is not None and row.state == "checking":
        settle(row, "refused", "It could not be checked for a week, so it was not put on sale. Send it again.")
