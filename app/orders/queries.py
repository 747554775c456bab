"""Reads of the order book: the seller's list and detail, the buyer's purchases."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select, text, tuple_
from sqlalchemy.orm import joinedload, selectinload

from app.core import db
from app.core.errors import NotFound
from app.orders.models import Order, OrderEvent, OrderGroup, OrderLine, OrderNote

VIEWS = ("ready", "unpaid", "sent", "cancelled", "all")
FEW = 10_000


@dataclass(frozen=True)
class Filters:
    """What the address of the list says. `view` is a tab; empty values do not filter."""

    view: str = "ready"
    q: str = ""
    kind: str = ""
    country: str = ""
    sku: str = ""
    late: bool = False
    noted: bool = False
    active: dict[str, str] = field(default_factory=dict)


def _in_view(view: str) -> list[Any]:
    return {
        "ready": [Order.state == "open", Order.fulfilment_state.in_(("unfulfilled", "part_fulfilled"))],
        "unpaid": [Order.state == "pending"],
        "sent": [Order.state == "done"],
        "cancelled": [Order.state == "cancelled"],
    }.get(view, [])


def _filtered(filters: Filters) -> Select[Any]:
    statement = select(Order).where(*_in_view(filters.view))
    if filters.q:
        statement = statement.where(
            Order.id.in_(select(text("id")).select_from(text("search_orders(:wanted)")).params(wanted=filters.q))
        )
    if filters.kind:
        statement = statement.where(_has_line(OrderLine.ships if filters.kind == "physical" else OrderLine.downloads))
    if filters.sku:
        statement = statement.where(_has_line(OrderLine.sku == filters.sku))
    if filters.country:
        statement = statement.where(Order.country == filters.country)
    if filters.late:
        statement = statement.where(Order.ship_by < db.now(), Order.state == "open")
    if filters.noted:
        statement = statement.where(
            exists().where(OrderNote.order_id == Order.id, OrderNote.workspace_id == Order.workspace_id)
        )
    return statement


def _has_line(condition: Any) -> Any:
    return exists().where(OrderLine.workspace_id == Order.workspace_id, OrderLine.order_id == Order.id, condition)


def list_orders(filters: Filters, after: tuple[datetime, UUID] | None = None, limit: int = 50) -> list[Order]:
    """Newest first, with lines and shop; keyset by (placed_at, id)."""
    statement = _filtered(filters)
    if after:
        statement = statement.where(tuple_(Order.placed_at, Order.id) < after)
    statement = statement.options(selectinload(Order.lines), joinedload(Order.shop))
    return list(db.session().scalars(statement.order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)).unique())


def counts() -> dict[str, int]:
    """How many orders each tab holds, counted up to 10,000 so that a big book stays quick."""
    found = {}
    for view in VIEWS:
        few = select(Order.id).where(*_in_view(view)).limit(FEW).subquery()
        found[view] = db.session().scalar(select(func.count()).select_from(few)) or 0
    return found


def export_rows(filters: Filters) -> Iterator[Order]:
    """Every order of the view, newest first, a few hundred at a time."""
    after: tuple[datetime, UUID] | None = None
    while rows := list_orders(filters, after, 500):
        yield from rows
        after = (rows[-1].placed_at, rows[-1].id)


def order_by_number(number: int) -> Order:
    """With lines, fulfilments and shop. Raises NotFound."""
    found = (
        db.session()
        .scalars(
            select(Order)
            .where(Order.number == number)
            .options(selectinload(Order.lines), selectinload(Order.fulfilments), joinedload(Order.shop))
        )
        .unique()
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def neighbours(order: Order) -> tuple[int | None, int | None]:
    """Numbers of the next newer and next older order."""
    here = tuple_(Order.placed_at, Order.id)
    newer = select(Order.number).where(here > (order.placed_at, order.id)).order_by(Order.placed_at, Order.id).limit(1)
    older = (
        select(Order.number)
        .where(here < (order.placed_at, order.id))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(1)
    )
    return db.session().scalar(newer), db.session().scalar(older)


def timeline(order: Order, kind: str = "") -> list[OrderEvent]:
    statement = select(OrderEvent).where(OrderEvent.order_id == order.id)
    if kind:
        statement = statement.where(OrderEvent.kind == kind)
    return list(db.session().scalars(statement.order_by(OrderEvent.id.desc()).limit(200)))


def history(order: Order) -> tuple[int, int]:
    """This buyer in this workspace: number of paid orders, and what they kept, in minor units of the order's currency."""
    row = (
        db.session()
        .execute(
            select(func.count(), func.coalesce(func.sum(Order.total_minor - Order.refunded_minor), 0)).where(
                or_(Order.buyer_id == order.buyer_id, Order.buyer_email == order.buyer_email),
                Order.paid_at.is_not(None),
                Order.currency == order.currency,
            )
        )
        .one()
    )
    return int(row[0]), int(row[1])


def groups_of(limit: int = 100) -> list[tuple[OrderGroup, list[Order]]]:
    """In a buyer's scope: their purchases, newest first, with orders, lines and shops."""
    groups = list(db.session().scalars(select(OrderGroup).order_by(OrderGroup.created_at.desc()).limit(limit)))
    by_group: dict[UUID, list[Order]] = {group.id: [] for group in groups}
    for order in _orders(Order.group_id.in_(by_group)):
        by_group[order.group_id].append(order)
    return [(group, by_group[group.id]) for group in groups]


def group_detail(group_id: UUID) -> tuple[OrderGroup, list[Order]]:
    """In a buyer's scope. Raises NotFound for somebody else's."""
    group = db.session().scalars(select(OrderGroup).where(OrderGroup.id == group_id)).one_or_none()
    if group is None:
        raise NotFound
    return group, _orders(Order.group_id == group_id)


def _orders(condition: Any) -> list[Order]:
    statement = (
        select(Order)
        .where(condition)
        .options(selectinload(Order.lines), selectinload(Order.fulfilments), joinedload(Order.shop))
    )
    return list(db.session().scalars(statement.order_by(Order.placed_at, Order.id)).unique())


def groups_by_email(email: str) -> list[OrderGroup]:
    """In system scope: every paid-for or pending purchase made with this address."""
    return list(
        db.session().scalars(
            select(OrderGroup)
            .where(func.lower(OrderGroup.email) == email.strip().lower())
            .order_by(OrderGroup.created_at.desc())
            .limit(50)
        )
    )
