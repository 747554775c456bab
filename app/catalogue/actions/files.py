"""Files for sale: streamed to private storage, never held in memory."""

from pathlib import PurePosixPath
from typing import IO
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue import archives, endings, kinds, stockroom
from app.catalogue.actions import ordering
from app.catalogue.actions.stamping import NotStampable
from app.catalogue.events import FileAdded, ProductChanged
from app.catalogue.models import PLAYABLE, File, Product, Variant
from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import emit

LARGEST = 2 * 1024 * 1024 * 1024
FORBIDDEN = set('<>:"/\\|?*')


class EmptyFile(Refused):
    message = "This file is empty, so there is nothing to sell. Nothing was stored."


class LastFile(Refused):
    message = "Buyers would get nothing: this is the only file of a listed product. Replace it, or take the product down first."


class SameFile(Refused):
    message = "These are exactly the bytes that buyers get already. Nothing was replaced."


def add_file(
    actor: Actor,
    product: Product,
    source: IO[bytes],
    filename: str,
    *,
    expected_size: int | None = None,
    variant: Variant | None = None,
) -> File:
    """Keep a file for buyers, at most 2 GB. Raises UploadTooLarge, UploadCut, EmptyFile, NotWhatItSays, BadArchive, CutOff;
    nothing is kept then."""
    row = stored(product, source, filename, expected_size)
    row.variant_id = variant.id if variant else None
    return offer(actor, product, row)


def offer(actor: Actor, product: Product, row: File) -> File:
    """Put a stored file on sale, behind the others."""
    row.position = db.session().scalar(select(func.count()).where(File.product_id == product.id)) or 0
    db.add(row)
    audit.record(actor, "catalogue.add_file", product, name=row.name, size=row.size, sha256=row.sha256)
    emit(FileAdded(workspace_id=row.workspace_id, file_id=row.id, product_id=product.id))
    return row


def replace_file(
    actor: Actor, product: Product, old: File, source: IO[bytes], filename: str, notes: str, expected_size: int | None
) -> File:
    """The next release in the old one's place; who bought before keeps both. Raises as `add_file`, SameFile, OtherKind, NotStampable."""
    product, old = db.lock(product), db.lock(old)
    _still_newest(old)
    check_release(old, source, clean_name(filename))
    return release(actor, product, old, stored(product, source, filename, expected_size), notes)


def check_release(old: File, source: IO[bytes], name: str) -> None:
    """Whether buyers of `old` are served by these bytes in its place. Raises what is wrong with the bytes themselves, OtherKind, and
    NotStampable when each of them would get a copy of their own that cannot be made."""
    check(source, name)
    kinds.check_release(old.name, old.content_type, name, kinds.content_type(source))
    reason = stockroom.doors.unstampable(source) if old.stamped else ""
    if reason:
        raise NotStampable(name=name, reason=f"{reason} Until then {old.name} stays on sale.")


def release(actor: Actor, product: Product, old: File, row: File, notes: str) -> File:
    """Put a stored file in the place of `old`, which is locked. Raises SameFile, and Refused when it has a successor already."""
    _still_newest(old)
    if row.sha256 == old.sha256:
        storage.delete(row.storage_key)
        raise SameFile(field="file")
    row.variant_id, row.position, row.download_limit = old.variant_id, old.position, old.download_limit
    row.stream_only = old.stream_only and row.content_type in PLAYABLE
    row.stamped, row.stamp_text = old.stamped, old.stamp_text
    row.release, row.replaces_id, row.notes = old.release + 1, old.id, notes.strip()[:2000]
    old.removed_at = db.now()
    db.add(row)
    audit.record(actor, "catalogue.replace_file", product, name=row.name, release=row.release, sha256=row.sha256)
    emit(ProductChanged(product_id=product.id))
    emit(FileAdded(workspace_id=row.workspace_id, file_id=row.id, product_id=product.id))
    return row


def _still_newest(old: File) -> None:
    if old.removed_at is not None:
        raise Refused("This release was replaced or removed meanwhile. Look at the newest one first.", field="file")


def stored(product: Product, source: IO[bytes], filename: str, expected_size: int | None) -> File:
    """A row, not yet added, whose bytes lie in storage."""
    file_id, name = new_id(), clean_name(filename)
    key = f"files/{db.current_workspace()}/{file_id}"
    content_type = kinds.content_type(source)
    return described(product.id, file_id, name, content_type, put(source, name, key, expected_size))


def put(source: IO[bytes], name: str, key: str, expected_size: int | None) -> storage.Stored:
    """Look at the bytes, then store them. Raises as `add_file`."""
    check(source, name)
    kept = storage.put(key, source, limit=LARGEST, expected=expected_size)
    if not kept.size:
        storage.delete(key)
        raise EmptyFile(field="file")
    return kept


def check(source: IO[bytes], name: str) -> None:
    """Raises NotWhatItSays, BadArchive, CutOff."""
    kind = kinds.content_type(source)
    archives.check(source, kind)
    kinds.check_name(source, name)
    endings.check(source, kind, name)


def described(product_id: UUID, file_id: UUID, name: str, content_type: str, kept: storage.Stored) -> File:
    return File(
        id=file_id,
        product_id=product_id,
        name=name,
        content_type=content_type,
        size=kept.size,
        sha256=kept.sha256,
        crc32=kept.crc32,
        storage_key=kept.key,
        release=1,
    )


def clean_name(filename: str) -> str:
    """The last part of a path, without control, direction and reserved characters; at most 120 characters with its ending."""
    last = PurePosixPath(filename.replace("\\", "/")).name
    kept = "".join(c for c in last if c.isprintable() and c not in FORBIDDEN and not 0x2066 <= ord(c) <= 0x2069).strip(
        ". "
    )
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:100]}.{ending[:16]}" if dot and stem else kept[:120] or "file"


def remove_file(actor: Actor, file: File) -> None:
    """No longer offered to new buyers; those who bought it keep it. Raises LastFile while the product is listed."""
    product = db.lock(db.get(Product, file.product_id))
    if file.removed_at is not None:
        return
    only = len(files_of(product.id)) == 1 and not stockroom.doors.licensed(product.id)
    if product.state == "listed" and product.downloads and only:
        raise LastFile(field="file")
    file.removed_at = db.now()
    audit.record(actor, "catalogue.remove_file", file, name=file.name)


def files_of(product_id: UUID) -> list[File]:
    """What is offered now, in the seller's order."""
    statement = select(File).where(File.product_id == product_id, File.removed_at.is_(None))
    return list(db.session().scalars(statement.order_by(File.position, File.id)))


def move_file(actor: Actor, file: File, by: int) -> None:
    """Up (-1) or down (+1) in the list that buyers see."""
    if file.removed_at is not None:
        raise Refused("This file was removed meanwhile, so it was not moved.", field="file")
    ordering.step(files_of(file.product_id), file, by)
    audit.record(actor, "catalogue.move_file", file, name=file.name)


def rename_file(actor: Actor, file: File, name: str) -> None:
    """What buyers see and save it as. The ending stays when the new name has none."""
    cleaned = clean_name(name.strip())
    if not name.strip() or cleaned == "file":
        raise Refused("Give the file a name, such as «prints.zip».", field=f"name-{file.id}")
    ending = file.name.rpartition(".")[2] if "." in file.name else ""
    if ending and "." not in cleaned:
        cleaned = f"{cleaned}.{ending}"
    kinds.check_renaming(file.content_type, file.name, cleaned, f"name-{file.id}")
    before, file.name = file.name, cleaned
    if before != cleaned:
        audit.record(actor, "catalogue.rename_file", file, before=before, name=cleaned)


def set_stream_only(actor: Actor, file: File, only: bool) -> None:
    """Whether buyers listen to or watch it here and get no copy. Raises Refused for what browsers do not play."""
    if only and file.content_type not in PLAYABLE:
        raise Refused(
            "Browsers play no file of this kind, so buyers would get nothing. Offer MP3, M4A, FLAC, Ogg, WAV, MP4 or WebM.",
            field=f"stream-{file.id}",
        )
    if file.stream_only == only:
        return
    file.stream_only = only
    audit.record(actor, "catalogue.set_stream_only", file, only=only)


def set_download_limit(actor: Actor, file: File, limit: int | None) -> None:
    """Completed downloads per purchase; None is no limit."""
    if limit is not None and limit < 1:
        raise Refused("A limit is 1 or more. Leave it empty for no limit.", field=f"limit-{file.id}")
    if file.download_limit == limit:
        return
    file.download_limit = limit
    audit.record(actor, "catalogue.set_download_limit", file, limit=limit)
