"""Those who bought a product before it came with a key: how many they are, and what they are owed if the seller says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select

from app.access import queries as access
from app.access.models import Grant
from app.core import db
from app.core.masking import masked, shortened
from app.licences.models import Licence, LicenceOffer, LicenceTerms
from app.licences.purchases import doors


@dataclass(frozen=True)
class Lacking:
    """Buyers (addresses) without a key, and the keys that their units would take."""

    buyers: int = 0
    keys: int = 0


def lacking(offer: LicenceOffer) -> Lacking:
    """In the seller's scope. Nobody lacks a key of a product that gives none."""
    if not offer.enabled:
        return Lacking()
    found = _open_without(offer).subquery()
    counted = select(func.count(func.distinct(found.c.email)), func.coalesce(func.sum(found.c.kept), 0))
    buyers, keys = db.session().execute(counted).one()
    return Lacking(int(buyers), int(keys))


def first_lacking(offer: LicenceOffer, limit: int) -> Sequence[tuple[str, str]]:
    """Shortened names and masked addresses of some, who bought first."""
    found = _open_without(offer).subquery()
    each = select(func.min(found.c.name).label("name"), found.c.email).group_by(found.c.email)
    rows = db.session().execute(each.order_by(func.min(found.c.since), found.c.email).limit(limit))
    return [(shortened(row.name), masked(row.email)) for row in rows]


def next_lacking(offer: LicenceOffer, limit: int) -> Sequence[tuple[UUID, int]]:
    """Grants without a key and the units that were kept of each, who bought first."""
    found = _open_without(offer).subquery()
    rows = db.session().execute(select(found.c.grant_id, found.c.kept).order_by(found.c.grant_id).limit(limit))
    return [(row.grant_id, row.kept) for row in rows]


def _open_without(offer: LicenceOffer) -> Select[Any]:
    """Open purchases of variants that come with a key, some units of which were kept, and that have none."""
    lines = doors.lines()
    keyed = exists().where(Licence.workspace_id == Grant.workspace_id, Licence.grant_id == Grant.id)
    plain = exists().where(
        LicenceTerms.workspace_id == Grant.workspace_id,
        LicenceTerms.offer_id == offer.id,
        LicenceTerms.variant_id == Grant.variant_id,
        LicenceTerms.enabled.is_(False),
    )
    same = and_(lines.c.workspace_id == Grant.workspace_id, lines.c.source_id == Grant.source_id)
    return (
        select(Grant.id.label("grant_id"), Grant.created_at.label("since"), lines.c.kept, lines.c.name, lines.c.email)
        .join(lines, same)
        .where(Grant.product_id == offer.product_id, access.active(), lines.c.kept > 0, ~keyed, ~plain)
    )
