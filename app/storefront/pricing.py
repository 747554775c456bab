"""What things cost: the one function that cart, checkout and order placing ask. Amounts in minor units of the shop's currency.

A discount is rounded once and split over its lines by largest remainder, so the lines always add up to the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.catalogue.models import DeliveryRate, Discount
from app.catalogue.queries import delivery_price
from app.core.money import Money, total


@dataclass(frozen=True)
class Wanted:
    """`quantity` units of a variant at `unit` each."""

    variant_id: UUID
    product_id: UUID
    unit: Money
    quantity: int
    ships: bool

    @property
    def subtotal(self) -> Money:
        return self.unit * self.quantity


@dataclass(frozen=True)
class PricedLine:
    """`discount` is the line's share; `total` is what the buyer pays for the line."""

    wanted: Wanted
    discount: Money

    @property
    def total(self) -> Money:
        return self.wanted.subtotal - self.discount


@dataclass(frozen=True)
class SellerTotal:
    """One seller's part of a cart: subtotal − discount + delivery = total, always. A code may make delivery free."""

    lines: tuple[PricedLine, ...]
    subtotal: Money
    discount: Money
    delivery: Money
    free_delivery: bool = False

    @property
    def total(self) -> Money:
        return self.subtotal - self.discount + self.delivery

    @property
    def parcel_units(self) -> int:
        return parcel_units([line.wanted for line in self.lines])

    @property
    def parcel_value(self) -> Money:
        return total([line.total for line in self.lines if line.wanted.ships], self.subtotal.currency)


def seller_total(
    wanted: Sequence[Wanted], currency: str, discount: Discount | None = None, rate: DeliveryRate | None = None
) -> SellerTotal:
    """Price one seller's lines. `discount` is one that `refusal` has nothing against; `rate` is None when nothing ships."""
    lines = tuple(_discounted(wanted, currency, discount))
    goods = SellerTotal(
        lines,
        total([line.wanted.subtotal for line in lines], currency),
        total([line.discount for line in lines], currency),
        Money.zero(currency),
        discount is not None and discount.kind == "delivery",
    )
    if rate is None or not goods.parcel_units:
        return goods
    return replace(goods, delivery=delivery_cost(rate, goods))


def delivery_cost(rate: DeliveryRate, goods: SellerTotal) -> Money:
    """Free-delivery thresholds look at what the shipped goods cost after the discount."""
    if goods.free_delivery:
        return Money.zero(goods.subtotal.currency)
    return delivery_price(rate, goods.parcel_units, goods.parcel_value)


def parcel_units(wanted: Sequence[Wanted]) -> int:
    return sum(line.quantity for line in wanted if line.ships)


def _discounted(wanted: Sequence[Wanted], currency: str, discount: Discount | None) -> list[PricedLine]:
    weights = [line.subtotal.minor if discount and applies(discount, line) else 0 for line in wanted]
    off = _amount_off(discount, Money(sum(weights), currency)) if discount else Money.zero(currency)
    shares = off.split(weights) if off else [Money.zero(currency)] * len(wanted)
    return [PricedLine(line, share) for line, share in zip(wanted, shares, strict=True)]


def _amount_off(discount: Discount, eligible: Money) -> Money:
    if discount.kind == "delivery":
        return Money.zero(eligible.currency)
    wished = eligible.share(discount.value) if discount.kind == "percent" else Money(discount.value, eligible.currency)
    return min(wished, eligible)


def applies(discount: Discount, line: Wanted) -> bool:
    return not discount.product_ids or line.product_id in discount.product_ids


def refusal(discount: Discount | None, wanted: Sequence[Wanted], shop: str, currency: str, now: datetime) -> str:
    """Why a code takes nothing off these lines, in words; empty when it does. The last use is counted when ordering."""
    if discount is None:
        return f"{shop} has no such code. Check the spelling."
    if discount.starts_at and discount.starts_at > now:
        return f"This code starts on {discount.starts_at:%-d %B %Y}."
    if discount.ends_at and discount.ends_at <= now:
        return f"This code ended on {discount.ends_at:%-d %B %Y}."
    if discount.max_uses is not None and discount.used_count >= discount.max_uses:
        return "This code has been used up."
    if not any(applies(discount, line) for line in wanted):
        return f"This code is for other things of {shop}; none of them is in your cart."
    if discount.kind == "delivery" and not any(line.ships for line in wanted):
        return "This code makes delivery free, and nothing here is sent by post."
    missing = Money(discount.min_total_minor, currency) - total([line.subtotal for line in wanted], currency)
    if missing.minor > 0:
        return f"This code needs {Money(discount.min_total_minor, currency)} from {shop}: {missing} more to go."
    return ""
