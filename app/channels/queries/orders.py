"""A platform's order beside ours: as it was told, what is not matched, what was told back, and what was asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, cast, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from app.catalogue.models import Variant
from app.channels import channel
from app.channels.channel_facts import Detail, Profile, Ref
from app.channels.models import (
    ChannelConnection,
    ChannelListing,
    ChannelOrder,
    ChannelRequest,
    ChannelReturn,
    ChannelShipment,
)
from app.channels.order_facts import OrderFacts, ReturnFacts
from app.channels.queries import listings
from app.core import db
from app.core.errors import NotFound
from app.inventory.models import Shortage
from app.orders.models import Order, OrderLine


@dataclass(frozen=True)
class Returned:
    """A return and what the platform said of it."""

    row: ChannelReturn
    facts: ReturnFacts | None


@dataclass(frozen=True)
class Told:
    """`facts` None: the order could not be read yet. `unmatched`: listings that wait for a product of ours. `short`: units per SKU.

    `missing`: the same as units per line of the platform's, by the name that our order lines carry.
    """

    row: ChannelOrder
    connection: ChannelConnection
    profile: Profile | None
    facts: OrderFacts | None
    unmatched: Sequence[ChannelListing]
    short: Mapping[Variant, int]
    missing: Mapping[str, int]
    shipments: Sequence[ChannelShipment]
    requests: Sequence[ChannelRequest]
    returns: Sequence[Returned]

    @property
    def labels(self) -> Mapping[str, ChannelShipment]:
        """By parcel there: how the platform's own label stands, unless it said no."""
        own = (one for one in self.shipments if one.fulfilment_id is None)
        return {one.package_ref: one for one in own if one.state != "failed"}

    @property
    def tellings(self) -> Sequence[ChannelShipment]:
        """What the platform was or is told by us, without what it sent by itself and what is still being chosen."""
        said = [one for one in self.shipments if one.state not in ("looking", "choosing")]
        return [one for one in said if one.asked_at or one.document or one.state != "done"]

    @property
    def wanted(self) -> Sequence[Detail]:
        """What has to be typed on the connection's page before the platform takes a no to a return."""
        return self.profile.unsaid(self.connection.settings) if self.profile else []

    def asked(self, kind: str) -> bool:
        """Whether the platform is being asked this right now."""
        return any(one.kind == kind and one.state in ("intended", "sent") for one in self.requests)


def of_order(order: Order) -> Told:
    """Raises NotFound for an order that came from no platform."""
    wanted = (
        select(ChannelOrder, ChannelConnection)
        .join(
            ChannelConnection,
            (ChannelConnection.workspace_id == ChannelOrder.workspace_id)
            & (ChannelConnection.id == ChannelOrder.connection_id),
        )
        .where(ChannelOrder.order_id == order.id)
        .execution_options(populate_existing=True)
    )
    found = db.session().execute(wanted).one_or_none()
    if found is None:
        raise NotFound
    row, connection = found
    facts = msgspec.convert(row.facts, OrderFacts) if row.facts else None
    short = _short(order.group_id)
    return Told(
        row,
        connection,
        channel.profiles().get(connection.kind),
        facts,
        _unmatched(connection.id, [item.ref for item in facts.items]) if facts and row.unmatched else [],
        short,
        _missing(order, facts, short) if facts and short else {},
        _of(ChannelShipment, row.id),
        _of(ChannelRequest, row.id),
        [_returned(one) for one in _of(ChannelReturn, row.id)],
    )


def labelled() -> ColumnElement[bool]:
    """A condition on Order: a platform ships it, and the platform's label of each of its parcels is here."""
    here = (
        select(func.count())
        .where(
            ChannelShipment.channel_order_id == ChannelOrder.id,
            ChannelShipment.fulfilment_id.is_(None),
            ChannelShipment.document != "",
        )
        .correlate(ChannelOrder)
        .scalar_subquery()
    )
    packages = func.jsonb_array_length(func.coalesce(ChannelOrder.facts["packages"], cast([], JSONB)))
    all_here = exists().where(ChannelOrder.order_id == Order.id, here > 0, here >= packages).correlate(Order)
    return Order.platform_ships & all_here


def ways(orders: Iterable[UUID]) -> Mapping[UUID, tuple[str, str]]:
    """(status, words) per order whose platform's label is here and that has not left yet; one query."""
    wanted = select(Order.id).where(Order.id.in_(list(orders)), Order.fulfilment_state == "unfulfilled", labelled())
    return dict.fromkeys(db.session().scalars(wanted), ("label_bought", "Label here"))


def _unmatched(connection_id: UUID, refs: Sequence[Ref]) -> list[ChannelListing]:
    pairs = {(ref.product, ref.variant) for ref in refs}
    wanted = select(ChannelListing).where(
        ChannelListing.connection_id == connection_id,
        tuple_(ChannelListing.product_ref, ChannelListing.variant_ref).in_(pairs),
        ChannelListing.match.in_(("none", "suggested")),
    )
    return list(db.session().scalars(wanted.options(listings.LOADED).order_by(ChannelListing.id)))


def _short(group_id: UUID) -> dict[Variant, int]:
    wanted = (
        select(Variant, func.sum(Shortage.quantity))
        .join(Shortage, (Shortage.workspace_id == Variant.workspace_id) & (Shortage.variant_id == Variant.id))
        .where(Shortage.holder_id == group_id)
        .group_by(Variant.workspace_id, Variant.id)
        .order_by(Variant.id)
    )
    return {variant: int(units) for variant, units in db.session().execute(wanted)}


def _missing(order: Order, facts: OrderFacts, short: Mapping[Variant, int]) -> dict[str, int]:
    """A bundle that lacks a part of it is missing as a whole."""
    bought = {item.key: item for item in facts.items if item.active}
    left, found = {variant.id: units for variant, units in short.items()}, dict[str, int]()
    lines = select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.variant_id.in_(left))
    for line in db.session().scalars(lines.order_by(OrderLine.position)):
        item = bought.get(line.channel_key)
        if item is None or line.variant_id is None:
            continue
        units = min(left[line.variant_id], line.quantity)
        left[line.variant_id] -= units
        whole = min(-(-units * item.quantity // line.quantity), item.active)
        found[line.channel_key] = max(found.get(line.channel_key, 0), whole)
    return {name: units for name, units in found.items() if units}


T = TypeVar("T", ChannelShipment, ChannelRequest, ChannelReturn)


def _of(model: type[T], channel_order_id: UUID) -> list[T]:
    wanted = select(model).where(model.channel_order_id == channel_order_id).order_by(model.id)
    return list(db.session().scalars(wanted.execution_options(populate_existing=True)))


def _returned(row: ChannelReturn) -> Returned:
    return Returned(row, msgspec.convert(row.facts, ReturnFacts) if row.facts else None)
