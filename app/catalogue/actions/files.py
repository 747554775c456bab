"""Files for sale: streamed to private storage, never held in memory."""

from pathlib import PurePosixPath
from typing import IO
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue import archives
from app.catalogue.actions import ordering
from app.catalogue.events import ProductChanged
from app.catalogue.models import File, Product, Variant
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
    """Keep a file for buyers, at most 2 GB. Raises UploadTooLarge, UploadCut, EmptyFile, BadArchive; nothing is kept then."""
    row = _stored(product, source, filename, expected_size)
    row.variant_id = variant.id if variant else None
    row.position = db.session().scalar(select(func.count()).where(File.product_id == product.id)) or 0
    db.add(row)
    audit.record(actor, "catalogue.add_file", product, name=row.name, size=row.size, sha256=row.sha256)
    return row


def replace_file(
    actor: Actor, product: Product, old: File, source: IO[bytes], filename: str, notes: str, expected_size: int | None
) -> File:
    """The next release in the old one's place; who bought before keeps both. Raises as `add_file`, and SameFile."""
    product, old = db.lock(product), db.lock(old)
    if old.removed_at is not None:
        raise Refused("This release was replaced or removed meanwhile. Look at the newest one first.", field="file")
    row = _stored(product, source, filename, expected_size)
    if row.sha256 == old.sha256:
        storage.delete(row.storage_key)
        raise SameFile(field="file")
    row.variant_id, row.position, row.download_limit = old.variant_id, old.position, old.download_limit
    row.release, row.replaces_id, row.notes = old.release + 1, old.id, notes.strip()[:2000]
    old.removed_at = db.now()
    db.add(row)
    audit.record(actor, "catalogue.replace_file", product, name=row.name, release=row.release, sha256=row.sha256)
    emit(ProductChanged(product_id=product.id))
    return row


def _stored(product: Product, source: IO[bytes], filename: str, expected_size: int | None) -> File:
    """A row, not yet added, whose bytes lie in storage."""
    file_id = new_id()
    key = f"files/{db.current_workspace()}/{file_id}"
    content_type = archives.content_type(source)
    archives.check(source, content_type)
    stored = storage.put(key, source, limit=LARGEST, expected=expected_size)
    if not stored.size:
        storage.delete(key)
        raise EmptyFile(field="file")
    return File(
        id=file_id,
        product_id=product.id,
        name=clean_name(filename),
        content_type=content_type,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=key,
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
    if product.state == "listed" and product.downloads and len(files_of(product.id)) == 1:
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
    before, file.name = file.name, cleaned
    if before != cleaned:
        audit.record(actor, "catalogue.rename_file", file, before=before, name=cleaned)


def set_download_limit(actor: Actor, file: File, limit: int | None) -> None:
    """Completed downloads per purchase; None is no limit."""
    if limit is not None and limit < 1:
        raise Refused("A limit is 1 or more. Leave it empty for no limit.", field=f"limit-{file.id}")
    if file.download_limit == limit:
        return
    file.download_limit = limit
    audit.record(actor, "catalogue.set_download_limit", file, limit=limit)
