"""Asking for a buyer's own copy, and finding it."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.core.outbox import emit, later
from app.downloads import marks
from app.downloads.events import CopyMoved
from app.downloads.models import Copy
from app.orders.models import Order

MAKING = 1
"""The way of stamping. A number more makes everybody's copies anew."""
PER_SECOND = 12 * 1024 * 1024
FRESH = timedelta(hours=2)
"""A copy that waits longer was lost on the way, and is asked for again."""


def settings_of(file: File) -> str:
    """The fingerprint of everything that a copy's looks depend on."""
    return hashlib.sha256(f"{MAKING}\n{file.stamp_text}\n{file.sha256}".encode()).hexdigest()[:16]


def copy_of(grant: Grant, file: File) -> Copy | None:
    """As the file is stamped now."""
    return db.session().scalars(select(Copy).where(*_same(grant, file))).one_or_none()


def _same(grant: Grant, file: File) -> Sequence[ColumnElement[bool]]:
    return Copy.grant_id == grant.id, Copy.file_id == file.id, Copy.settings == settings_of(file)


def seconds(file: File) -> int:
    """About how long making it takes, for people."""
    return max(5, 5 * round(file.size / PER_SECOND / 5) + 5)


def ask(grant: Grant, file: File, *, again: bool = False) -> Copy:
    """From any scope: have the copy made, once. `again` also when it failed. The mark of a copy never changes."""
    with db.workspace(grant.workspace_id):
        copy = _locked(grant, file)
        if copy.state == "cleared" or (again and copy.state == "failed") or _stale(copy):
            copy.state, copy.error, copy.final, copy.asked_at = "waiting", "", False, db.now()
            db.session().flush()
            _have_made(copy, grant)
        return copy


def _stale(copy: Copy) -> bool:
    return copy.state == "waiting" and copy.asked_at < db.now() - FRESH


def _locked(grant: Grant, file: File) -> Copy:
    """The row, made if there was none; whoever asks at the same moment waits here and gets the same one."""
    made = _insert(grant, file)
    statement = select(Copy).where(*_same(grant, file)).with_for_update()
    copy = db.session().scalars(statement.execution_options(populate_existing=True)).one()
    if made:
        _have_made(copy, grant)
    return copy


def _insert(grant: Grant, file: File) -> bool:
    values = {
        "workspace_id": grant.workspace_id,
        "grant_id": grant.id,
        "file_id": file.id,
        "settings": settings_of(file),
        "mark": marks.new(),
    }
    result = db.session().execute(insert(Copy).values(**values).on_conflict_do_nothing().returning(Copy.id))
    return result.one_or_none() is not None


def _have_made(copy: Copy, grant: Grant) -> None:
    later("downloads.stamp", workspace_id=copy.workspace_id, copy_id=copy.id)
    tell(copy, grant.order_id)


def use(copy: Copy) -> None:
    """Note that somebody still wants it, once a day: what nobody wants is cleared."""
    if copy.used_at is None or copy.used_at < db.now() - timedelta(days=1):
        with db.workspace(copy.workspace_id) as session:
            session.execute(update(Copy).where(Copy.id == copy.id).values(used_at=db.now()))


def tell(copy: Copy, order_id: UUID) -> None:
    """In the seller's scope: the buyer's page looks again."""
    emit(CopyMoved(workspace_id=copy.workspace_id, copy_id=copy.id, group_id=db.get(Order, order_id).group_id))
