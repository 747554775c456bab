"""What the seller decides about one licence: its limits, and whether it works at all."""

from datetime import datetime

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.licences.actions.signing import stamp
from app.licences.actions.terms import MOST_SEATS, within
from app.licences.history import note
from app.licences.models import Licence


class AlreadySo(Refused):
    status = 409
    message = "Somebody else has just done that. Nothing was changed again."


def set_limits(actor: Actor, licence: Licence, activation_limit: int | None, expires_at: datetime | None) -> Licence:
    """Edit one key. Devices that are over a lower limit keep their seats; no new one gets any. Raises BadTerms."""
    within("activation_limit", activation_limit, MOST_SEATS)
    licence = db.lock(licence)
    before = (licence.activation_limit, licence.expires_at)
    if before == (activation_limit, expires_at):
        return licence
    licence.activation_limit, licence.expires_at = activation_limit, expires_at
    if licence.issued_at is None:
        licence.valid_days = None if expires_at is None else licence.valid_days
    audit.record(actor, "licences.set_limits", licence, limit=activation_limit, until=_text(expires_at))
    note(licence, "edited", actor, _words(activation_limit, expires_at))
    return licence


def _text(moment: datetime | None) -> str:
    return stamp(moment) if moment else ""


def _words(limit: int | None, expires_at: datetime | None) -> str:
    devices = "no limit of devices" if limit is None else f"{limit} {'device' if limit == 1 else 'devices'}"
    return f"Changed to {devices}, {f'until {expires_at:%d %B %Y}' if expires_at else 'without an end'}"


def disable(actor: Actor, licence: Licence, reason: str) -> None:
    """Programs hear licence_disabled from now on. `reason` is the team's and is never told. Raises AlreadySo, Refused."""
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise Refused("Write why, for your team. The buyer does not see it. Nothing was changed.", field="reason")
    licence = db.lock(licence)
    if licence.disabled_at is not None:
        raise AlreadySo
    licence.disabled_at, licence.disabled_for = db.now(), reason
    audit.record(actor, "licences.disable", licence, reason=reason)
    note(licence, "disabled", actor, f"Disabled: {reason}")


def enable(actor: Actor, licence: Licence) -> None:
    """Undo it. Raises AlreadySo."""
    licence = db.lock(licence)
    if licence.disabled_at is None:
        raise AlreadySo
    licence.disabled_at, licence.disabled_for = None, ""
    audit.record(actor, "licences.enable", licence)
    note(licence, "enabled", actor, "Enabled again")
