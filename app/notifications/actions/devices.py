"""Devices that ring: turned on in a browser, tried, taken away, and forgotten when that browser signs out."""

from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User, UserSession
from app.accounts.queries import alive, describe
from app.core import db, webpush
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.core.webpush import Subscription
from app.notifications.actions.ringing import ask
from app.notifications.models import PushDevice, PushMessage, QuietHours
from app.notifications.quiet import Hours

MOST = 20
TRY = "try"
"""The kind of a message that a person asks for to see whether it comes."""


class PushIsOff(Refused):
    message = (
        "Push is not set up on this Guildhall, so there is nothing to turn on. Your inbox and mail work as before."
    )


class TooManyDevices(Refused):
    message = f"{MOST} devices ring already. Remove one that you no longer use, then turn push on here."


def subscribe(user_id: UUID, session_id: UUID, told: Subscription, user_agent: str) -> PushDevice:
    """This browser rings from now on, as long as it is signed in. Doing it twice changes nothing.

    A browser that changed hands stops ringing for whoever had it: it shows by the secret that only that browser knows.
    Raises PushIsOff, TooManyDevices.
    """
    if not webpush.enabled():
        raise PushIsOff
    _leave_others(user_id, session_id, told)
    values = {"session_id": session_id, "name": describe(user_agent), "p256dh": told.p256dh, "auth": told.auth}
    made = insert(PushDevice).values(
        id=new_id(), user_id=user_id, endpoint=told.endpoint, created_at=db.now(), **values
    )
    device = (
        db.session()
        .scalars(made.on_conflict_do_update(index_elements=["user_id", "endpoint"], set_=values).returning(PushDevice))
        .one()
    )
    own = select(func.count()).select_from(PushDevice).where(PushDevice.user_id == user_id)
    if db.session().scalars(own).one() > MOST:
        raise TooManyDevices
    return device


def _leave_others(user_id: UUID, session_id: UUID, told: Subscription) -> None:
    """One browser, one subscription, one owner."""
    here = (PushDevice.endpoint == told.endpoint) & (PushDevice.auth == told.auth) & (PushDevice.user_id != user_id)
    before = (PushDevice.session_id == session_id) & (PushDevice.endpoint != told.endpoint)
    with db.system("a browser changes hands") as session:
        session.execute(delete(PushDevice).where(here | before))


def remove(user_id: UUID, device_id: UUID) -> str:
    """It does not ring any more; what waited for it goes too. Returns its name. Raises NotFound, also for somebody else's."""
    device = _own(user_id, device_id)
    db.session().delete(device)
    db.session().flush()
    return device.name


def try_out(user_id: UUID, device_id: UUID) -> str:
    """Ring this device now, quiet hours or not. Returns its name. Raises NotFound, also for somebody else's; PushIsOff."""
    if not webpush.enabled():
        raise PushIsOff
    device = _own(user_id, device_id)
    with db.system("push news"):
        ask(db.add(PushMessage(device_id=device.id, kind=TRY, due_at=db.now())).id)
    return device.name


def _own(user_id: UUID, device_id: UUID) -> PushDevice:
    found = db.session().scalars(
        select(PushDevice).where(PushDevice.user_id == user_id, PushDevice.id == device_id).with_for_update()
    )
    device = found.one_or_none()
    if device is None:
        raise NotFound
    return device


def keep_still(user_id: UUID, hours: Hours | None) -> None:
    """Set or end a person's quiet hours; what waits already keeps its time."""
    if hours is None:
        db.session().execute(delete(QuietHours).where(QuietHours.user_id == user_id))
        return
    values = {"zone": hours.zone, "starts": hours.starts, "ends": hours.ends}
    made = insert(QuietHours).values(user_id=user_id, **values)
    db.session().execute(made.on_conflict_do_update(index_elements=["user_id"], set_=values))


def forget_signed_out(user_id: UUID | None = None) -> None:
    """Devices whose browser is signed out are no longer theirs: of one person, or of everybody."""
    open_still = exists().where(UserSession.id == PushDevice.session_id, User.id == UserSession.user_id, *alive())
    gone = delete(PushDevice).where(~open_still)
    with db.system("devices of ended sessions") as session:
        session.execute(gone.where(PushDevice.user_id == user_id) if user_id else gone)
