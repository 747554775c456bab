"""Which devices ring for news, and when: each once for each item, and never in their owner's quiet hours."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User, UserSession
from app.accounts.queries import alive
from app.core import db, webpush
from app.core.ids import new_id
from app.core.outbox import later
from app.notifications.models import PushDevice, PushMessage, QuietHours
from app.notifications.quiet import Hours


def ring(kind: str, items: Mapping[UUID, UUID], moment: datetime) -> None:
    """Ask for one message per device of these people (item by person). In the system scope of whoever tells them.

    An item that a device has rung for stays silent there, however much is added to it while it is unread.
    """
    if not items or not webpush.enabled():
        return
    due = _due(items, moment)
    rows = [_row(device, items[user_id], kind, due[user_id]) for device, user_id in _devices(items)]
    if not rows:
        return
    new = insert(PushMessage).values(rows).on_conflict_do_nothing(index_elements=["device_id", "item_id"])
    for row in db.session().execute(new.returning(PushMessage.id, PushMessage.due_at)).all():
        ask(row.id, max(row.due_at - moment, timedelta()))


def ask(message_id: UUID, delay: timedelta = timedelta()) -> None:
    """Have a message sent once `delay` is over."""
    later("notifications.push", message_id=message_id, dedupe_key=f"push:{message_id}", delay=delay)


def _devices(people: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """(device, person) of those that are signed in, in the same order every time."""
    found = (
        select(PushDevice.id, PushDevice.user_id)
        .join(UserSession, UserSession.id == PushDevice.session_id)
        .join(User, User.id == UserSession.user_id)
        .where(PushDevice.user_id.in_(list(people)), *alive())
        .order_by(PushDevice.id)
    )
    return [(row.id, row.user_id) for row in db.session().execute(found)]


def _due(people: Iterable[UUID], moment: datetime) -> dict[UUID, datetime]:
    """By person, when their devices may ring: now, or when their quiet hours are over."""
    rows = db.session().scalars(select(QuietHours).where(QuietHours.user_id.in_(list(people))))
    waits = {row.user_id: Hours(row.zone, row.starts, row.ends).until(moment) for row in rows}
    return {one: waits.get(one) or moment for one in people}


def _row(device_id: UUID, item_id: UUID, kind: str, due_at: datetime) -> dict[str, Any]:
    now = db.now()
    return {
        "id": new_id(),
        "device_id": device_id,
        "item_id": item_id,
        "kind": kind,
        "state": "waiting",
        "due_at": due_at,
        "created_at": now,
    }
