"""Seats: programs take them, and programs, buyers and sellers give them back. Each takes the licence's lock first, so that no two
programs take the last one, however many ask at once."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import NotFound
from app.licences import queries
from app.licences.errors import (
    ActivationLimitReached,
    ActivationNotFound,
    LicenceDisabled,
    LicenceExpired,
    LicenceRevoked,
)
from app.licences.history import note
from app.licences.models import Licence, LicenceActivation
from app.licences.states import State, state_of

CLOSED = {
    State.REVOKED: LicenceRevoked,
    State.DISABLED: LicenceDisabled,
    State.EXPIRED: LicenceExpired,
}
BY = {"program": "The program gave its seat back", "buyer": "Freed by the buyer", "seller": "Freed by the team"}


@dataclass(frozen=True)
class Taken:
    """A seat. `again`: this device had it already."""

    licence: Licence
    seat: LicenceActivation
    again: bool


def refuse_closed(licence: Licence) -> None:
    """Raises LicenceRevoked, LicenceDisabled or LicenceExpired."""
    refusal = CLOSED.get(state_of(licence))
    if refusal is not None:
        raise refusal


def activate(licence_id: UUID, fingerprint: str, name: str) -> Taken:
    """In the seller's scope. The same fingerprint gets the seat that it has. Raises as refuse_closed, and ActivationLimitReached."""
    licence = queries.locked(licence_id)
    refuse_closed(licence)
    seat = next((one for one in licence.seats if one.fingerprint == fingerprint), None)
    if seat is not None:
        seat.last_seen_at, seat.name = db.now(), name or seat.name
        db.session().flush()
        return Taken(licence, seat, again=True)
    if licence.activation_limit is not None and len(licence.seats) >= licence.activation_limit:
        raise ActivationLimitReached
    seat = db.add(LicenceActivation(licence_id=licence.id, fingerprint=fingerprint, name=name or "A device"))
    note(licence, "activated", Actor("program", seat.name), f"Activated on {seat.name}")
    return Taken(licence, seat, again=False)


def deactivate(licence_id: UUID, activation_id: UUID | None, fingerprint: str) -> LicenceActivation:
    """In the seller's scope, for a program: its seat is free, whatever the licence is. Raises ActivationNotFound."""
    licence = queries.locked(licence_id)
    seat = queries.seat(licence, activation_id, fingerprint)
    if seat is None:
        raise ActivationNotFound
    _free(licence, seat, Actor("program", seat.name), "program")
    return seat


def free(actor: Actor, licence_id: UUID, seat_id: UUID, by: str) -> LicenceActivation:
    """In the seller's scope, for a person. `by` is buyer or seller. Once however often it is pressed. Raises NotFound."""
    licence = queries.locked(licence_id)
    seat = db.find(LicenceActivation, seat_id)
    if seat is None or seat.licence_id != licence.id:
        raise NotFound
    if seat.freed_at is None:
        _free(licence, seat, actor, by)
        audit.record(actor, "licences.free_seat", licence, device=seat.name, by=by)
    return seat


def _free(licence: Licence, seat: LicenceActivation, actor: Actor, by: str) -> None:
    seat.freed_at, seat.freed_by = db.now(), by
    db.session().flush()
    note(licence, "freed", actor, f"{BY[by]}: {seat.name}")


def seen(seat: LicenceActivation) -> None:
    """Remember that the program asked, to the hour."""
    if (db.now() - seat.last_seen_at).total_seconds() > 3600:
        fresh = db.session().scalars(
            select(LicenceActivation)
            .where(LicenceActivation.id == seat.id, LicenceActivation.freed_at.is_(None))
            .with_for_update(skip_locked=True)
        )
        for row in fresh:
            row.last_seen_at = db.now()
