"""Sending a message to a device. What came to the same device meanwhile, of the same kind, goes with it as one.

The same message may be sent again when an answer was lost; it then carries the same id and tag, so a device that has it shows it
once and does not ring again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select, update

from app.accounts.models import User, UserSession
from app.accounts.queries import alive
from app.core import db, webpush
from app.core.errors import ProviderError
from app.core.webpush import Subscription
from app.notifications import kinds, ringtone
from app.notifications.actions.devices import TRY
from app.notifications.choices import wishes
from app.notifications.models import InboxItem, PushDevice, PushMessage
from app.notifications.queries import unread
from app.workspaces.models import Workspace

KEPT_SECONDS = 24 * 3600
"""How long a push service keeps news for a device that is off."""


@dataclass(frozen=True)
class Ready:
    """A message as it goes out."""

    to: Subscription
    payload: bytes
    topic: str
    urgent: bool


def push(message_id: UUID) -> None:
    """Send one message, unless it was sent, joined another, or is no longer wanted. Raises ProviderError.

    A subscription that has ended is forgotten, with all that waited for it.
    """
    ready = _take(message_id)
    if ready is None:
        return
    try:
        webpush.send(ready.to, ready.payload, topic=ready.topic, seconds=KEPT_SECONDS, urgent=ready.urgent)
    except ProviderError as error:
        if error.remote_code not in webpush.GONE:
            raise
        _forget(message_id, ready.to)
        return
    _sent(message_id)


def _take(message_id: UUID) -> Ready | None:
    """What to send, noted as under way, so that nobody else sends it; under the lock of its device."""
    with db.system("push news"):
        device = _device(message_id)
        message = db.session().get(PushMessage, message_id, populate_existing=True)
        if device is None or message is None or message.state not in ("waiting", "sending"):
            return None
        if message.kind == TRY:
            message.state = "sending"
            return _ready(device, message, ringtone.tried())
        told = _wanted(device, _together(message))
        if message.item_id not in {item.id for item in told}:
            return None
        message.state = "sending"
        return _ready(device, message, ringtone.of(told, _place(told)))


def _device(message_id: UUID) -> PushDevice | None:
    """Locked, while its browser is signed in."""
    own = select(PushMessage.device_id).where(PushMessage.id == message_id).scalar_subquery()
    found = (
        select(PushDevice)
        .join(UserSession, UserSession.id == PushDevice.session_id)
        .join(User, User.id == UserSession.user_id)
        .where(PushDevice.id == own, *alive())
        .with_for_update(of=PushDevice)
        .execution_options(populate_existing=True)
    )
    return db.session().scalars(found).one_or_none()


def _together(message: PushMessage) -> list[PushMessage]:
    """The message first, then what waits beside it and may ring by now, and what it took along before."""
    beside = (PushMessage.state == "waiting") & (PushMessage.due_at <= db.now()) & (PushMessage.kind == message.kind)
    rows = db.session().scalars(
        select(PushMessage)
        .where(
            PushMessage.device_id == message.device_id,
            PushMessage.item_id.is_not(None),
            or_(PushMessage.id == message.id, PushMessage.carrier_id == message.id, beside),
        )
        .order_by(PushMessage.id)
    )
    return sorted(rows, key=lambda one: one.id != message.id)


def _wanted(device: PushDevice, messages: Sequence[PushMessage]) -> list[InboxItem]:
    """Their items that are unread and still to ring; the first message takes the others along, and the rest is dropped."""
    first = messages[0]
    wish = wishes([device.user_id], kinds.KINDS).get((device.user_id, first.kind))
    rings = wish is not None and wish.inbox and wish.push
    found = select(InboxItem).where(InboxItem.id.in_([one.item_id for one in messages]), InboxItem.read_at.is_(None))
    unread_items = {item.id: item for item in db.session().scalars(found)} if rings else {}
    told = [one for one in messages if one.item_id in unread_items]
    for one in messages:
        if one not in told:
            one.state, one.settled_at = "dropped", db.now()
    if first not in told:
        return []
    for one in told[1:]:
        one.state, one.carrier_id, one.settled_at = "joined", first.id, db.now()
    return [unread_items[one.item_id] for one in told if one.item_id]


def _place(items: Sequence[InboxItem]) -> str:
    """The name of the workspace that all of it is about."""
    ids = {item.workspace_id for item in items}
    if len(ids) != 1 or None in ids:
        return ""
    return db.session().scalars(select(Workspace.name).where(Workspace.id.in_(ids))).one_or_none() or ""


def _ready(device: PushDevice, message: PushMessage, words: dict[str, str]) -> Ready:
    payload = ringtone.payload(words, message.id, unread(device.user_id))
    to = Subscription(device.endpoint, device.p256dh, device.auth)
    return Ready(to, payload, words["tag"], message.kind == TRY or kinds.of(message.kind).push)


def _sent(message_id: UUID) -> None:
    with db.system("push news") as session:
        message = session.get(PushMessage, message_id, with_for_update=True)
        if message is None:
            return
        message.state, message.settled_at = "sent", db.now()
        session.execute(update(PushDevice).where(PushDevice.id == message.device_id).values(rang_at=db.now()))


def _forget(message_id: UUID, gone: Subscription) -> None:
    """The device, if it still has the subscription that ended: its browser may have made a new one meanwhile."""
    with db.system("push news") as session:
        message = session.get(PushMessage, message_id)
        device = session.get(PushDevice, message.device_id, with_for_update=True) if message else None
        if device and (device.endpoint, device.auth) == (gone.endpoint, gone.auth):
            session.delete(device)
