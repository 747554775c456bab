"""Files of an archive into our storage, under names that we make."""

import re
from uuid import UUID

from app.archives.progress import Progress
from app.archives.reshaping import Coming
from app.archives.unpacking import Opened
from app.core import storage

NAMED = re.compile(r"(files|pictures|forum-pictures)/([0-9a-f-]{36})(?:\.[A-Za-z0-9]{1,8})?")
LARGEST = {"files": 2 * 1024**3, "pictures": 25 * 1024**2, "forum-pictures": 10 * 1024**2}
"""Bytes, as for uploads."""


def keep(archive: Opened, coming: Coming, kept: list[str], progress: Progress) -> None:
    """`kept` grows with each key, so that all of it can be forgotten. Papers of parcels and disputes stay outside."""
    for name in archive.infos:
        found = NAMED.fullmatch(name)
        if not found:
            continue
        fresh = coming.ids.fresh(UUID(found[2]))
        key = _key(found[1], coming.workspace_id, fresh)
        kept.append(key)
        with archive.opened(name) as source:
            coming.stored[fresh] = storage.put(key, source, limit=LARGEST[found[1]])
        progress.went(0)


def _key(kind: str, workspace_id: UUID, fresh: UUID) -> str:
    folder = f"{kind}/{workspace_id}/{fresh}"
    return folder if kind == "files" else f"{folder}/original"


def forget(kept: list[str]) -> None:
    for key in kept:
        storage.delete(key)
