"""From the stored file to the bytes that one buyer gets. There is no other way from a file to a buyer."""

from dataclasses import dataclass

from app.access.models import Grant
from app.catalogue.models import File
from app.core.errors import Refused
from app.downloads import copying
from app.downloads.models import Copy


@dataclass(frozen=True)
class Prepared:
    """What one buyer gets for a file. `key` is private; `size` in bytes, `sha256` in hex; `crc32` as zips say it, where it is known."""

    key: str
    name: str
    content_type: str
    size: int
    sha256: str
    crc32: int | None = None


class Preparing(Refused):
    """The buyer's own copy is being made. `copy_id` in the context; what was asked for stays."""

    status = 409
    keeps = True
    title = "Your copy is being made"
    message = "Your own copy of this file is being made. It takes about {seconds} s; this page shows when it is ready."


class NotDeliverable(Refused):
    """The copy cannot be made; the original is not handed out instead."""

    status = 409
    keeps = True
    title = "Your copy could not be made"
    message = (
        "Your own copy of this file could not be made. Nothing was used up and nothing was charged. "
        "Try once more, or write to the seller."
    )


class Unmakeable(NotDeliverable):
    """Trying again is no use; the seller has to change something."""

    message = (
        "Your own copy of this file cannot be made. Nothing was used up and nothing was charged. The seller knows why; "
        "write to them, and they can hand you another file."
    )


def prepare(grant: Grant, file: File) -> Prepared:
    """What `grant` is to receive for `file`; with stamping on it is never the original. Raises Preparing, NotDeliverable.

    In the buyer's or the seller's scope. A copy that is not there is asked for, and the asking stays.
    """
    if not file.stamped:
        return Prepared(file.storage_key, file.name, file.content_type, file.size, file.sha256, file.crc32)
    copy = copying.copy_of(grant, file)
    if copy is not None and copy.state == "failed":
        raise _failure(copy)
    if copy is None or copy.state != "ready":
        copy = copying.ask(grant, file)
        raise Preparing(seconds=copying.seconds(file), copy_id=copy.id)
    copying.use(copy)
    return Prepared(copy.storage_key, file.name, copy.content_type, copy.size, copy.sha256, copy.crc32)


def _failure(copy: Copy) -> NotDeliverable:
    return (Unmakeable if copy.final else NotDeliverable)(copy_id=copy.id)
