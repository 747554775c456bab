"""Licences of a purchase, with their keys: for buyers, receipts and the page of an order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import selectinload

from app.core import db
from app.core.errors import NotFound
from app.licences import sealing, words
from app.licences.models import Licence, LicenceActivation
from app.licences.states import State, expiry_of, state_of, why_revoked


@dataclass(frozen=True)
class Held:
    """A licence as its owner sees it."""

    licence: Licence
    key: str = field(repr=False)
    state: State

    @property
    def seats(self) -> Sequence[LicenceActivation]:
        return self.licence.seats

    @property
    def used(self) -> str:
        return words.seats(len(self.seats), self.licence.activation_limit)

    @property
    def expires_at(self) -> datetime | None:
        return expiry_of(self.licence)

    @property
    def label(self) -> str:
        return words.STATES[self.state]

    @property
    def tone(self) -> str:
        return words.TONES[self.state]

    @property
    def owed(self) -> bool:
        return self.state is State.OWED

    @property
    def why(self) -> str:
        """For a revoked one: refund, dispute or seller."""
        return why_revoked(self.licence) if self.state is State.REVOKED else ""


def loaded() -> Select[Licence]:
    """Read anew, each part in a statement of its own: after waiting for a lock a joined row would be of before."""
    return (
        select(Licence)
        .options(
            selectinload(Licence.grant),
            selectinload(Licence.offer),
            selectinload(Licence.product),
            selectinload(Licence.variant),
            selectinload(Licence.seats),
        )
        .execution_options(populate_existing=True)
    )


def key_of(licence: Licence) -> str:
    """Empty while it is owed."""
    return sealing.key_of(licence)


def hold(licence: Licence) -> Held:
    return Held(licence, key_of(licence), state_of(licence))


def of_grant(grant_id: UUID) -> list[Licence]:
    return list(db.session().scalars(loaded().where(Licence.grant_id == grant_id).order_by(Licence.unit)))


def held(grant_id: UUID) -> list[Held]:
    """In the buyer's or the seller's scope: the licences of one purchase, with their keys."""
    return [hold(one) for one in of_grant(grant_id)]


def held_in_orders(order_ids: Sequence[UUID]) -> list[Held]:
    """In the buyer's or the seller's scope: the licences of several orders."""
    wanted = loaded().where(Licence.order_id.in_(order_ids)).order_by(Licence.order_id, Licence.grant_id, Licence.unit)
    return [hold(one) for one in db.session().scalars(wanted)]


def sold_in(order_ids: Sequence[UUID]) -> bool:
    """Whether any of these orders came with licences."""
    return bool(db.session().scalar(select(exists().where(Licence.order_id.in_(order_ids)))))


def held_by_line(order_id: UUID) -> dict[UUID, list[Held]]:
    """The licences of an order by what paid for them (the order line), for its receipt."""
    found: dict[UUID, list[Held]] = {}
    for one in held_in_orders([order_id]):
        found.setdefault(one.licence.grant.source_id, []).append(one)
    return found


def own(grant_id: UUID, licence_id: UUID) -> Licence:
    """In the buyer's scope. Raises NotFound for somebody else's."""
    wanted = loaded().where(Licence.id == licence_id, Licence.grant_id == grant_id)
    found = db.session().scalars(wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def called(licence: Licence) -> str:
    """«Brush engine, Team»."""
    variant = licence.variant.title if licence.variant else ""
    return ", ".join(filter(None, (licence.product.title, variant)))
