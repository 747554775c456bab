"""What waits for somebody."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.catalogue.models import Product, Variant
from app.core import db
from app.downloads import queries as downloads
from app.forum.queries import moderation
from app.inventory.models import StockLevel
from app.orders.models import Order
from app.payments.models import Dispute, Refund, SellerAccount, Transfer
from app.reviews import queries as reviews
from app.shipping import queries as shipping

LOW_STOCK = 3
WAITS_FOR_SELLER = ("warning_needs_response", "needs_response")
UNSHIPPED = ("unfulfilled", "part_fulfilled")


@dataclass(frozen=True)
class Need:
    """One card: how many of what (`one`, or `many` of them), since when the oldest waits, and where to act.

    `tone` is bad, warn or info.
    """

    one: str
    many: str
    count: int
    action: str
    path: str
    icon: str
    tone: str
    oldest: datetime | None = None
    note: str = ""

    @property
    def title(self) -> str:
        return self.one if self.count == 1 else self.many


def needs() -> list[Need]:
    """What waits for somebody, the most urgent first."""
    cards = [
        _disputes(),
        _late(),
        *_to_ship(),
        *_parcels(),
        _held(),
        _failed_money(),
        *_account(),
        _reviews(),
        *_asked_downloads(),
        _forum(),
        _low_stock(),
    ]
    return [card for card in cards if card is not None and card.count]


def _one(statement: Select[*tuple[Any, ...]]) -> tuple[int, datetime | None]:
    count, oldest = db.session().execute(statement).one()
    return count, oldest


def _disputes() -> Need:
    count, oldest = _one(
        select(func.count(), func.min(Dispute.evidence_due_at)).where(Dispute.status.in_(WAITS_FOR_SELLER))
    )
    return Need(
        "dispute needs an answer",
        "disputes need an answer",
        count,
        "Answer",
        "/orders?view=disputed",
        "flag",
        "bad",
        oldest,
        "first one is due",
    )


def _reviews() -> Need:
    count, oldest = reviews.unhappy()
    return Need(
        "unhappy review has no answer",
        "unhappy reviews have no answer",
        count,
        "Answer",
        "/reviews?view=unanswered",
        "star",
        "info",
        oldest,
        "the first came",
    )


def _waiting() -> tuple[ColumnElement[bool], ...]:
    return Order.state == "open", Order.fulfilment_state.in_(UNSHIPPED), Order.held_at.is_(None)


def _late() -> Need:
    count, oldest = _one(select(func.count(), func.min(Order.ship_by)).where(*_waiting(), Order.ship_by < db.now()))
    return Need(
        "order is late",
        "orders are late",
        count,
        "Ship",
        "/orders?view=late",
        "triangle-alert",
        "bad",
        oldest,
        "first was due",
    )


def _to_ship() -> list[Need]:
    """Those that have to leave before midnight (UTC), and the others."""
    now = db.now()
    tonight = datetime.combine(now.date(), time(), db.UTC) + timedelta(days=1)
    today, first = _one(
        select(func.count(), func.min(Order.ship_by)).where(
            *_waiting(), ~shipping.labelled(), Order.ship_by >= now, Order.ship_by < tonight
        )
    )
    rest, oldest = _one(
        select(func.count(), func.min(Order.placed_at)).where(
            *_waiting(), ~shipping.labelled(), or_(Order.ship_by.is_(None), Order.ship_by >= tonight)
        )
    )
    packed, first_packed = _one(
        select(func.count(), func.min(Order.ship_by)).where(
            *_waiting(), shipping.labelled(), or_(Order.ship_by.is_(None), Order.ship_by >= now)
        )
    )
    ready = "/orders?view=ready"
    handed = "order with its label waits for the carrier", "orders with their labels wait for the carrier"
    one, many, due = "order has to leave today", "orders have to leave today", "first is due"
    return [
        Need(one, many, today, "Ship", "/orders?view=today", "clock", "warn", first, due),
        Need("order to ship", "orders to ship", rest, "Open", ready, "package", "info", oldest, "oldest was placed"),
        Need(*handed, packed, "Open", "/orders?view=labelled", "tag", "info", first_packed, due),
    ]


def _parcels() -> list[Need]:
    """What waits on the pages about parcels, labels and returns."""
    labels, parcels, returns = shipping.failed_labels(), shipping.raised_parcels(), shipping.asked_returns()
    worry = "parcel is late or lost", "parcels are late or lost"
    return [
        Need(
            "label failed",
            "labels failed",
            labels.count,
            "Look",
            "/shipping?view=failed",
            "tag",
            "bad",
            labels.oldest,
            "first",
        ),
        Need(*worry, parcels.count, "Look", "/shipping?view=raised", "truck", "bad", parcels.oldest, "first was sent"),
        Need(
            "return waits for your answer",
            "returns wait for your answer",
            returns.count,
            "Answer",
            "/shipping/returns",
            "undo-2",
            "warn",
            returns.oldest,
            "first was asked for",
        ),
    ]


def _held() -> Need:
    count, oldest = _one(select(func.count(), func.min(Order.held_at)).where(Order.held_at.is_not(None)))
    return Need(
        "order is on hold",
        "orders are on hold",
        count,
        "Look",
        "/orders?view=held",
        "pause",
        "warn",
        oldest,
        "first since",
    )


def _failed_money() -> Need:
    transfers, since = _one(
        select(func.count(), func.min(Transfer.created_at)).where(Transfer.state.in_(("failed", "held")))
    )
    refunds, before = _one(select(func.count(), func.min(Refund.created_at)).where(Refund.state == "failed"))
    dates = [moment for moment in (since, before) if moment]
    oldest = min(dates, default=None)
    one, many = "payment to you or refund is stuck", "payments to you or refunds are stuck"
    return Need(one, many, transfers + refunds, "Look", "/payouts", "circle-alert", "bad", oldest, "since")


def _account() -> list[Need]:
    """The payout account only waits for somebody once it was begun; before, it is a step of the set-up."""
    account = db.session().scalars(select(SellerAccount)).one_or_none()
    if account is None or account.state == "enabled" or account.stripe_account_id is None:
        return []
    tone = "bad" if account.state in ("restricted", "deauthorised") else "warn"
    return [Need("answer Stripe needs before it pays you out", "", 1, "Answer", "/payouts", "landmark", tone)]


def _forum() -> Need:
    count, oldest = moderation.waiting()
    one, many = "post waits for your decision", "posts wait for your decision"
    return Need(one, many, count, "Decide", "/forum/queue", "flag", "warn", oldest, "first since")


def _asked_downloads() -> list[Need]:
    """It leads to the order that waits longest; answering takes it off."""
    asked = downloads.open_requests()
    if not asked:
        return []
    number, oldest = asked[0]
    one, many = "buyer asks for more downloads", "buyers ask for more downloads"
    path = f"/orders/{number}#order-downloads"
    return [Need(one, many, len(asked), "Answer", path, "file-down", "warn", oldest, "first asked")]


def _low_stock() -> Need:
    levels = (
        select(StockLevel.variant_id)
        .join(Variant, (Variant.workspace_id == StockLevel.workspace_id) & (Variant.id == StockLevel.variant_id))
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .where(Product.state == "listed", Variant.tracked, Variant.archived_at.is_(None))
        .group_by(StockLevel.variant_id)
        .having(func.sum(StockLevel.on_hand - StockLevel.reserved) <= LOW_STOCK)
    ).subquery()
    count = db.session().scalar(select(func.count()).select_from(levels)) or 0
    return Need(
        "thing is nearly sold out",
        "things are nearly sold out",
        count,
        "Restock",
        "/inventory?view=low",
        "package-open",
        "warn",
        None,
        f"{LOW_STOCK} or fewer left",
    )


def recent_orders(limit: int = 8) -> list[Order]:
    """The newest orders that were paid or are being paid."""
    return list(
        db.session().scalars(
            select(Order).where(Order.state != "pending").order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
        )
    )
