"""What products give."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import selectinload

from app.core import db
from app.licences.models import Licence, LicenceOffer, LicenceTerms


@dataclass(frozen=True)
class Terms:
    """What a unit of one variant gives."""

    offer: LicenceOffer
    activation_limit: int | None
    valid_days: int | None


def terms_of(product_id: UUID, variant_id: UUID | None) -> Terms | None:
    """None when this product, or this variant of it, is sold without licences."""
    wanted = select(LicenceOffer).where(LicenceOffer.product_id == product_id, LicenceOffer.enabled)
    offer = db.session().scalars(wanted).one_or_none()
    if offer is None:
        return None
    own = select(LicenceTerms).where(LicenceTerms.offer_id == offer.id, LicenceTerms.variant_id == variant_id)
    differs = db.session().scalars(own).one_or_none() if variant_id else None
    if differs is None:
        return Terms(offer, offer.activation_limit, offer.valid_days)
    return Terms(offer, differs.activation_limit, differs.valid_days) if differs.enabled else None


def licensed(product_id: UUID) -> bool:
    """Whether buyers of it get keys: then it needs no file to be sold."""
    wanted = exists().where(LicenceOffer.product_id == product_id, LicenceOffer.enabled)
    return bool(db.session().scalar(select(wanted)))


def promised(product_id: UUID) -> LicenceOffer | None:
    """For a shop's page, in anybody's scope: what comes with it, with the terms of its variants."""
    wanted = select(LicenceOffer).where(LicenceOffer.product_id == product_id, LicenceOffer.enabled)
    return db.session().scalars(wanted.options(selectinload(LicenceOffer.terms))).one_or_none()


def owed(offer_id: UUID) -> int:
    """Keys that were paid for and could not be given yet."""
    wanted = select(func.count()).select_from(Licence).where(Licence.offer_id == offer_id, Licence.issued_at.is_(None))
    return db.session().scalar(wanted) or 0
