"""Giving keys: one for each unit that was paid for, exactly once, and those that are owed as soon as there are some."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import func, select

from app.access.models import Grant
from app.core import db, mail
from app.core.actor import SYSTEM
from app.core.outbox import later
from app.licences import keys, queries, sealing
from app.licences.history import note
from app.licences.models import Licence, LicenceOffer, LicenceStock
from app.licences.purchases import Purchase


def issue(grant: Grant, quantity: int, purchase: Purchase) -> list[Licence]:
    """In the seller's scope, in the transaction that was paid: a key for each of `quantity` units of `grant`.

    Calling it again changes nothing. When the seller's list is empty the key is owed, and comes with the next import.
    """
    terms = queries.terms_of(grant.product_id, grant.variant_id)
    if terms is None:
        return queries.of_grant(grant.id)
    known = set(db.session().scalars(select(Licence.unit).where(Licence.grant_id == grant.id)))
    for unit in range(1, quantity + 1):
        if unit not in known:
            _issue(grant, unit, terms, purchase)
    if terms.offer.source == "listed":
        later("licences.look_at_stock", offer_id=terms.offer.id)
    return queries.of_grant(grant.id)


def _issue(grant: Grant, unit: int, terms: queries.Terms, purchase: Purchase) -> None:
    licence = owe(grant, unit, terms, purchase)
    if not give_key(licence, terms.offer):
        note(licence, "issued", SYSTEM, "Bought while no key was left; it comes with the next ones", owed=True)


def owe(grant: Grant, unit: int, terms: queries.Terms, purchase: Purchase) -> Licence:
    """The licence of one unit, still without its key."""
    return db.add(
        Licence(
            offer_id=terms.offer.id,
            grant_id=grant.id,
            unit=unit,
            product_id=grant.product_id,
            variant_id=grant.variant_id,
            order_id=grant.order_id,
            order_number=purchase.number,
            buyer_name=purchase.name,
            buyer_email=purchase.email,
            activation_limit=terms.activation_limit,
            valid_days=terms.valid_days,
        )
    )


def give_key(licence: Licence, offer: LicenceOffer) -> bool:
    """A made key, or the next of the list. False when the list is empty, or others hold all that is left of it."""
    key = keys.make(offer.prefix) if offer.source == "generated" else _next(offer)
    if not key:
        return False
    sealing.put(licence, key)
    if licence.valid_days is not None:
        licence.expires_at = db.now() + timedelta(days=licence.valid_days)
    db.session().flush()
    note(licence, "issued", SYSTEM, "Key issued")
    return True


def _next(offer: LicenceOffer) -> str:
    """Takes the first free key off the list. Who buys at the same moment passes over the row and takes the one after it."""
    first = select(LicenceStock).where(LicenceStock.offer_id == offer.id)
    row = (
        db.session()
        .scalars(first.order_by(LicenceStock.position, LicenceStock.id).limit(1).with_for_update(skip_locked=True))
        .one_or_none()
    )
    if row is None:
        return ""
    key = sealing.stock_key(row)
    db.session().delete(row)
    db.session().flush()
    return key


def fill_owed(offer_id: UUID) -> int:
    """Give keys to those who wait for one, the first buyer first, and write to them. Returns how many got theirs."""
    waiting = (
        select(Licence)
        .join(Grant, (Grant.workspace_id == Licence.workspace_id) & (Grant.id == Licence.grant_id))
        .where(
            Licence.offer_id == offer_id,
            Licence.issued_at.is_(None),
            Licence.closed_at.is_(None),
            Grant.revoked_at.is_(None),
        )
        .order_by(Licence.id)
        .limit(500)
        .with_for_update(of=Licence, skip_locked=True)
    )
    offer, given = db.get(LicenceOffer, offer_id), []
    for licence in db.session().scalars(waiting).all():
        if not give_key(licence, offer):
            break
        given.append(licence)
    for _, of_purchase in groupby(given, key=lambda one: one.grant_id):
        tell_buyer(list(of_purchase))
    return len(given)


def readdress(order_id: UUID, email: str) -> None:
    """In the seller's scope: the purchase has another address, which hears of its keys from now on."""
    held = select(Licence).where(Licence.order_id == order_id).order_by(Licence.id).with_for_update()
    for licence in db.session().scalars(held):
        licence.buyer_email = email


def tell_buyer(licences: Sequence[Licence]) -> None:
    """One mail with all keys that were given for one purchase; none without any."""
    if not licences:
        return
    first = licences[0]
    mail.post(
        first.buyer_email,
        "licence_ready",
        f"licence-ready:{first.id}",
        name=first.buyer_name,
        title=queries.called(first),
        keys=[sealing.key_of(one) for one in licences],
        grant_id=first.grant_id,
    )


def left(offer_id: UUID) -> int:
    """Keys of the list that are not sold."""
    counted = select(func.count()).select_from(LicenceStock).where(LicenceStock.offer_id == offer_id)
    return db.session().scalar(counted) or 0
