"""The seller's list of a product's licences: searched, filtered, in keyset pages; and one licence's history."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import selectinload

from app.access.models import Grant
from app.core import db
from app.core.errors import NotFound
from app.licences import sealing
from app.licences.models import Licence, LicenceEvent, LicenceOffer, LicenceStock
from app.licences.queries.owned import Held, hold, loaded
from app.licences.states import State


@dataclass(frozen=True)
class Filters:
    """`q`: a key, the end of one, an e-mail address or its beginning, a name, or an order's number with or without #."""

    state: str = ""
    q: str = ""


@dataclass(frozen=True)
class Counts:
    """Licences by state, and keys of the list that are not sold."""

    states: dict[str, int]
    left: int

    @property
    def total(self) -> int:
        return sum(self.states.values())


def _state() -> ColumnElement[str]:
    """As states.state_of decides it, for many rows at once. Grant has to be joined."""
    ends = or_(Licence.expires_at <= db.now(), Grant.ends_at <= db.now())
    return case(
        (or_(Licence.closed_at.is_not(None), Grant.revoked_at.is_not(None)), State.REVOKED.value),
        (Licence.disabled_at.is_not(None), State.DISABLED.value),
        (Licence.issued_at.is_(None), State.OWED.value),
        (ends, State.EXPIRED.value),
        else_=State.ACTIVE.value,
    )


_GRANT = and_(Grant.workspace_id == Licence.workspace_id, Grant.id == Licence.grant_id)


def offer_of(product_id: UUID) -> LicenceOffer | None:
    """The product's terms, switched on or off."""
    wanted = select(LicenceOffer).where(LicenceOffer.product_id == product_id).options(selectinload(LicenceOffer.terms))
    return db.session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def counts(offer: LicenceOffer) -> Counts:
    state = _state()
    rows = db.session().execute(
        select(state, func.count())
        .select_from(Licence)
        .join(Grant, _GRANT)
        .where(Licence.product_id == offer.product_id)
        .group_by(state)
    )
    left = select(func.count()).select_from(LicenceStock).where(LicenceStock.offer_id == offer.id)
    return Counts({name: int(count) for name, count in rows}, db.session().scalar(left) or 0)


def find_licences(product_id: UUID, filters: Filters, after: UUID | None, limit: int) -> list[Held]:
    """The newest first, from the one after `after`."""
    wanted = loaded().join(Grant, _GRANT).where(Licence.product_id == product_id, *_conditions(filters))
    if after is not None:
        wanted = wanted.where(Licence.id < after)
    return [hold(one) for one in db.session().scalars(wanted.order_by(Licence.id.desc()).limit(limit))]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_state() == filters.state] if filters.state else []
    return [*found, _matches(filters.q)] if filters.q else found


def _matches(typed: str) -> ColumnElement[bool]:
    number = typed.removeprefix("#")
    ways = [
        Licence.digest == sealing.digest(db.current_workspace(), typed),
        func.lower(Licence.hint) == typed.lower(),
        func.lower(Licence.buyer_email).startswith(typed.lower(), autoescape=True),
        func.lower(Licence.buyer_name).contains(typed.lower(), autoescape=True),
    ]
    if number.isdecimal() and len(number) < 10:
        ways.append(Licence.order_number == int(number))
    return or_(*ways)


def one(licence_id: UUID) -> Held:
    """In the seller's scope. Raises NotFound."""
    found = db.session().scalars(loaded().where(Licence.id == licence_id)).one_or_none()
    if found is None:
        raise NotFound
    return hold(found)


def history(licence_id: UUID, limit: int = 100) -> list[LicenceEvent]:
    """The newest first."""
    wanted = select(LicenceEvent).where(LicenceEvent.licence_id == licence_id)
    return list(db.session().scalars(wanted.order_by(LicenceEvent.id.desc()).limit(limit)))


def export(product_id: UUID, filters: Filters) -> Iterator[Held]:
    """All that the filters find, 500 at a time."""
    after: UUID | None = None
    while page := find_licences(product_id, filters, after, 500):
        yield from page
        after = page[-1].licence.id
