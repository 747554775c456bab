"""What a licence is at this moment, computed from its grant, its unit's refund, its disabling and its expiry."""

from datetime import datetime
from enum import StrEnum

from app.core import db
from app.licences.models import Licence


class State(StrEnum):
    ACTIVE = "active"
    OWED = "owed"
    REVOKED = "revoked"
    DISABLED = "disabled"
    EXPIRED = "expired"


def state_of(licence: Licence) -> State:
    """`licence.grant` has to be loaded, and fresh. Money comes first: what was paid back is revoked whatever else it is."""
    grant, now = licence.grant, db.now()
    if licence.closed_at is not None or grant.revoked_at is not None:
        return State.REVOKED
    if licence.disabled_at is not None:
        return State.DISABLED
    if licence.issued_at is None:
        return State.OWED
    ends = expiry_of(licence)
    return State.EXPIRED if ends is not None and ends <= now else State.ACTIVE


def expiry_of(licence: Licence) -> datetime | None:
    """Whichever comes first: the licence's own end, or that of what was bought."""
    ends = [moment for moment in (licence.expires_at, licence.grant.ends_at) if moment is not None]
    return min(ends) if ends else None


def why_revoked(licence: Licence) -> str:
    """refund, dispute or seller."""
    return "refund" if licence.closed_at is not None else licence.grant.revoked_for or "refund"
