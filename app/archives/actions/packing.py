"""What making an archive of a workspace and one of a person have in common. Nothing here knows whose it is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from app.archives.packing import flow
from app.core import db, jobs, storage
from app.core.errors import Refused
from app.core.ids import new_id

log = structlog.get_logger()
KEPT = timedelta(days=7)
LINK_SECONDS = 600
NO_LIMIT = 1 << 62
UNDER_WAY = ("asked", "running")
FAILED = "It could not be made, although it was tried several times. Nothing was changed. Ask for a new one."


class AlreadyUnderWay(Refused):
    status = 409
    message = "An archive is being made right now. Wait until it is ready; nothing else was started."


class Contents(Protocol):
    moment: datetime
    files: int

    @property
    def rows(self) -> int: ...

    def pieces(self) -> Iterator[bytes]: ...


class Change(Protocol):
    """Writes `values` if the archive is in one of `states`, in a transaction of its own. Returns whether it was."""

    def __call__(self, states: tuple[str, ...], **values: Any) -> bool: ...


def pack(contents: Contents, folder: str, change: Change) -> bool:
    """Into private storage. Returns whether the archive is ready now. A second run begins anew; one that is over stays as it is."""
    if not change(UNDER_WAY, state="running", done=0, step="", error=""):
        return False
    try:
        stored = storage.put(f"{folder}/{new_id()}", flow(contents.pieces()), limit=NO_LIMIT)
    except Exception:
        if jobs.last_try():
            change(UNDER_WAY, state="failed", error=FAILED, ended_at=db.now())
        raise
    facts = {"rows": contents.rows, "files": contents.files, "moment": contents.moment, "ended_at": db.now()}
    facts |= {"key": stored.key, "size": stored.size, "sha256": stored.sha256, "expires_at": db.now() + KEPT}
    if change(UNDER_WAY, state="ready", **facts):
        return True
    log.warning("archives.overtaken", key=stored.key)
    storage.delete(stored.key)
    return False
