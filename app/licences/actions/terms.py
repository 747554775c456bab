"""What a product gives: switching licences on and off, and its terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from app.catalogue.models import Product, Variant
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.core.outbox import later
from app.licences import keys
from app.licences.actions.signers import signer
from app.licences.models import LicenceOffer, LicenceTerms

MOST_SEATS, MOST_DAYS = 100_000, 36_500


class BadTerms(Refused):
    """One of the terms is out of range; `field` names it."""


@dataclass(frozen=True)
class VariantTerms:
    """Where a variant differs. Empty limits mean no limit."""

    enabled: bool
    activation_limit: int | None
    valid_days: int | None


@dataclass(frozen=True)
class Terms:
    """What each unit gives. `variants`: those that differ from the product, by id."""

    source: str
    prefix: str
    activation_limit: int | None
    valid_days: int | None
    lease_days: int
    warn_below: int
    variants: Mapping[UUID, VariantTerms]


def set_terms(actor: Actor, product: Product, terms: Terms) -> LicenceOffer:
    """Switch licences on with these terms, or change them; keys that were sold keep theirs. Raises BadTerms, NotFound."""
    db.lock(product)
    _check(terms)
    offer = _offer(product)
    offer.enabled, offer.source, offer.prefix = True, terms.source, terms.prefix
    offer.activation_limit, offer.valid_days = terms.activation_limit, terms.valid_days
    offer.lease_days, offer.warn_below, offer.warned_at = terms.lease_days, terms.warn_below, None
    db.session().flush()
    _set_variants(offer, terms.variants)
    signer()
    audit.record(actor, "licences.set_terms", product, **_plain(terms))
    later("licences.look_at_stock", offer_id=offer.id)
    return offer


def switch_off(actor: Actor, product: Product) -> None:
    """New purchases get no key any more; keys that were sold, and the list, stay as they are."""
    db.lock(product)
    offer = _known(product)
    if offer is None or not offer.enabled:
        return
    offer.enabled = False
    db.session().flush()
    audit.record(actor, "licences.switch_off", product)


def _offer(product: Product) -> LicenceOffer:
    return _known(product) or db.add(LicenceOffer(product_id=product.id))


def _known(product: Product) -> LicenceOffer | None:
    statement = select(LicenceOffer).where(LicenceOffer.product_id == product.id).with_for_update()
    return db.session().scalars(statement.execution_options(populate_existing=True)).one_or_none()


def _set_variants(offer: LicenceOffer, wanted: Mapping[UUID, VariantTerms]) -> None:
    session = db.session()
    known = {one.variant_id: one for one in session.scalars(_of(offer))}
    own = set(session.scalars(select(Variant.id).where(Variant.product_id == offer.product_id)))
    if not set(wanted) <= own:
        raise NotFound
    for variant_id, one in known.items():
        if variant_id not in wanted:
            session.delete(one)
    for variant_id, terms in wanted.items():
        row = known.get(variant_id) or LicenceTerms(offer_id=offer.id, variant_id=variant_id)
        row.enabled, row.activation_limit, row.valid_days = terms.enabled, terms.activation_limit, terms.valid_days
        session.add(row)
    session.flush()


def _of(offer: LicenceOffer) -> Select[LicenceTerms]:
    return select(LicenceTerms).where(LicenceTerms.offer_id == offer.id)


def _check(terms: Terms) -> None:
    if not keys.PREFIX.match(terms.prefix):
        raise BadTerms("A prefix is up to twelve capitals and digits, such as BRUSH2.", field="prefix")
    within("activation_limit", terms.activation_limit, MOST_SEATS)
    within("valid_days", terms.valid_days, MOST_DAYS)
    within("lease_days", terms.lease_days, 366)
    for variant_id, one in terms.variants.items():
        within(f"limit-{variant_id}", one.activation_limit, MOST_SEATS)
        within(f"days-{variant_id}", one.valid_days, MOST_DAYS)


def within(field: str, value: int | None, most: int) -> None:
    """Raises BadTerms beside `field`."""
    if value is not None and not 1 <= value <= most:
        raise BadTerms(f"Enter a number from 1 to {most:,}, or leave it empty.", field=field)


def _plain(terms: Terms) -> dict[str, object]:
    return {
        "source": terms.source,
        "prefix": terms.prefix,
        "activation_limit": terms.activation_limit,
        "valid_days": terms.valid_days,
        "variants": len(terms.variants),
    }
