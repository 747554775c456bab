"""One order: its timeline, the team's notes, and what its buyer did before."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.core import db
from app.core.errors import NotFound
from app.orders.models import Order, OrderEvent, OrderNote


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


def timeline(order: Order, kind: str = "") -> list[OrderEvent]:
    """Newest first; notes are told apart by `kind` and looked up in `notes`."""
    statement = select(OrderEvent).where(OrderEvent.order_id == order.id)
    if kind == "people":
        statement = statement.where(OrderEvent.actor_kind.in_(("person", "buyer")))
    elif kind:
        statement = statement.where(OrderEvent.kind == kind)
    return list(db.session().scalars(statement.order_by(OrderEvent.id.desc()).limit(200)))


@dataclass(frozen=True)
class Note:
    """A note as the timeline shows it; `mine` may be changed by the reader."""

    row: OrderNote
    mine: bool


def notes(order: Order, reader: UUID | None) -> dict[str, Note]:
    """The order's notes by id, as text."""
    rows = db.session().scalars(select(OrderNote).where(OrderNote.order_id == order.id).order_by(OrderNote.id))
    return {str(row.id): Note(row, row.author_id == reader) for row in rows}


def history(order: Order) -> tuple[int, int]:
    """This buyer in this workspace: number of paid orders, and what they kept, in minor units of the order's currency."""
    row = (
        db.session()
        .execute(
            select(func.count(), func.coalesce(func.sum(Order.total_minor - Order.refunded_minor), 0)).where(
                or_(
                    Order.buyer_id == order.buyer_id,
                    and_(Order.buyer_email == order.buyer_email, Order.buyer_email != ""),
                ),
                Order.paid_at.is_not(None),
                Order.currency == order.currency,
            )
        )
        .one()
    )
    return int(row[0]), int(row[1])
