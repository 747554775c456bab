"""Photos that buyers add to a return: kept aside at once, shown only after a job has made plain pictures of them."""

from collections.abc import Sequence
from typing import IO, Protocol
from uuid import UUID

import structlog

from app.catalogue.actions import pictures
from app.core import db, storage
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import later
from app.orders.models import Order

log = structlog.get_logger()
LARGEST = 12 * 1024 * 1024
MOST = 5


class Upload(Protocol):
    """A file as a form sends it."""

    filename: str | None
    stream: IO[bytes]


def keep(order: Order, uploads: Sequence[Upload]) -> list[str]:
    """Store photos and have them re-encoded; returns the keys under which the plain pictures will be. Raises Refused."""
    chosen = [upload for upload in uploads if upload.filename]
    if len(chosen) > MOST:
        raise Refused(f"Add up to {MOST} photos. Nothing was sent yet.", field="photos")
    keys = []
    for upload in chosen:
        name = f"workspaces/{order.workspace_id}/returns/{new_id()}"
        storage.put(f"{name}.raw", upload.stream, limit=LARGEST)
        later("shipping.render_photo", workspace_id=order.workspace_id, name=name)
        keys.append(f"{name}.webp")
    return keys


def render(workspace_id: UUID, name: str) -> None:
    """Job: the plain picture replaces what was sent; what is no picture is thrown away."""
    with db.workspace(workspace_id):
        if not storage.exists(f"{name}.raw"):
            return
    try:
        storage.put_bytes(f"{name}.webp", pictures.only_a_picture(storage.read(f"{name}.raw")))
    except Refused as refused:
        log.info("shipping.no_photo", reason=refused.message)
    storage.delete(f"{name}.raw")
