"""Which listing is which of our SKUs: by itself where it is certain, suggested where it is likely, by hand for the rest, remembered.

A platform's SKU is a hint: it may be empty, doubled, or end in a space (TRAPS.md B13). So only one listing and one variant that
carry the same SKU, once each, are matched without asking; a SKU that stands twice goes to people.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher
from uuid import UUID

from sqlalchemy import ARRAY, Text, cast, delete, func, insert, select, true, update

from app.catalogue.models import Variant
from app.channels.events import ListingsChanged, ListingsMatched
from app.channels.models import ChannelConnection, ChannelListing, ListingPart
from app.core import audit, db
from app.core.actor import SYSTEM, Actor
from app.core.errors import Conflict, Refused
from app.core.ids import new_id
from app.core.outbox import emit

LIKELY = 60
"""Percent from which a suggestion is worth reading."""
NEAREST = 5
"""So many products that are called most alike are looked at."""

Suggested = dict[tuple[str, UUID], list[ChannelListing]]
"""Listings by their product there and the variant that was suggested for them."""


class BadMatch(Refused):
    message = "Choose at least one product, and a whole number of units from 1. Nothing was changed."


def tidy(sku: str) -> str:
    """A SKU without what cannot be seen; upper and lower case are one."""
    return re.sub(r"\s+", " ", sku).strip()


def place(connection: ChannelConnection, listing_ids: Sequence[UUID]) -> None:
    """Match or suggest for listings that were written just now."""
    rows = list(db.session().scalars(select(ChannelListing).where(ChannelListing.id.in_(listing_ids))))
    if not rows:
        return
    by_sku, doubled = _variants_by_sku(rows), _doubled(connection.id, rows)
    sure = {row.id: by_sku[sku][0].id for row in rows if (sku := _certain(row, by_sku, doubled)) and not row.members}
    _match_new(sure)
    suggested: Suggested = {}
    alike = _similar({row.title for row in rows if row.id not in sure})
    for row in (one for one in rows if one.id not in sure):
        sku = row.sku.casefold()
        if row.members and _bundle(connection, row):
            continue
        if _certain(row, by_sku, doubled):
            _match(SYSTEM, row, {by_sku[sku][0].id: 1}, 100, f"Same SKU: {row.sku}")
        elif sku and (sku in doubled or len(by_sku.get(sku, ())) > 1):
            row.reason = f"The SKU {row.sku} stands on more than one {'listing' if sku in doubled else 'product'}"
            _suggest(row, by_sku.get(sku, []), suggested)
        else:
            _suggest(row, alike.get(row.title, []), suggested)
    _doubt(suggested)
    db.session().flush()
    _tell(connection.id, bool(sure) or any(row.match == "matched" for row in rows))


def _certain(row: ChannelListing, by_sku: Mapping[str, Sequence[Variant]], doubled: Collection[str]) -> str:
    """The SKU that one listing and one variant carry, once each; "" otherwise."""
    sku = row.sku.casefold()
    return sku if sku not in doubled and len(by_sku.get(sku, ())) == 1 else ""


def _match_new(sure: Mapping[UUID, UUID]) -> None:
    """Listings that nobody has seen yet, and the variants that carry their SKUs: all at once, because a shop may list thousands."""
    if not sure:
        return
    reason = func.left(func.concat("Same SKU: ", ChannelListing.sku), 300)
    matched = {"match": "matched", "confidence": 100, "reason": reason, "asked": ChannelListing.asked + 1}
    parts = [{"id": new_id(), "listing_id": one, "variant_id": variant, "quantity": 1} for one, variant in sure.items()]
    db.session().execute(insert(ListingPart), [{"workspace_id": db.current_workspace(), **part} for part in parts])
    written = update(ChannelListing).where(ChannelListing.id.in_(sure)).values(**matched)
    db.session().execute(written.execution_options(synchronize_session=False))


def _variants_by_sku(rows: Sequence[ChannelListing]) -> dict[str, list[Variant]]:
    skus = {row.sku.casefold() for row in rows if row.sku}
    found: dict[str, list[Variant]] = {}
    wanted = select(Variant).where(func.lower(func.btrim(Variant.sku)).in_(skus), Variant.archived_at.is_(None))
    for variant in db.session().scalars(wanted) if skus else ():
        found.setdefault(variant.sku.strip().casefold(), []).append(variant)
    return found


def _doubled(connection_id: UUID, rows: Sequence[ChannelListing]) -> set[str]:
    """SKUs that more than one living listing of this connection carries."""
    skus = [row.sku.casefold() for row in rows if row.sku]
    sku = func.lower(ChannelListing.sku)
    counted = (
        select(sku)
        .where(ChannelListing.connection_id == connection_id, sku.in_(skus), ChannelListing.state != "gone")
        .group_by(sku)
        .having(func.count() > 1)
    )
    return set(db.session().scalars(counted)) if skus else set()


def _bundle(connection: ChannelConnection, row: ChannelListing) -> bool:
    """A bundle whose members are matched is matched by them, units multiplied (TRAPS.md A10)."""
    units: Counter[UUID] = Counter()
    for member in row.members:
        wanted = select(ChannelListing).where(
            ChannelListing.connection_id == connection.id,
            ChannelListing.product_ref == member["product"],
            ChannelListing.variant_ref == member["variant"],
            ChannelListing.match == "matched",
        )
        other = db.session().scalars(wanted).one_or_none()
        if other is None:
            return False
        for part in other.parts:
            units[part.variant_id] += part.quantity * int(member["quantity"])
    _match(SYSTEM, row, units, 100, "Made of listings that are matched")
    return True


def _similar(titles: Collection[str]) -> dict[str, list[Variant]]:
    """Per title every variant of the products that are called most alike; two statements, however many titles there are."""
    close = _close(titles) if titles else []
    products = {product_id for _, product_id in close}
    wanted = select(Variant).where(Variant.product_id.in_(products), Variant.archived_at.is_(None))
    by_product: dict[UUID, list[Variant]] = {}
    for one in db.session().scalars(wanted.order_by(Variant.position, Variant.id)) if products else ():
        by_product.setdefault(one.product_id, []).append(one)
    found: dict[str, list[Variant]] = {}
    for title, product_id in close:
        found.setdefault(title, []).extend(by_product.get(product_id, ()))
    return found


def _close(titles: Collection[str]) -> Sequence[tuple[str, UUID]]:
    """(title, product), the products that are called most alike first; found by their index, which row security would hide."""
    asked = func.unnest(cast(list(titles), ARRAY(Text))).table_valued("title").render_derived()
    near = func.similar_products(asked.c.title, NEAREST).table_valued("id", "alike").lateral()
    wanted = select(asked.c.title, near.c.id).join(near, true()).order_by(near.c.alike.desc(), near.c.id)
    return [(title, product_id) for title, product_id in db.session().execute(wanted)]


def _suggest(row: ChannelListing, candidates: Sequence[Variant], suggested: Suggested) -> None:
    scored = sorted(((_score(row, one), one) for one in candidates), key=lambda pair: -pair[0])
    if not scored or scored[0][0] < LIKELY:
        return
    confidence, best = scored[0]
    row.match, row.confidence = "suggested", confidence
    row.reason = row.reason or f"Called much alike: {best.product.title}"
    _parts(row, {best.id: 1})
    suggested.setdefault((row.product_ref, best.id), []).append(row)


def _doubt(suggested: Suggested) -> None:
    """Sizes of one product that all look like one variant of ours: at most one of them is right, so a person has to look."""
    for rows in suggested.values():
        for row in rows if len(rows) > 1 else ():
            row.confidence = min(row.confidence, LIKELY)
            row.reason = f"{len(rows)} of its variants look like the same product of yours"


def _score(row: ChannelListing, variant: Variant) -> int:
    """Percent: how alike title and variant are, put down a little, because only a SKU is certain, and more when our variant's
    own words do not stand there.
    """
    theirs = f"{row.title} {row.variant_title} {row.sku}".casefold()
    ours = f"{variant.product.title} {variant.title}".casefold().strip()
    alike = SequenceMatcher(None, f"{row.title} {row.variant_title}".casefold().strip(), ours).ratio()
    said = all(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", theirs) for word in variant.title.casefold().split())
    return min(round(alike * 100), 95 if said else 75)


def _match(actor: Actor, row: ChannelListing, units: Mapping[UUID, int], confidence: int, reason: str) -> None:
    row.match, row.confidence, row.reason = "matched", confidence, reason[:300]
    _parts(row, units)
    row.asked += 1


def _tell(connection_id: UUID, matched: bool = True) -> None:
    """Pages hear of every change; with `matched` also the orders that waited, once for however many listings."""
    ids = {"workspace_id": db.current_workspace(), "connection_id": connection_id}
    emit(ListingsChanged(**ids))
    if matched:
        emit(ListingsMatched(**ids))


def _parts(row: ChannelListing, units: Mapping[UUID, int]) -> None:
    db.session().flush()
    db.session().execute(delete(ListingPart).where(ListingPart.listing_id == row.id))
    for variant_id, quantity in units.items():
        db.add(ListingPart(listing_id=row.id, variant_id=variant_id, quantity=quantity))
    db.session().expire(row, ["parts"])


def match(actor: Actor, row: ChannelListing, version: int, units: Mapping[UUID, int]) -> None:
    """By hand: this listing is so many units of these variants. Raises BadMatch; Conflict when it was changed meanwhile."""
    row = _unchanged(row, version)
    if not units or any(not 1 <= count <= 999 for count in units.values()):
        raise BadMatch
    known = set(db.session().scalars(select(Variant.id).where(Variant.id.in_(units), Variant.archived_at.is_(None))))
    if known != set(units):
        raise BadMatch("One of these products is not there any more. Choose again; nothing was changed.")
    _match(actor, row, units, 100, f"Chosen by {actor.name}")
    audit.record(actor, "channels.match", row, units={str(one): count for one, count in units.items()})
    _tell(row.connection_id)


def accept(actor: Actor, row: ChannelListing, version: int) -> None:
    """The suggestion is right. Raises Conflict when there is another, or none, by now."""
    row = _unchanged(row, version)
    if row.match != "suggested" or not row.parts:
        raise Conflict
    match(actor, row, row.version, {part.variant_id: part.quantity for part in row.parts})


def accept_many(actor: Actor, listing_ids: Sequence[UUID]) -> int:
    """The suggestions for these are right, those that are still suggestions. Returns how many."""
    wanted = select(ChannelListing).where(ChannelListing.id.in_(listing_ids), ChannelListing.match == "suggested")
    rows = [row for row in db.session().scalars(wanted.order_by(ChannelListing.id).with_for_update()) if row.parts]
    for row in rows:
        units = {part.variant_id: part.quantity for part in row.parts}
        _match(actor, row, units, row.confidence, f"Suggested, and accepted by {actor.name}")
        audit.record(actor, "channels.match", row, units={str(one): count for one, count in units.items()})
    for connection_id in {row.connection_id for row in rows}:
        _tell(connection_id)
    return len(rows)


def ignore(actor: Actor, row: ChannelListing, version: int) -> None:
    """Not ours to count: its orders come in without stock, and nobody is asked about it again. Raises Conflict."""
    row = _unchanged(row, version)
    _parts(row, {})
    row.match, row.confidence, row.reason = "ignored", 0, f"Left out by {actor.name}"
    audit.record(actor, "channels.ignore", row)
    _tell(row.connection_id)


def _unchanged(row: ChannelListing, version: int) -> ChannelListing:
    row = db.lock(row)
    if row.version != version:
        raise Conflict
    return row


def unmatch(actor: Actor, row: ChannelListing, version: int) -> None:
    """Take a match back; stock is not told there any more, and new orders wait for a match. Raises Conflict."""
    row = _unchanged(row, version)
    _parts(row, {})
    row.match, row.confidence, row.reason = "none", 0, ""
    audit.record(actor, "channels.unmatch", row)
    _tell(row.connection_id, matched=False)
