"""What shipping's pages and actions read, in the open workspace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, String, column, exists, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import joinedload

from app.core import db, settings
from app.core.errors import NotFound
from app.core.money import Money
from app.orders.models import Order, OrderEvent, OrderLine
from app.shipping import rules
from app.shipping.carrier import Rate
from app.shipping.models import (
    CarrierAccount,
    Label,
    Package,
    Parcel,
    ParcelQuote,
    Return,
    ServiceRule,
    TrackingEvent,
)
from app.shipping.states import ALIVE


@dataclass(frozen=True)
class Offered(Rate):
    """A quoted rate with its price as Money."""

    @property
    def price(self) -> Money:
        return Money(self.total_minor, self.currency)


def accounts() -> list[CarrierAccount]:
    found = select(CarrierAccount).where(CarrierAccount.state != "removed").order_by(CarrierAccount.name)
    return list(db.session().scalars(found))


def active_accounts() -> list[CarrierAccount]:
    return [account for account in accounts() if account.state == "active"]


def packages() -> list[Package]:
    return list(db.session().scalars(select(Package).where(Package.archived_at.is_(None)).order_by(Package.name)))


def service_rules() -> list[ServiceRule]:
    """In the order in which they are asked."""
    return list(db.session().scalars(select(ServiceRule).order_by(ServiceRule.position, ServiceRule.id)))


def unpacked(order_id: UUID) -> dict[UUID, int]:
    """Units per line that still need a parcel: bought, not refunded, not sent by hand, not in a parcel."""
    lines = db.session().scalars(select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.ships)).all()
    boxed: dict[UUID, int] = {}
    planned = select(Parcel).where(
        Parcel.order_id == order_id,
        Parcel.direction == "out",
        Parcel.state != "cancelled",
        Parcel.fulfilment_id.is_(None),
    )
    for parcel in db.session().scalars(planned):
        for entry in parcel.contents:
            line_id = UUID(entry["line_id"])
            boxed[line_id] = boxed.get(line_id, 0) + int(entry["quantity"])
    left = {
        line.id: line.quantity - line.refunded_quantity - line.fulfilled_quantity - boxed.get(line.id, 0)
        for line in lines
    }
    return {line_id: count for line_id, count in left.items() if count > 0}


def living_label(parcel_id: UUID) -> Label | None:
    """The parcel's one label that is wanted, asked for or bought."""
    return db.session().scalars(select(Label).where(Label.parcel_id == parcel_id, Label.state.in_(ALIVE))).one_or_none()


def parcels_of(order_id: UUID) -> list[Parcel]:
    found = select(Parcel).where(Parcel.order_id == order_id, Parcel.state != "cancelled").order_by(Parcel.id)
    return list(db.session().scalars(found))


def outgoing(order_ids: Sequence[UUID]) -> list[Parcel]:
    """Parcels of several orders to their buyers, as far as a carrier knows of them."""
    wanted = select(Parcel).where(Parcel.order_id.in_(order_ids), Parcel.direction == "out")
    known = wanted.where(Parcel.state != "cancelled", Parcel.tracking_number != "")
    return list(db.session().scalars(known.order_by(Parcel.id)))


def place_of(parcel: Parcel) -> tuple[int, int]:
    """(number, of): which of the order's parcels in its direction this is, as printed on labels."""
    same = [one.id for one in parcels_of(parcel.order_id) if one.direction == parcel.direction]
    return (same.index(parcel.id) + 1, len(same)) if parcel.id in same else (1, 1)


def labels_of(parcels: Iterable[UUID]) -> dict[UUID, list[Label]]:
    """Every attempt per parcel, the newest first."""
    found: dict[UUID, list[Label]] = {}
    for label in db.session().scalars(
        select(Label).where(Label.parcel_id.in_(list(parcels))).order_by(Label.id.desc())
    ):
        found.setdefault(label.parcel_id, []).append(label)
    return found


def quote_of(parcel_id: UUID, account_id: UUID) -> ParcelQuote | None:
    wanted = select(ParcelQuote).where(ParcelQuote.parcel_id == parcel_id, ParcelQuote.account_id == account_id)
    return db.session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def quotes_of(parcel_id: UUID) -> list[ParcelQuote]:
    wanted = select(ParcelQuote).where(ParcelQuote.parcel_id == parcel_id)
    return list(db.session().scalars(wanted.execution_options(populate_existing=True)))


def rates_in(quote: ParcelQuote) -> list[Offered]:
    return [Offered(**rate) for rate in quote.rates]


def offers(parcel_id: UUID, fingerprint: str) -> list[rules.Offer]:
    """Every account's rates for the parcel as it is now, by price, with badges."""
    found = [
        rules.Offer(quote.account_id, rate)
        for quote in quotes_of(parcel_id)
        if quote.fingerprint == fingerprint
        for rate in rates_in(quote)
    ]
    return rules.marked(found)


def facts(parcel: Parcel) -> rules.Facts:
    """What the service rules ask about a parcel."""
    quantities = {UUID(entry["line_id"]): int(entry["quantity"]) for entry in parcel.contents}
    lines = db.session().scalars(select(OrderLine).where(OrderLine.id.in_(quantities))).all()
    return rules.Facts(
        home=str(parcel.sender.get("country", "")),
        country=str(parcel.recipient.get("country", "")),
        weight_g=parcel.weight_g,
        value_minor=sum(line.total_minor * quantities[line.id] // line.quantity for line in lines),
        skus=[line.sku for line in lines],
    )


def contents(parcels: Sequence[Parcel]) -> Mapping[UUID, list[tuple[OrderLine, int]]]:
    """Lines and quantities per parcel, in one query."""
    wanted = {UUID(entry["line_id"]) for parcel in parcels for entry in parcel.contents}
    lines = {line.id: line for line in db.session().scalars(select(OrderLine).where(OrderLine.id.in_(wanted)))}
    return {
        parcel.id: [
            (lines[UUID(entry["line_id"])], int(entry["quantity"]))
            for entry in parcel.contents
            if UUID(entry["line_id"]) in lines
        ]
        for parcel in parcels
    }


def scans(parcel_id: UUID) -> list[TrackingEvent]:
    """Newest first."""
    wanted = select(TrackingEvent).where(TrackingEvent.parcel_id == parcel_id).order_by(TrackingEvent.at.desc())
    return list(db.session().scalars(wanted))


def tracking_page(parcel: Parcel) -> str:
    """The buyer's own page about a parcel, absolute."""
    return f"{settings.current().app_url}/t/{parcel.tracking_code}"


def parcel_by_code(code: str) -> tuple[UUID, UUID]:
    """(workspace, parcel) behind a tracking page's code; asked in system scope. Raises NotFound."""
    found = db.session().execute(select(Parcel.workspace_id, Parcel.id).where(Parcel.tracking_code == code)).first()
    if found is None:
        raise NotFound
    return found.workspace_id, found.id


def late(limit: int = 50) -> list[Parcel]:
    """Parcels that a person should look at: overdue, lost or held by something, oldest first."""
    wanted = select(Parcel).where(Parcel.raised != "").order_by(Parcel.id).limit(limit)
    return list(db.session().scalars(wanted))


def waiting_orders() -> int:
    """Paid orders with units that were not sent."""
    unsent = Order.fulfilment_state.in_(("unfulfilled", "part_fulfilled"))
    return db.session().scalar(select(func.count()).select_from(Order).where(Order.state == "open", unsent)) or 0


def _attempt(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Label.workspace_id == Parcel.workspace_id, Label.parcel_id == Parcel.id, *conditions)


@cache
def labelled() -> ColumnElement[bool]:
    """A condition on Order: all units that still have to be sent lie in parcels that have a label."""
    ready = (Parcel.state == "labelled", Parcel.direction == "out")
    entry = func.jsonb_array_elements(Parcel.contents).table_valued(column("value", JSONB), joins_implicitly=True)
    boxed = (
        select(func.coalesce(func.sum(entry.c.value["quantity"].astext.cast(Integer)), 0))
        .select_from(Parcel, entry)
        .where(Parcel.order_id == Order.id, *ready, entry.c.value["line_id"].astext == OrderLine.id.cast(String))
        .correlate(Order, OrderLine)
        .scalar_subquery()
    )
    left = OrderLine.quantity - OrderLine.refunded_quantity - OrderLine.fulfilled_quantity
    loose = exists().where(OrderLine.order_id == Order.id, OrderLine.ships, left > boxed).correlate(Order)
    return Order.id.in_(select(Parcel.order_id).where(*ready)) & ~loose


VIEWS = {
    "moving": (Parcel.state == "shipped",),
    "raised": (Parcel.raised != "",),
    "failed": (
        Parcel.state == "draft",
        _attempt(Label.state == "failed", Label.asked_at.is_not(None)),
        ~_attempt(Label.state.in_(ALIVE)),
    ),
    "labelled": (Parcel.state == "labelled", Parcel.direction == "out"),
    "delivered": (Parcel.state == "delivered",),
}


def parcels_in(view: str, before: UUID | None, limit: int) -> list[Parcel]:
    """Parcels of a view, the newest first; `before` is the last id of the page before. The order is loaded with each."""
    wanted = select(Parcel).options(joinedload(Parcel.order)).where(*VIEWS[view])
    if before is not None:
        wanted = wanted.where(Parcel.id < before)
    return list(db.session().scalars(wanted.order_by(Parcel.id.desc()).limit(limit)))


def parcel_counts() -> dict[str, int]:
    """How many parcels each view has, in one query; at most db.MOST_COUNTED."""
    counted = [db.counted(select(Parcel.id).where(*conditions)).label(view) for view, conditions in VIEWS.items()]
    row = db.session().execute(select(*counted)).one()
    return {view: int(count) for view, count in row._mapping.items()}


@dataclass(frozen=True)
class Waiting:
    """How many wait for a person, and since when the first one does."""

    count: int
    oldest: datetime | None


def failed_labels() -> Waiting:
    """Parcels whose label a carrier refused, and that nobody tries again for."""
    return _waiting(Parcel.created_at, *VIEWS["failed"])


def raised_parcels() -> Waiting:
    """Late, lost or held up."""
    return _waiting(func.coalesce(Parcel.handed_over_at, Parcel.created_at), *VIEWS["raised"])


def asked_returns() -> Waiting:
    return _waiting(Return.created_at, Return.state.in_(RETURNS["asked"]))


def _waiting(since: Any, *conditions: ColumnElement[bool]) -> Waiting:
    count, oldest = db.session().execute(select(func.count(), func.min(since)).where(*conditions)).one()
    return Waiting(count, oldest)


STEPS = ("Packed", "On its way", "Out for delivery", "Delivered")


def steps(parcel: Parcel) -> tuple[tuple[str, ...], int]:
    """The four steps of a parcel's way and how many of them are done."""
    done = {"draft": 0, "labelled": 1, "shipped": 2, "delivered": 4}.get(parcel.state, 2)
    return STEPS, max(done, 3 if parcel.status in ("out_for_delivery", "available_for_pickup") else 0)


RETURNS = {
    "asked": ("asked",),
    "open": ("accepted", "label_sent", "on_the_way"),
    "received": ("received",),
    "over": ("refunded", "declined", "withdrawn", "closed"),
}


def returns_in(view: str, limit: int) -> list[Return]:
    wanted = select(Return).options(joinedload(Return.order)).where(Return.state.in_(RETURNS[view]))
    order = Return.id.desc() if view == "over" else Return.id
    return list(db.session().scalars(wanted.order_by(order).limit(limit)))


def return_counts() -> dict[str, int]:
    """How many returns each view has, in one query."""
    counted = [func.count().filter(Return.state.in_(states)).label(view) for view, states in RETURNS.items()]
    row = db.session().execute(select(*counted).select_from(Return)).one()
    return {view: int(count) for view, count in row._mapping.items()}


def return_by_number(number: int) -> Return:
    """Raises NotFound."""
    found = db.session().scalars(select(Return).where(Return.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def own_order(order_id: UUID) -> Order | None:
    """An order of the buyer in whose scope this is asked."""
    return db.session().scalars(select(Order).where(Order.id == order_id)).one_or_none()


def own_return(return_id: UUID) -> Return | None:
    """A return of the buyer in whose scope this is asked."""
    return db.session().scalars(select(Return).where(Return.id == return_id)).one_or_none()


def return_timeline(row: Return) -> list[OrderEvent]:
    """What happened to one return, newest first."""
    named = OrderEvent.summary.startswith(f"Return {row.number}:", autoescape=True)
    wanted = select(OrderEvent).where(OrderEvent.order_id == row.order_id, named).order_by(OrderEvent.id.desc())
    return list(db.session().scalars(wanted))
