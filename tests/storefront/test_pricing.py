"""Money adds up: parts to wholes, discounts to lines, whatever the numbers."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.models import DeliveryRate, Discount
from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.storefront import pricing
from app.storefront.pricing import Wanted

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])
LINES = st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 999), st.booleans()), min_size=1, max_size=12)
DISCOUNTS = st.one_of(
    st.tuples(st.just("percent"), st.integers(1, 10_000)), st.tuples(st.just("amount"), st.integers(1, 10**9))
)


def wanted(lines: Any, currency: str) -> list[Wanted]:
    return [Wanted(new_id(), new_id(), Money(unit, currency), quantity, ships) for unit, quantity, ships in lines]


def discount(kind: str, value: int, **fields: Any) -> Discount:
    return Discount(code="CODE", kind=kind, value=value, product_ids=[], min_total_minor=0, used_count=0, **fields)


@given(LINES, CURRENCIES, DISCOUNTS, st.integers(0, 10**6), st.integers(0, 10**4))
def test_a_total_is_the_sum_of_its_lines_less_discount_plus_delivery(
    lines: Any, currency: str, off: Any, price: int, per_item: int
) -> None:
    rate = DeliveryRate(name="Post", price_minor=price, per_item_minor=per_item, currency=currency)
    total = pricing.seller_total(wanted(lines, currency), currency, discount(*off), rate)
    assert sum(line.total.minor for line in total.lines) + total.delivery.minor == total.total.minor
    assert sum(line.discount.minor for line in total.lines) == total.discount.minor
    assert total.subtotal.minor == sum(unit * quantity for unit, quantity, _ in lines)


@given(LINES, CURRENCIES, DISCOUNTS)
def test_a_discount_never_makes_a_line_negative_nor_exceeds_its_promise(lines: Any, currency: str, off: Any) -> None:
    total = pricing.seller_total(wanted(lines, currency), currency, discount(*off))
    assert all(0 <= line.discount.minor <= line.wanted.subtotal.minor for line in total.lines)
    promise = total.subtotal.share(off[1]).minor if off[0] == "percent" else off[1]
    assert total.discount.minor == min(promise, total.subtotal.minor)


@given(LINES, CURRENCIES, DISCOUNTS, st.integers(0, 11))
def test_a_discount_for_some_products_leaves_the_others_alone(lines: Any, currency: str, off: Any, chosen: int) -> None:
    rows = wanted(lines, currency)
    code = discount(*off)
    code.product_ids = [rows[chosen % len(rows)].product_id]
    total = pricing.seller_total(rows, currency, code)
    for index, line in enumerate(total.lines):
        assert index == chosen % len(rows) or line.discount.minor == 0


@given(LINES, CURRENCIES)
def test_nothing_that_downloads_pays_delivery(lines: Any, currency: str) -> None:
    rate = DeliveryRate(name="Post", price_minor=500, per_item_minor=100, currency=currency)
    rows = wanted(lines, currency)
    total = pricing.seller_total(rows, currency, None, rate)
    units = sum(row.quantity for row in rows if row.ships)
    assert total.delivery.minor == (500 + 100 * (units - 1) if units else 0)


def test_free_delivery_looks_at_what_the_parcel_costs_after_the_discount() -> None:
    rate = DeliveryRate(name="Post", price_minor=500, per_item_minor=0, free_from_minor=5000, currency="USD")
    rows = wanted([(5000, 1, True), (9000, 1, False)], "USD")
    assert pricing.seller_total(rows, "USD", None, rate).delivery.minor == 0
    assert pricing.seller_total(rows, "USD", discount("percent", 1000), rate).delivery.minor == 500


def test_each_reason_against_a_code_has_its_own_words() -> None:
    rows, now = wanted([(1000, 2, True)], "USD"), db.now()

    def said(code: Discount | None) -> str:
        return pricing.refusal(code, rows, "Ann's shop", "USD", now)

    assert "no such code" in said(None)
    assert "starts on" in said(discount("percent", 100, starts_at=now + timedelta(days=1)))
    assert "ended on" in said(discount("percent", 100, ends_at=now))
    used_up = discount("percent", 100, max_uses=3)
    used_up.used_count = 3
    assert "used up" in said(used_up)
    elsewhere = discount("percent", 100)
    elsewhere.product_ids = [new_id()]
    assert "other things of Ann's shop" in said(elsewhere)
    more = discount("percent", 100)
    more.min_total_minor = 2500
    assert "$25.00 from Ann's shop: $5.00 more to go" in said(more)
    assert said(discount("percent", 100)) == ""
