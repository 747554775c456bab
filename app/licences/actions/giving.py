"""Keys for those who bought before there were any: counted first, then given by a job, some purchases at a time."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.access import queries as access
from app.access.models import Grant
from app.core import audit, db
from app.core.actor import SYSTEM, Actor
from app.core.errors import Refused
from app.core.outbox import later
from app.licences import queries
from app.licences.actions.closing import follow_refund
from app.licences.actions.issuing import give_key, owe, tell_buyer
from app.licences.history import note
from app.licences.models import Licence, LicenceOffer
from app.licences.purchases import Bought, doors

AT_A_TIME, KEYS_AT_A_TIME = 50, 200
"""Purchases in one transaction of the job, and the keys after which it takes no further one."""


class SwitchedOff(Refused):
    status = 409
    message = "Licences are switched off for this product, so no key was given. Switch them on first."


class NobodyLacks(Refused):
    status = 409
    message = "Everybody who bought it has a key by now. Nothing was given twice."


class UnderWay(Refused):
    status = 409
    message = "Keys are on their way already, and nobody gets a second one. Watch them below."


def give_past(actor: Actor, offer: LicenceOffer) -> int:
    """In the seller's scope: have a job give keys to all who lack one. Returns how many buyers. Raises SwitchedOff, UnderWay, NobodyLacks."""
    offer = db.lock(offer)
    if not offer.enabled:
        raise SwitchedOff
    if offer.giving:
        raise UnderWay
    found = queries.lacking(offer)
    if not found.buyers:
        raise NobodyLacks
    offer.giving_since, offer.giving_count, offer.given_at = db.now(), found.buyers, None
    audit.record(actor, "licences.give_past", offer, buyers=found.buyers, keys=found.keys)
    later("licences.give_past", offer_id=offer.id)
    return found.buyers


def give_some(offer_id: UUID) -> None:
    """The job, in the seller's scope: keys for some who are left, in one transaction with the mails that bring them.

    Two copies of it at once wait for each other at the orders, and give nothing twice.
    """
    offer = db.get(LicenceOffer, offer_id)
    if not offer.giving:
        return
    chosen = _chosen(offer)
    if not chosen:
        db.lock(offer).given_at = db.now()
        later("licences.look_at_stock", offer_id=offer_id)
        return
    for grant, bought in _locked(chosen):
        _give(grant, bought)
    later("licences.give_past", offer_id=offer_id)


def _chosen(offer: LicenceOffer) -> Sequence[UUID]:
    found, keys = [], 0
    for grant_id, units in queries.next_lacking(offer, AT_A_TIME) if offer.enabled else ():
        if keys >= KEYS_AT_A_TIME:
            break
        found.append(grant_id)
        keys += units
    return found


def _locked(grant_ids: Sequence[UUID]) -> list[tuple[Grant, Bought]]:
    """The orders' locks come first, as in everything that moves their money. What was refunded, or was given its keys by another
    copy of the job, while we waited for them is left out."""
    session = db.session()
    lines = doors.locked(session.scalars(select(Grant.source_id).where(Grant.id.in_(grant_ids))).all())
    fresh = select(Grant).where(Grant.id.in_(grant_ids), access.active()).order_by(Grant.id).with_for_update()
    found = session.scalars(fresh.execution_options(populate_existing=True)).all()
    keyed = set(session.scalars(select(Licence.grant_id).where(Licence.grant_id.in_(grant_ids))))
    kept = {source_id: one for source_id, one in lines.items() if one.units > one.returned}
    return [(one, kept[one.source_id]) for one in found if one.source_id in kept and one.id not in keyed]


def _give(grant: Grant, bought: Bought) -> None:
    """A licence for each unit, so that refunds go on counting; those that went back are closed and take no key."""
    terms = queries.terms_of(grant.product_id, grant.variant_id)
    if terms is None:
        return
    rows = [owe(grant, unit, terms, bought.purchase) for unit in range(1, bought.units + 1)]
    if bought.returned:
        follow_refund(grant.source_id, bought.returned)
    given = []
    for row in rows:
        if row.closed_at is None and give_key(row, terms.offer):
            given.append(row)
        elif row.closed_at is None:
            note(row, "issued", SYSTEM, "No key was left; it comes with the next ones", owed=True)
    tell_buyer(given)
