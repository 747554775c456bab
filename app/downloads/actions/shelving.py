"""What buyers do in their library: put a purchase away, take it out again, look at what is new."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.access.models import Grant
from app.core import db
from app.core.ids import new_id
from app.downloads.models import LibraryMark


def put_away(grant: Grant) -> None:
    """In the buyer's scope: out of sight, and still theirs."""
    _mark(grant, archived_at=db.now())


def take_out(grant: Grant) -> None:
    _mark(grant, archived_at=None)


def note_seen(grant: Grant) -> None:
    """In the buyer's scope: they looked at this purchase, so the library has no news of it."""
    _mark(grant, seen_at=db.now())


def _mark(grant: Grant, **values: Any) -> None:
    row = {"workspace_id": grant.workspace_id, "id": new_id(), "grant_id": grant.id, **values}
    made = insert(LibraryMark).values(row)
    keys = ["workspace_id", "grant_id"]
    db.session().execute(made.on_conflict_do_update(index_elements=keys, set_=values))
