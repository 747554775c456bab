"""The seller's list: tabs, filters, sorting, keyset pages, and what the filters can choose from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, exists, func, literal, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload, selectinload

from app.catalogue.models import Media, Variant
from app.core import db
from app.orders import ways
from app.orders.models import Order, OrderLine, OrderNote
from app.payments.models import Dispute

DUE = ("ready", "late", "today", "labelled")
"""Views of what still has to leave, sorted by when."""
VIEWS = ("ready", "late", "today", "labelled", "held", "unpaid", "disputed", "sent", "cancelled", "all")
PAYMENTS = ("paid", "processing", "part_refunded", "refunded", "disputed")
UNSENT = ("unfulfilled", "part_fulfilled")
NEVER, EVER = datetime(9999, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filters:
    """What the address of the list says. `view` is a tab; empty values do not filter. `since` and `until` are whole days in UTC.

    `sort` names a column of SORTS, with `-` before it for the largest first; empty is the view's own order.
    """

    view: str = "ready"
    q: str = ""
    kind: str = ""
    country: str = ""
    sku: str = ""
    late: bool = False
    noted: bool = False
    active: dict[str, str] = field(default_factory=dict)
    channel: str = ""
    tag: str = ""
    payment: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = ""

    @property
    def order(self) -> str:
        """The sorting in force: what must leave first where parcels wait, else the newest first."""
        return self.sort or ("ship_by" if self.view in DUE else "-placed")


SORTS: dict[str, ColumnElement[Any]] = {
    "placed": Order.placed_at,  # type: ignore[dict-item]
    "ship_by": func.coalesce(Order.ship_by, NEVER),
    "-ship_by": func.coalesce(Order.ship_by, EVER),
    "total": Order.total_minor,  # type: ignore[dict-item]
    "buyer": func.lower(Order.buyer_name),
}


def _column(order: str) -> ColumnElement[Any]:
    return SORTS.get(order, SORTS[order.removeprefix("-")])


def _in_view(view: str) -> list[Any]:
    waiting: list[Any] = [Order.state == "open", Order.fulfilment_state.in_(UNSENT)]
    views: dict[str, list[Any]] = {
        "ready": [*waiting, Order.held_at.is_(None), ~ways.doors.labelled()],
        "late": [*waiting, Order.held_at.is_(None), Order.ship_by < db.now()],
        "today": [*waiting, Order.held_at.is_(None), Order.ship_by >= db.now(), Order.ship_by < _tonight()],
        "labelled": [*waiting, Order.held_at.is_(None), ways.doors.labelled()],
        "held": [Order.held_at.is_not(None)],
        "unpaid": [Order.state == "pending"],
        "disputed": [Order.id.in_(select(Dispute.order_id).where(Dispute.closed_at.is_(None)))],
        "sent": [Order.state == "done"],
        "cancelled": [Order.state == "cancelled"],
    }
    return views.get(view, [])


def _conditions(filters: Filters) -> list[Any]:
    """Every filter that is on, as a condition on Order."""
    day = timedelta(days=1)
    wanted = {
        "q": lambda: Order.id.in_(
            select(text("id")).select_from(text("search_orders(:wanted)")).params(wanted=filters.q)
        ),
        "kind": lambda: _has_line(OrderLine.ships if filters.kind == "physical" else OrderLine.downloads),
        "sku": lambda: _has_line(or_(OrderLine.sku == filters.sku, OrderLine.title == filters.sku)),
        "country": lambda: Order.country == filters.country,
        "channel": lambda: Order.channel == filters.channel,
        "tag": lambda: literal(filters.tag) == any_(Order.tags),
        "payment": lambda: Order.payment_state == filters.payment,
        "since": lambda: Order.placed_at >= _midnight(filters.since),
        "until": lambda: Order.placed_at < _midnight(filters.until) + day,
        "late": lambda: (Order.ship_by < db.now()) & (Order.state == "open"),
        "noted": lambda: exists().where(OrderNote.order_id == Order.id, OrderNote.workspace_id == Order.workspace_id),
    }
    return [make() for name, make in wanted.items() if getattr(filters, name)]


def _midnight(day: date | None) -> datetime:
    return datetime.combine(day or date.min, time(), UTC)


def _tonight() -> datetime:
    """The end of the day in UTC."""
    return _midnight(db.now().date() + timedelta(days=1))


def _filtered(filters: Filters) -> Select[Any]:
    return select(Order).where(*_in_view(filters.view), *_conditions(filters))


def _has_line(condition: Any) -> Any:
    return exists().where(OrderLine.workspace_id == Order.workspace_id, OrderLine.order_id == Order.id, condition)


def position(order: Order, filters: Filters) -> tuple[Any, UUID]:
    """Where the list goes on after this order."""
    name = filters.order.removeprefix("-")
    nowhere = EVER if filters.order.startswith("-") else NEVER
    value = {
        "placed": order.placed_at,
        "ship_by": order.ship_by or nowhere,
        "total": order.total_minor,
        "buyer": order.buyer_name.lower(),
    }[name]
    return value, order.id


def _sorted(statement: Select[Any], order: str, *, backwards: bool = False) -> Select[Any]:
    column = _column(order)
    if order.startswith("-") != backwards:
        return statement.order_by(column.desc(), Order.id.desc())
    return statement.order_by(column, Order.id)


def _beyond(order: str, place: tuple[Any, UUID], *, backwards: bool = False) -> ColumnElement[bool]:
    here: Any = tuple_(_column(order), Order.id)
    return here < place if order.startswith("-") != backwards else here > place


def list_orders(filters: Filters, after: tuple[Any, UUID] | None = None, limit: int = 50) -> list[Order]:
    """In the filters' order, with lines and shop; `after` is the `position` of the last order already shown."""
    statement = _filtered(filters)
    if after:
        statement = statement.where(_beyond(filters.order, after))
    statement = statement.options(selectinload(Order.lines), joinedload(Order.shop))
    return list(db.session().scalars(_sorted(statement, filters.order).limit(limit)).unique())


def counts() -> dict[str, int]:
    """How many orders each tab holds, counted up to 10,000 so that a big book stays quick."""
    columns = [db.counted(select(Order.id).where(*_in_view(view))).label(view) for view in VIEWS]
    row = db.session().execute(select(*columns)).one()
    return {view: int(getattr(row, view)) for view in VIEWS}


def matching(filters: Filters) -> int:
    """How many orders fit, counted up to 10,000."""
    return int(
        db.session().scalar(select(db.counted(select(Order.id).where(*_in_view(filters.view), *_conditions(filters)))))
        or 0
    )


def export_rows(filters: Filters) -> Iterator[Order]:
    """Every order of the view in its order, a few hundred at a time."""
    after: tuple[Any, UUID] | None = None
    while rows := list_orders(filters, after, 500):
        yield from rows
        after = position(rows[-1], filters)


def chosen(numbers: Sequence[int]) -> list[Order]:
    """Orders by number, in the order given; those that do not exist here are left out."""
    statement = (
        select(Order)
        .where(Order.number.in_(numbers))
        .options(selectinload(Order.lines), selectinload(Order.fulfilments), joinedload(Order.shop))
    )
    found = {order.number: order for order in db.session().scalars(statement).unique()}
    return [found[number] for number in dict.fromkeys(numbers) if number in found]


def neighbours(order: Order, filters: Filters | None = None) -> tuple[int | None, int | None]:
    """Numbers of the orders before and after this one, in the list that the filters make."""
    filters = filters or Filters(view="all")
    place = position(order, filters)
    conditions = [*_in_view(filters.view), *_conditions(filters)]

    def one(backwards: bool) -> int | None:
        statement = select(Order.number).where(*conditions, _beyond(filters.order, place, backwards=backwards))
        return db.session().scalar(_sorted(statement, filters.order, backwards=backwards).limit(1))

    return one(True), one(False)


# --- what the filters can choose from
def countries() -> list[str]:
    """Codes of countries that orders go to."""
    return [code for code in _distinct("country") if code]


def channels() -> list[str]:
    """Channels that orders came from."""
    return _distinct("channel")


def _distinct(column: str) -> list[str]:
    """Each value once, jumping from one to the next in the index instead of reading every order."""
    statement = text(
        f"with recursive found(value) as (select min({column}) from orders union all"
        f" select (select min({column}) from orders where {column} > found.value) from found where found.value is not null)"
        " select value from found where value is not null limit 300"
    )
    return list(db.session().scalars(statement))


def tags(limit: int = 100) -> list[str]:
    """Tags in use, alphabetical."""
    used = (
        select(func.unnest(Order.tags).label("tag"))
        .where(text("orders.tags <> '{}'"))
        .limit(db.MOST_COUNTED)
        .subquery()
    )
    return list(db.session().scalars(select(used.c.tag).distinct().order_by(used.c.tag).limit(limit)))


def wares(limit: int = 200) -> list[str]:
    """SKUs to offer while typing."""
    statement = select(Variant.sku).where(Variant.archived_at.is_(None)).order_by(Variant.sku).limit(limit)
    return list(db.session().scalars(statement))


def pictures(orders: Sequence[Order]) -> dict[UUID, Media]:
    """The first finished picture of each product in these orders."""
    products = {line.product_id for order in orders for line in order.lines}
    statement = (
        select(Media)
        .where(Media.product_id.in_(products), Media.state == "ready")
        .ext(distinct_on(Media.product_id))
        .order_by(Media.product_id, Media.position, Media.id)
    )
    return {row.product_id: row for row in db.session().scalars(statement) if row.product_id} if products else {}
