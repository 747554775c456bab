"""Listings as the platform has them: kept, told apart, and never forgotten when they vanish."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from app.catalogue.models import Variant
from app.channels.actions import matching
from app.channels.channel_facts import ListingFacts, Ref
from app.channels.models import ChannelConnection, ChannelListing, ListingPart
from app.channels.order_facts import Item
from app.core import db
from app.core.events import plain
from app.core.ids import new_id

LOADED = selectinload(ChannelListing.parts).selectinload(ListingPart.variant).selectinload(Variant.product)


def of_items(connection: ChannelConnection, items: Sequence[Item]) -> dict[Ref, ChannelListing]:
    """The listing of each item; one that was never imported is made from what the order says, and matched if it can be."""
    known = found(connection.id, [item.ref for item in items])
    new = {item.ref: item for item in items if item.ref not in known}
    if new:
        stubs = [ListingFacts(one.ref, one.title, one.sku, one.variant_title) for one in new.values()]
        keep(connection, stubs, seen=False)
        known = found(connection.id, [item.ref for item in items])
    return known


def found(connection_id: UUID, refs: Iterable[Ref]) -> dict[Ref, ChannelListing]:
    """The listings that are known of these, with what they are made of."""
    pairs = {(ref.product, ref.variant) for ref in refs}
    if not pairs:
        return {}
    wanted = select(ChannelListing).where(
        ChannelListing.connection_id == connection_id,
        tuple_(ChannelListing.product_ref, ChannelListing.variant_ref).in_(pairs),
    )
    rows = db.session().scalars(wanted.options(LOADED).execution_options(populate_existing=True))
    return {Ref(row.product_ref, row.variant_ref): row for row in rows}


def lock(mine: ColumnElement[bool]) -> None:
    """Take the locks of these listings in one order, so that jobs that change many of them wait instead of deadlocking."""
    rows = select(ChannelListing.id).where(mine).order_by(ChannelListing.id).with_for_update(key_share=True)
    db.session().execute(rows).all()


def keep(connection: ChannelConnection, told: Sequence[ListingFacts], *, seen: bool = True) -> Sequence[UUID]:
    """Write what the platform lists now, and match what is new. Returns the ids of new listings. `seen`: quantities were told."""
    if not told:
        return []
    rows = [_values(connection, one, seen) for one in told]
    statement = insert(ChannelListing)
    fresh = {name: statement.excluded[name] for name in (*WORDS, *(QUANTITIES if seen else ()))}
    kept = statement.on_conflict_do_update(
        index_elements=["workspace_id", "connection_id", "product_ref", "variant_ref"], set_=fresh
    )
    pairs = {(one.ref.product, one.ref.variant) for one in told}
    lock(
        and_(
            ChannelListing.connection_id == connection.id,
            tuple_(ChannelListing.product_ref, ChannelListing.variant_ref).in_(pairs),
        )
    )
    db.session().execute(kept, rows)
    new = {row["id"] for row in rows}
    made = list(db.session().scalars(select(ChannelListing.id).where(ChannelListing.id.in_(new))))
    matching.place(connection, made)
    return made


WORDS = ("title", "variant_title", "sku", "state", "price_minor", "currency", "picture", "url", "members")
QUANTITIES = ("counted", "places", "seen", "seen_at")


def _values(connection: ChannelConnection, one: ListingFacts, seen: bool) -> dict[str, object]:
    return {
        "id": new_id(),
        "connection_id": connection.id,
        "product_ref": one.ref.product,
        "variant_ref": one.ref.variant,
        "title": one.title[:500],
        "variant_title": one.variant_title[:300],
        "sku": matching.tidy(one.sku),
        "state": one.state,
        "price_minor": one.price_minor,
        "currency": one.currency or connection.currency,
        "picture": one.picture[:1000],
        "url": one.url[:1000],
        "counted": one.quantity is not None or not seen,
        "places": sorted(one.stock),
        "members": plain(
            [
                {"product": m.ref.product, "variant": m.ref.variant, "quantity": m.quantity, "sku": m.sku}
                for m in one.members
            ]
        ),
        "seen": one.quantity,
        "seen_at": db.now() if seen else None,
    }


def gone(connection_id: UUID, product_id: str, still: Collection[Ref]) -> int:
    """What a product does not list any more: kept with its match, shown as gone. Returns how many."""
    mine = select(ChannelListing).where(
        ChannelListing.connection_id == connection_id, ChannelListing.product_ref == product_id
    )
    count = 0
    for row in db.session().scalars(mine):
        if Ref(row.product_ref, row.variant_ref) not in still and row.state != "gone":
            row.state = "gone"
            count += 1
    return count
