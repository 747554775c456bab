"""Runs: each piece of work with a platform is seen, has a result per item, and goes on where it stopped."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.channels.events import RunMoved
from app.channels.models import ChannelRun, ChannelRunItem
from app.core import db
from app.core.outbox import emit

STALE = timedelta(minutes=15)
"""A run that did not move for so long was lost with its worker; the next one ends it and begins anew."""


def begin(connection_id: UUID, kind: str, cause: str = "", stale: timedelta = STALE) -> ChannelRun | None:
    """In the workspace's scope: a new run, or None while one of this kind is on its way: one that moved less than `stale` ago."""
    running = (ChannelRun.connection_id == connection_id, ChannelRun.kind == kind, ChannelRun.state == "running")
    old = db.session().scalars(select(ChannelRun).where(*running).with_for_update()).one_or_none()
    if old is not None:
        if old.moved_at > db.now() - stale:
            return None
        old.state, old.error, old.ended_at = "failed", "It stopped on the way and was begun anew.", db.now()
        db.session().flush()
    row = {"connection_id": connection_id, "kind": kind, "cause": cause[:200]}
    made = insert(ChannelRun).values(row).on_conflict_do_nothing().returning(ChannelRun.id)
    run_id = db.session().scalars(made).one_or_none()
    return db.get(ChannelRun, run_id) if run_id else None


def moved(run: ChannelRun, done: int = 0, failed: int = 0, cursor: str = "", left: int | None = None) -> ChannelRun:
    """Count what was done, say when it will end at this pace, and remember where to go on."""
    run = db.lock(run)
    run.done, run.failed, run.cursor, run.moved_at = run.done + done, run.failed + failed, cursor, db.now()
    if left is not None:
        run.total = run.done + run.failed + left
    run.ends_at = _end(run)
    emit(RunMoved(workspace_id=run.workspace_id, connection_id=run.connection_id, run_id=run.id))
    return run


def _end(run: ChannelRun) -> datetime | None:
    counted = run.done + run.failed
    if run.total is None or not counted or run.total <= counted:
        return None
    spent = (db.now() - run.created_at) / counted
    return db.now() + spent * (run.total - counted)


def failed_item(run: ChannelRun, name: str, words: str, ref: UUID | None = None) -> None:
    db.add(ChannelRunItem(run_id=run.id, ref=ref, name=name[:200], words=words[:500]))


def finish(run: ChannelRun, error: str = "") -> None:
    """End it: failed with `error`, partly when some items failed, else done."""
    run = db.lock(run)
    if run.state != "running":
        return
    run.state = "failed" if error else "partly" if run.failed else "done"
    run.error, run.ended_at, run.ends_at = error[:500], db.now(), None
    emit(RunMoved(workspace_id=run.workspace_id, connection_id=run.connection_id, run_id=run.id))


def forget(run: ChannelRun) -> None:
    """Leave no trace of a run that had nothing to do."""
    db.session().delete(run)
