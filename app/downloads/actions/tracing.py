"""Whose copy a leak is: the file is kept until a job has looked at it, what was found is kept for good."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import File
from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.jobs import LeaseLost, last_try
from app.core.outbox import emit, later
from app.downloads import confined, kinds, marks, seal, suspects
from app.downloads.actions.copies import AT_ONCE, LOST, fetch
from app.downloads.events import TraceEnded
from app.downloads.models import Copy, Trace
from app.downloads.stamper import Found, Likeness, Unstampable
from app.downloads.suspects import Suspect

LARGEST = 2 * 1024**3
LONGEST_TEXT = 200_000
NEAR = 14
"""Bits of 64 in which a whole picture differs from its original at most; a part is held against every picture."""
MOST_COMPARED = 40
SEARCHED_WHOLE = 64 * 1024 * 1024
"""Bytes up to which a file of no known kind is searched for pieces of a PDF."""
LONGEST_NAME = 120


@dataclass(frozen=True)
class _Part:
    """The leak, or a member of it by its `name` in there. `sha256` in hex."""

    path: Path
    kind: str
    sha256: str
    name: str = ""


class NothingToLookAt(Refused):
    message = "There is nothing in it to look at. Choose the file you found, or paste text from it."


def trace_file(actor: Actor, source: IO[bytes], filename: str) -> Trace:
    """Keep the leak until the job has looked at it. In the workspace whose copies are searched; the platform's searches all."""
    trace_id = new_id()
    kept = storage.put(f"traces/{db.current_workspace()}/{trace_id}", source, limit=LARGEST)
    if not kept.size:
        storage.delete(kept.key)
        raise NothingToLookAt(field="leak")
    row = _row(actor, trace_id, filename[:200], kept.size, kept.sha256, storage_key=kept.key)
    later("downloads.trace", workspace_id=row.workspace_id, trace_id=row.id)
    return row


def trace_text(actor: Actor, text: str) -> Trace:
    """Text that was copied out of a leak, answered at once. Raises NothingToLookAt."""
    said = text[:LONGEST_TEXT].strip()
    if len(said) < marks.LEAST:
        raise NothingToLookAt(field="text")
    raw = said.encode()
    row = _row(actor, new_id(), "Pasted text", len(raw), hashlib.sha256(raw).hexdigest(), kind="text")
    with _searched(row.workspace_id):
        found = suspects.merged(_in_text(said))
    _end(row, found, "")
    return row


def _row(actor: Actor, trace_id: UUID, name: str, size: int, sha256: str, **values: Any) -> Trace:
    if actor.user_id is None:
        raise ValueError("a person looks for a leak")
    row = Trace(
        id=trace_id, actor_id=actor.user_id, actor_name=actor.name, name=name, size=size, sha256=sha256, **values
    )
    db.add(row)
    audit.record(actor, "downloads.trace_leak", row, name=name, size=size, sha256=sha256)
    return row


def _in_text(said: str) -> list[Suspect]:
    whole = [Found(mark, "text") for mark in marks.typed_in(said)]
    cut = marks.cut_in("".join(said.split()).upper())
    read = [*suspects.by_marks(whole), *suspects.by_beginnings(cut)]
    return [*read, *suspects.by_addresses(said, read)]


@contextmanager
def _searched(workspace_id: UUID) -> Iterator[None]:
    """The copies that may be looked at: one workspace's, or for the platform everybody's."""
    with db.system("whose copy a leak is") if workspace_id == db.PLATFORM else db.workspace(workspace_id):
        yield


def look(workspace_id: UUID, trace_id: UUID) -> None:
    """Job: find the copies, write them down, and give up the leaked file."""
    with db.workspace(workspace_id):
        row = db.find(Trace, trace_id)
        if row is None or row.state != "looking":
            return
        key, sha256 = row.storage_key, row.sha256
    try:
        kind, found, words = _looked(workspace_id, key, sha256)
    except LeaseLost:
        raise
    except Exception:
        if last_try():
            _close(workspace_id, trace_id, "", [], "We could not look at this file. Send it again.", state="failed")
        raise
    _close(workspace_id, trace_id, kind, found, words)
    storage.delete(key)


def _looked(workspace_id: UUID, key: str, sha256: str) -> tuple[str, list[Suspect], str]:
    """Kind, suspects, and what else there is to say."""
    with tempfile.TemporaryDirectory(prefix="guildhall-leak-") as folder:
        leak = Path(folder) / "leak"
        fetch(key, leak)
        whole = _Part(leak, kinds.of_file(leak), sha256)
        parts = [whole, *(_members(leak, Path(folder)) if whole.kind == "archive" else [])]
        found = [one for part in parts for one in _codes(part)]
        if not found and whole.kind in ("", "archive"):
            found = _pieces(leak)
        with _searched(workspace_id):
            same = suspects.by_bytes({part.sha256: part.name for part in reversed(parts)})
            known = [*same, *suspects.by_marks(found)]
        if whole.kind == "picture":
            known += _alike(workspace_id, leak, Path(folder), known)
    words = "" if known else _without(workspace_id, sha256, found)
    return whole.kind, suspects.merged(known), words


def _codes(part: _Part) -> list[Found]:
    """Each with its place, which names the member."""
    found = _found(part.kind, part.path) if part.kind else []
    return [replace(one, where=" in ".join(filter(None, (one.where, part.name)))) for one in found]


def _pieces(leak: Path) -> list[Found]:
    """Codes in a part of something; in its packed bytes too when they are not too many."""
    return _found("pdf" if leak.stat().st_size <= SEARCHED_WHOLE else "archive", leak)


def _found(kind: str, path: Path) -> list[Found]:
    """Whatever breaks its reader is searched as bytes."""
    try:
        return confined.find(kind, path, seal.public())
    except Unstampable:
        return confined.find("archive", path, seal.public()) if kind != "archive" else []


def _members(leak: Path, folder: Path) -> list[_Part]:
    try:
        members = confined.unpack(leak, folder)
    except Unstampable:
        return []
    return [_Part(path, kinds.of_file(path), _sum(path), _shown(name)) for path, name in members]


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shown(name: str) -> str:
    """A stranger's name for a file, without what would change how the line reads."""
    return "".join(one for one in name if one.isprintable())[-LONGEST_NAME:] or "a file without a name"


def _alike(workspace_id: UUID, leak: Path, folder: Path, known: Sequence[Suspect]) -> list[Suspect]:
    """What the picture itself says, whatever its metadata does: they can be taken out, or put in."""
    for where, file_id in _originals(workspace_id, leak, known):
        found, compared = _compared(where, file_id, leak, folder / "original")
        if found:
            with _searched(workspace_id):
                return suspects.by_likeness(found, compared)
    return []


def _originals(workspace_id: UUID, leak: Path, known: Sequence[Suspect]) -> list[tuple[UUID, UUID]]:
    """Those that metadata point at; else those that look like it; then, as it may be a part of one, all others."""
    pointed = list(dict.fromkeys((one.copy.workspace_id, one.copy.file_id) for one in known))
    if pointed:
        return pointed
    try:
        seen = confined.look(leak)
    except Unstampable:
        return []
    with _searched(workspace_id):
        near = suspects.pictures(seen, NEAR)
        rest = [one for one in suspects.pictures(seen, 64) if one not in near]
    return [*near, *rest][:MOST_COMPARED]


def _compared(workspace_id: UUID, file_id: UUID, leak: Path, original: Path) -> tuple[list[Likeness], int]:
    with db.workspace(workspace_id) as session:
        key = db.get(File, file_id).storage_key
        known = list(session.scalars(select(Copy.mark).where(Copy.file_id == file_id)))
    try:
        fetch(key, original)
        return confined.compare(leak, original, known), len(known)
    except (Unstampable, storage.Missing):
        return [], 0


def _without(workspace_id: UUID, sha256: str, found: Sequence[Found]) -> str:
    """Why nobody can be named."""
    with _searched(workspace_id):
        original = db.session().scalars(select(File.name).where(File.sha256 == sha256).limit(1)).first()
    if original:
        return f"These are the bytes of «{original}» as it was uploaded. They carry no mark: it was handed out before stamping was on, or leaked elsewhere."
    if found:
        codes = ", ".join(dict.fromkeys(marks.words(one.mark) for one in found))
        return f"It carries a mark ({codes}), but of no copy that is known here."
    return ""


def sweep_traces() -> None:
    """Job: a look that was lost on its way is said to have failed, and the leaked file is given up."""
    with db.system("leaks that nobody went on looking at") as session:
        lost = select(Trace).where(Trace.state == "looking", Trace.created_at < db.now() - LOST).limit(AT_ONCE)
        rows = list(session.scalars(lost.with_for_update(skip_locked=True)))
        keys = [row.storage_key for row in rows if row.storage_key]
        for row in rows:
            row.state, row.storage_key, row.ended_at = "failed", "", db.now()
            row.error = "We could not look at this file. Send it again."
        if keys:
            later("catalogue.delete_stored", keys=keys)


def _close(
    workspace_id: UUID, trace_id: UUID, kind: str, found: list[Suspect], words: str, state: str | None = None
) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(Trace, trace_id))
        row.kind, row.storage_key = kind, ""
        _end(row, found, words, state)


def _end(row: Trace, found: list[Suspect], words: str, state: str | None = None) -> None:
    row.result = [one.told() for one in found]
    row.state, row.error = state or ("found" if found else "none"), words
    row.ended_at = db.now()
    db.session().flush()
    emit(TraceEnded(workspace_id=row.workspace_id, trace_id=row.id))
