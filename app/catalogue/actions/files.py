"""Files for sale: streamed to private storage, never held in memory."""

from pathlib import PurePosixPath
from typing import IO

from sqlalchemy import func, select

from app.catalogue import archives
from app.catalogue.models import File, Product, Variant
from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id

LARGEST = 2 * 1024 * 1024 * 1024
FORBIDDEN = set('<>:"/\\|?*')


class EmptyFile(Refused):
    message = "This file is empty, so there is nothing to sell. Nothing was stored."


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
    file_id, name = new_id(), clean_name(filename)
    key = f"files/{db.current_workspace()}/{file_id}"
    content_type = archives.content_type(source)
    archives.check(source, content_type)
    stored = storage.put(key, source, limit=LARGEST, expected=expected_size)
    if not stored.size:
        storage.delete(key)
        raise EmptyFile(field="file")
    position = db.session().scalar(select(func.count()).where(File.product_id == product.id)) or 0
    row = db.add(
        File(
            id=file_id,
            product_id=product.id,
            variant_id=variant.id if variant else None,
            name=name,
            content_type=content_type,
            size=stored.size,
            sha256=stored.sha256,
            storage_key=key,
            position=position,
        )
    )
    audit.record(actor, "catalogue.add_file", product, name=name, size=stored.size, sha256=stored.sha256)
    return row


def clean_name(filename: str) -> str:
    """The last part of a path, without control, direction and reserved characters; at most 120 characters with its ending."""
    last = PurePosixPath(filename.replace("\\", "/")).name
    kept = "".join(c for c in last if c.isprintable() and c not in FORBIDDEN and not 0x2066 <= ord(c) <= 0x2069).strip(
        ". "
    )
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:100]}.{ending[:16]}" if dot and stem else kept[:120] or "file"


def remove_file(actor: Actor, file: File) -> None:
    """No longer offered to new buyers; those who bought it keep it."""
    file.removed_at = db.now()
    audit.record(actor, "catalogue.remove_file", file, name=file.name)


def move_file(actor: Actor, file: File, step: int) -> None:
    rows = list(
        db.session().scalars(
            select(File)
            .where(File.product_id == file.product_id, File.removed_at.is_(None))
            .order_by(File.position, File.id)
        )
    )
    index = rows.index(file)
    rows.insert(min(max(index + step, 0), len(rows) - 1), rows.pop(index))
    for position, row in enumerate(rows):
        row.position = position
    audit.record(actor, "catalogue.move_file", file, name=file.name)


def set_download_limit(actor: Actor, file: File, limit: int | None) -> None:
    """Completed downloads per purchase; None is no limit."""
    if limit is not None and limit < 1:
        raise Refused("A limit is 1 or more. Leave it empty for no limit.", field="download_limit")
    file.download_limit = limit
    audit.record(actor, "catalogue.set_download_limit", file, limit=limit)
