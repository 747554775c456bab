"""What was earned today."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from app.core import db
from app.core.money import Money
from app.orders.models import Order
from app.payments.models import LedgerEntry, LedgerTransaction

RESULTS = ("sales", "delivery_income", "discounts", "commission", "provider_fees", "refunds", "disputes", "label_costs")


@dataclass(frozen=True)
class Takings:
    """Paid orders of one currency since midnight UTC, and up to the same time of day a week ago.

    `profit` is what today's postings leave: sales and delivery less discounts, fees, refunds, disputes and postage.
    """

    revenue: Money
    orders: int
    before: Money
    orders_before: int
    profit: Money

    @property
    def change(self) -> int | None:
        """Percent against last week; None when there was nothing then."""
        if not self.before.minor:
            return None
        return round((self.revenue.minor - self.before.minor) * 100 / self.before.minor)


def takings(now: datetime | None = None) -> list[Takings]:
    """One per currency that sold today or this day last week, the largest first."""
    moment = now or db.now()
    midnight, week = datetime.combine(moment.date(), time(), db.UTC), timedelta(days=7)
    today, before = _paid(midnight, moment), _paid(midnight - week, moment - week)
    left = _profit(midnight, moment)
    found = [_takings(currency, today, before, left) for currency in {*today, *before, *left}]
    return sorted(found, key=lambda item: (-item.revenue.minor, item.revenue.currency))


def _takings(
    currency: str, today: dict[str, tuple[int, int]], before: dict[str, tuple[int, int]], left: dict[str, int]
) -> Takings:
    (minor, orders), (minor_before, orders_before) = today.get(currency, (0, 0)), before.get(currency, (0, 0))
    profit = Money(left.get(currency, 0), currency)
    return Takings(Money(minor, currency), orders, Money(minor_before, currency), orders_before, profit)


def _profit(since: datetime, until: datetime) -> dict[str, int]:
    """Currency → minor units. Income is booked as credits, which are negative."""
    rows = db.session().execute(
        select(LedgerEntry.currency, func.sum(LedgerEntry.amount_minor))
        .join(
            LedgerTransaction,
            (LedgerTransaction.workspace_id == LedgerEntry.workspace_id)
            & (LedgerTransaction.id == LedgerEntry.transaction_id),
        )
        .where(LedgerEntry.account.in_(RESULTS), LedgerTransaction.at >= since, LedgerTransaction.at <= until)
        .group_by(LedgerEntry.currency)
    )
    return {currency: -int(minor) for currency, minor in rows}


def days(count: int = 14, now: datetime | None = None) -> dict[str, list[int]]:
    """Currency → paid minor units of each of the last days in UTC, today last; for a small curve."""
    today = (now or db.now()).date()
    day = func.date(func.timezone("UTC", Order.paid_at))
    rows = db.session().execute(
        select(Order.currency, day, func.sum(Order.total_minor))
        .where(Order.paid_at >= datetime.combine(today - timedelta(days=count - 1), time(), db.UTC))
        .group_by(Order.currency, day)
    )
    found: dict[str, list[int]] = {}
    for currency, on, minor in rows:
        place = count - 1 - (today - on).days
        if 0 <= place < count:
            found.setdefault(currency, [0] * count)[place] = int(minor)
    return found


def _paid(since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    rows = db.session().execute(
        select(Order.currency, func.sum(Order.total_minor), func.count())
        .where(Order.paid_at >= since, Order.paid_at <= until)
        .group_by(Order.currency)
    )
    return {currency: (int(minor), orders) for currency, minor, orders in rows}
