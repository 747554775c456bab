"""What sellers see of deliveries: who fetched what, how often, and who asked for more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, cast, exists, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from app.access.models import Grant
from app.core import db
from app.downloads.models import Download
from app.downloads.queries.library import Shelf, in_library, loaded, log_of, shelved
from app.orders.models import Order, OrderEvent


@dataclass(frozen=True)
class Delivery:
    """For the seller: a grant of an order, its files, who fetched them, and when the buyer asked for more."""

    shelf: Shelf
    log: list[Download]
    asked_at: datetime | None

    @property
    def names(self) -> dict[UUID, str]:
        return {file.id: file.name for file in self.shelf.grant.product.files}

    @property
    def stopped(self) -> bool:
        """By the seller's own decision."""
        return "seller" in self.shelf.grant.stops


def of_order(order_id: UUID) -> list[Delivery]:
    """In the seller's scope."""
    shelves = shelved(_grants([order_id]))
    asked = _asked([order_id])
    return [Delivery(one, log_of(one.grant, 50), asked.get(str(one.grant.id))) for one in shelves]


def of_orders(order_ids: Sequence[UUID]) -> list[Delivery]:
    """In the seller's scope: all purchases with files in these orders, each with its newest request alone. Five statements."""
    shelves = shelved(_grants(order_ids))
    asked, newest = _asked(order_ids), _newest([one.grant.id for one in shelves])
    return [Delivery(one, newest.get(one.grant.id, []), asked.get(str(one.grant.id))) for one in shelves]


def _grants(order_ids: Sequence[UUID]) -> list[Grant]:
    wanted = select(Grant).where(Grant.order_id.in_(order_ids), in_library()).options(*loaded())
    return list(db.session().scalars(wanted.order_by(Grant.id)).unique())


def _newest(grants: Sequence[UUID]) -> dict[UUID, list[Download]]:
    sent = select(Download).where(Download.grant_id.in_(grants), Download.bytes_sent > 0)
    newest = sent.order_by(Download.grant_id, Download.id.desc()).ext(distinct_on(Download.grant_id))
    return {row.grant_id: [row] for row in db.session().scalars(newest)}


def _asked(order_ids: Sequence[UUID]) -> dict[str, datetime]:
    """When the buyer asked for more downloads, by grant, unless they were given since."""
    rows = db.session().scalars(
        select(OrderEvent)
        .where(OrderEvent.order_id.in_(order_ids), OrderEvent.kind == "access")
        .order_by(OrderEvent.id)
    )
    found: dict[str, datetime] = {}
    for row in rows:
        if row.data.get("asked"):
            found[row.data["asked"]] = row.created_at
        if row.data.get("reset"):
            found.pop(row.data["reset"], None)
    return found


def asked_at(grant: Grant) -> datetime | None:
    """In the seller's scope: when the buyer last asked for more, unless they were given since."""
    return _asked([grant.order_id]).get(str(grant.id))


def waits_for_more(shelf: Shelf) -> datetime | None:
    """In the buyer's scope: when they asked for what is used up now, while the seller has not answered."""
    if not any(item.left == 0 for item in shelf.items):
        return None
    with db.workspace(shelf.grant.workspace_id):
        return asked_at(shelf.grant)


def open_requests() -> list[tuple[int, datetime]]:
    """In the seller's scope: (order number, when), the oldest first, of orders whose buyer waits for more downloads."""
    asked = OrderEvent.data["asked"].astext
    given = aliased(OrderEvent)
    answered = exists().where(
        given.workspace_id == OrderEvent.workspace_id,
        given.order_id == OrderEvent.order_id,
        given.id > OrderEvent.id,
        given.data["reset"].astext == asked,
    )
    statement = (
        select(Order.number, func.min(OrderEvent.created_at))
        .join(OrderEvent, (OrderEvent.workspace_id == Order.workspace_id) & (OrderEvent.order_id == Order.id))
        .join(Grant, (Grant.workspace_id == Order.workspace_id) & (Grant.order_id == Order.id))
        .where(
            text("order_events.data ->> 'asked' is not null"),
            asked == cast(Grant.id, String),
            Grant.revoked_at.is_(None),
            ~answered,
        )
        .group_by(Order.number)
    )
    rows = db.session().execute(statement.order_by(func.min(OrderEvent.created_at))).all()
    return [(number, at) for number, at in rows]


def shortened(ip: str) -> str:
    """Enough of an address to tell places apart, too little to find a person: a.b.c.x, or the first three groups of IPv6."""
    if ":" in ip:
        return ":".join(ip.split(":")[:3]) + "::…"
    return ".".join([*ip.split(".")[:3], "x"]) if ip.count(".") == 3 else ip


def order_address(order_id: UUID, slug: str) -> str:
    """Where the seller sees this order. Raises NotFound."""
    return f"/w/{slug}/orders/{db.get(Order, order_id).number}"
