"""Label files: fetched once, kept privately, served again and again without buying (TRAPS.md D31, D32)."""

from uuid import UUID

from app.core import db, storage
from app.core.errors import ProviderError, Refused
from app.core.outbox import later
from app.shipping.actions import accounts
from app.shipping.actions.buying import printable, tell
from app.shipping.carrier import FORMATS
from app.shipping.models import CarrierAccount, Label

TYPES = {"pdf": "application/pdf", "png": "image/png", "zpl": "application/zpl"}
NONE = "No {format} of this label"
LATE = NONE + " yet. {said}. It is fetched again, and nothing is bought by that."
NEVER = NONE + ". {said}. The label is paid and stays valid."


class Voided(Refused):
    status = 410
    message = "This label was voided, so it cannot be printed any more. Buy a new one for the parcel."


class NotYet(Refused):
    status = 409
    title = "Not here yet"
    keeps = True
    message = "The carrier has not handed out this file yet. It is being fetched; try again in a moment."


class Never(Refused):
    status = 409
    title = "No such file"


def fetch(workspace_id: UUID, label_id: UUID, format: str) -> None:
    """Job: get the bytes in a format and keep them. Asked again it does nothing."""
    with db.workspace(workspace_id):
        label = db.get(Label, label_id)
        if format in label.files or not printable(label):
            return
        adapter = accounts.speaker(db.get(CarrierAccount, label.account_id))
        remote_id, address = label.remote_id, label.remote_files.get(format, "")
    try:
        data = adapter.file(remote_id, format, address)
    except ProviderError as error:
        _say(workspace_id, label_id, (NEVER if error.permanent else LATE).format(format=format.upper(), said=error))
        raise
    key = f"workspaces/{workspace_id}/labels/{label_id}.{format}"
    storage.put_bytes(key, data)
    with db.workspace(workspace_id):
        label = db.lock(db.get(Label, label_id))
        label.files = {**label.files, format: key}
        if label.error.startswith(NONE.format(format=format.upper())):
            label.error = ""
        tell(label)


def _say(workspace_id: UUID, label_id: UUID, words: str) -> None:
    """The paid label's row says that its file is not there."""
    with db.workspace(workspace_id):
        label = db.lock(db.get(Label, label_id))
        label.error = words[:500]
        tell(label)


def content(label: Label, format: str) -> bytes:
    """The label's bytes. Raises Voided, NotYet (and asks for the file), Never, Refused for an unknown format."""
    if format not in FORMATS:
        raise Refused("Labels come as PDF, PNG or ZPL.")
    if not printable(label):
        raise Voided
    if format not in label.files:
        if label.error.startswith(NONE.format(format=format.upper()) + ". "):
            raise Never(label.error)
        later("shipping.fetch_file", workspace_id=label.workspace_id, label_id=label.id, format=format)
        raise NotYet
    return storage.read(label.files[format])
