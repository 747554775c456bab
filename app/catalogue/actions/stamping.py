"""Whether every buyer gets a copy of their own, and what stands on it."""

import re
from collections.abc import Iterator
from uuid import UUID

from app.catalogue.events import FileChecked
from app.catalogue.models import File
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit, later

PLACEHOLDERS = ("name", "email", "order", "date", "code")
DEFAULT_TEXT = "Licensed to {name} · {email} · order {order}"
LONGEST = 160
SAMPLE = {
    "name": "Ada Buyer",
    "email": "ada@example.com",
    "order": "1042",
    "date": "2026-03-14",
    "code": "7H4K-92QD-MX01-T3PB",
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class NotStampable(Refused):
    message = "{name} cannot be stamped. {reason} Nothing was changed."


def set_stamping(actor: Actor, file: File, stamped: bool, text: str) -> None:
    """For this file and the releases before it, which leak as easily. Copies made by an earlier text stay traceable.

    Raises NotStampable when the check said so, Refused for a text that is too long or names what we do not know.
    """
    cleaned = _checked(text, f"stamp-{file.id}")
    file = db.lock(file)
    if stamped and file.stampable:
        raise NotStampable(name=file.name, reason=file.stampable, field=f"stamp-{file.id}")
    if (file.stamped, file.stamp_text) == (stamped, cleaned):
        return
    for release in _with_earlier(file):
        release.stamped, release.stamp_text = stamped, cleaned
        if stamped and release.stampable is None:
            later("downloads.inspect", workspace_id=release.workspace_id, file_id=release.id)
    audit.record(actor, "catalogue.set_stamping", file, name=file.name, stamped=stamped, text=cleaned)


def _checked(text: str, field: str) -> str:
    """In one line. Raises Refused."""
    cleaned = " ".join(text.split())
    if len(cleaned) > LONGEST:
        raise Refused(f"The text is longer than {LONGEST} letters. Nothing was changed.", field=field)
    unknown = [name for name in _PLACEHOLDER.findall(cleaned) if name not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise Refused(f"We do not know {{{unknown[0]}}}. You can use {known}. Nothing was changed.", field=field)
    return cleaned


def _with_earlier(file: File) -> Iterator[File]:
    """The file and what it replaced, the newest first."""
    at: File | None = file
    while at is not None:
        yield at
        at = db.find(File, at.replaces_id, lock=True) if at.replaces_id else None


def filled(text: str, values: dict[str, str]) -> str:
    """The text with its placeholders filled; what a value says is never read as a placeholder."""
    return _PLACEHOLDER.sub(lambda found: values.get(found.group(1), ""), text)


def sampled(text: str) -> str:
    """How the text looks on somebody's copy."""
    return filled(" ".join(text.split()), SAMPLE)


def note_stampable(file_id: UUID, reason: str) -> None:
    """What the check found: why this file cannot be stamped, in words for the seller, or "" that it can."""
    file = db.find(File, file_id, lock=True)
    if file is None or file.stampable == reason:
        return
    file.stampable = reason
    emit(FileChecked(workspace_id=file.workspace_id, file_id=file.id, product_id=file.product_id))
