"""Today's facts, all read from rows: what waits for somebody, what was earned, what is still to be set up."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from app.catalogue.models import File, Product, Shop, Variant
from app.core import db
from app.core.money import Money
from app.core.permissions import Permission
from app.core.permissions import Permission as P
from app.inventory.models import StockLevel
from app.orders.models import Order
from app.payments.models import Dispute, Refund, SellerAccount, Transfer
from app.workspaces.models import Invitation, Member

LOW_STOCK = 3
WAITS_FOR_SELLER = ("warning_needs_response", "needs_response")
STRIPE_ASKS = "Stripe asks who you are and where your money goes."
WHAT_IT_NEEDS = "With a file to download, or stock to ship."
FIRST_SALE = "Share your shop's address. Orders appear here by themselves."
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
    cards = [_disputes(), _late(), _to_ship(), _failed_money(), *_account(), _low_stock()]
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


def _waiting() -> tuple[ColumnElement[bool], ...]:
    return Order.state == "open", Order.fulfilment_state.in_(UNSHIPPED)


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


def _to_ship() -> Need:
    count, oldest = _one(
        select(func.count(), func.min(Order.placed_at)).where(
            *_waiting(), or_(Order.ship_by.is_(None), Order.ship_by >= db.now())
        )
    )
    return Need(
        "order to ship",
        "orders to ship",
        count,
        "Open",
        "/orders?view=ready",
        "package",
        "info",
        oldest,
        "oldest was placed",
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


@dataclass(frozen=True)
class Takings:
    """Paid orders of one currency since midnight UTC, and up to the same time of day a week ago."""

    revenue: Money
    orders: int
    before: Money
    orders_before: int

    @property
    def change(self) -> int | None:
        """Percent against last week; None when there was nothing then."""
        if not self.before.minor:
            return None
        return round((self.revenue.minor - self.before.minor) * 100 / self.before.minor)


def takings(now: datetime | None = None) -> list[Takings]:
    """One per currency that sold today or this day last week, the largest first."""
    moment = now or db.now()
    today = _paid(datetime.combine(moment.date(), time(), db.UTC), moment)
    week = timedelta(days=7)
    before = _paid(datetime.combine(moment.date(), time(), db.UTC) - week, moment - week)
    found = [_takings(currency, today, before) for currency in {*today, *before}]
    return sorted(found, key=lambda item: (-item.revenue.minor, item.revenue.currency))


def _takings(currency: str, today: dict[str, tuple[int, int]], before: dict[str, tuple[int, int]]) -> Takings:
    (minor, orders), (minor_before, orders_before) = today.get(currency, (0, 0)), before.get(currency, (0, 0))
    return Takings(Money(minor, currency), orders, Money(minor_before, currency), orders_before)


def _paid(since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    rows = db.session().execute(
        select(Order.currency, func.sum(Order.total_minor), func.count())
        .where(Order.paid_at >= since, Order.paid_at <= until)
        .group_by(Order.currency)
    )
    return {currency: (int(minor), orders) for currency, minor, orders in rows}


def recent_orders(limit: int = 8) -> list[Order]:
    """The newest orders that were paid or are being paid."""
    return list(
        db.session().scalars(
            select(Order).where(Order.state != "pending").order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
        )
    )


@dataclass(frozen=True)
class Step:
    """One step of the set-up. `done` comes from rows, never from a click; `may` is the permission it takes."""

    title: str
    text: str
    minutes: int
    path: str
    action: str
    may: Permission
    done: bool


def steps() -> list[Step]:
    """The way from an empty workspace to the first sale."""
    shop, paid = _any(Shop.state == "open"), _any(SellerAccount.state == "enabled")
    sold = _any(Order.paid_at.is_not(None))
    return [
        Step(
            "Open a shop", "A name, an address and a colour.", 3, "/shops", "Make a shop", P.CATALOGUE_SHOP_WRITE, shop
        ),
        Step("Get paid", STRIPE_ASKS, 6, "/payouts", "Set up payouts", P.PAYMENTS_ACCOUNT_WRITE, paid),
        Step("List a product", WHAT_IT_NEEDS, 5, "/products/new", "Add", P.CATALOGUE_PRODUCT_WRITE, _deliverable()),
        Step("Make the first sale", FIRST_SALE, 0, "/orders", "See orders", P.ORDERS_ORDER_READ, sold),
        Step(
            "Invite somebody",
            "To help, or just to look.",
            1,
            "/members",
            "Invite",
            P.WORKSPACES_MEMBER_WRITE,
            _company(),
        ),
    ]


def _any(*rules: ColumnElement[bool]) -> bool:
    return bool(db.session().scalar(select(exists().where(*rules))))


def _deliverable() -> bool:
    """A listed product that can be delivered: it has a file, or stock."""
    file = exists().where(
        File.workspace_id == Product.workspace_id, File.product_id == Product.id, File.removed_at.is_(None)
    )
    stock = exists().where(
        Variant.workspace_id == Product.workspace_id,
        Variant.product_id == Product.id,
        StockLevel.workspace_id == Variant.workspace_id,
        StockLevel.variant_id == Variant.id,
        StockLevel.on_hand > 0,
    )
    return _any(Product.state == "listed", or_(file, stock))


def _company() -> bool:
    people = db.session().scalar(select(func.count()).select_from(Member).where(Member.removed_at.is_(None))) or 0
    return people > 1 or _any(Invitation.revoked_at.is_(None))
