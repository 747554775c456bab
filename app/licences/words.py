"""How people read the states of a licence."""

from app.licences.states import State

STATES = {
    State.ACTIVE: "Active",
    State.OWED: "Key on its way",
    State.REVOKED: "Revoked",
    State.DISABLED: "Disabled",
    State.EXPIRED: "Expired",
}
TONES = {
    State.ACTIVE: "good",
    State.OWED: "info",
    State.REVOKED: "bad",
    State.DISABLED: "warn",
    State.EXPIRED: "neutral",
}
WHY = {"refund": "refunded", "dispute": "disputed with the bank", "seller": "ended by the seller"}
FREED = {"program": "the program", "buyer": "the buyer", "seller": "the seller"}


def seats(used: int, limit: int | None) -> str:
    """«2 of 3 seats used»."""
    if limit is None:
        return f"{used} {'device' if used == 1 else 'devices'}, no limit"
    return f"{used} of {limit} {'seat' if limit == 1 else 'seats'} used"


def terms(limit: int | None, days: int | None) -> str:
    """«3 devices · 365 days»."""
    devices = "any number of devices" if limit is None else f"{limit} {'device' if limit == 1 else 'devices'}"
    return f"{devices} · {'for ever' if days is None else f'{days} days' if days != 1 else 'one day'}"
