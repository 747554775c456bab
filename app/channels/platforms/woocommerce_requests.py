"""What WooCommerce is asked for: parcels by meta and note, refunds with every flag said."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from app.channels.order_facts import CancelLine, Item, OrderFacts, Sent
from app.channels.platforms import woocommerce_facts as facts
from app.channels.platforms.woocommerce_site import NAME
from app.core.errors import ProviderError
from app.core.wire import major, mark, rows, text

REASONS = {
    "out_of_stock": "Out of stock",
    "buyer_asked": "Cancelled at the customer's request",
    "undeliverable": "Cannot be delivered",
    "price_error": "Wrong price",
}
BY_HAND = ("", "bacs", "cheque", "cod")
"""Ways to pay whose money no gateway can send back."""


# --- parcels
def tracking(found: Mapping[str, Any], sent: Sent, at: datetime) -> list[dict[str, Any]]:
    """The list of parcels with this one in it, in the form that shipment plugins read."""
    known = [dict(one) for one in rows(facts.meta(found, facts.TRACKING))]
    if not sent.tracking_number or any(text(one.get("tracking_number")) == sent.tracking_number for one in known):
        return known
    new: dict[str, Any] = {
        "tracking_provider": "",
        "custom_tracking_provider": sent.carrier,
        "custom_tracking_link": sent.tracking_url,
        "tracking_number": sent.tracking_number,
        "tracking_product_code": "",
        "date_shipped": str(int(at.timestamp())),
        "tracking_id": mark(text(found.get("id")), sent.tracking_number)[:32],
    }
    if sent.items:
        new[facts.LINES] = list(sent.items)
    return [*known, new]


def parcel_change(
    order: OrderFacts, found: Mapping[str, Any], parcels: list[dict[str, Any]], sent: Sent
) -> dict[str, Any]:
    """What has to change in the order; nothing when it was told before."""
    change: dict[str, Any] = {}
    if parcels != rows(facts.meta(found, facts.TRACKING)):
        change["meta_data"] = [{"key": facts.TRACKING, "value": parcels}]
    if order.status != "completed" and all_sent(order, parcels, sent):
        change["status"] = "completed"
    return change


def all_sent(order: OrderFacts, parcels: Sequence[Mapping[str, Any]], sent: Sent) -> bool:
    """Whether nothing is left once these parcels are on their way."""
    if not sent.items or any(not facts.lines_in(one) for one in parcels):
        return True
    inside = {line for one in parcels for line in facts.lines_in(one)} | set(sent.items)
    return all(set(item.ids) <= inside for item in order.items if item.active)


def note(sent: Sent) -> str:
    """What the buyer reads."""
    by = f" with {sent.carrier}" if sent.carrier else ""
    where = f" Follow it here: {sent.tracking_url}" if sent.tracking_url else ""
    return f"Your parcel is on its way{by}. Tracking number: {sent.tracking_number}.{where}"


# --- refunds
def refund(found: Mapping[str, Any], order: OrderFacts, lines: Sequence[CancelLine], reason: str) -> dict[str, Any]:
    """Of these units. Raises ProviderError (permanent) when there are not as many left: asked twice it says no."""
    said, total = [], 0
    for line in lines:
        one, goods, taxes = _share(found, order, line)
        said.append(one)
        total += goods + taxes
    return _refund(found, total, reason, said, order.currency)


def refund_all(found: Mapping[str, Any], order: OrderFacts, reason: str) -> dict[str, Any]:
    """All that is left to give back, delivery included; every unit that is still there goes back into stock."""
    lines = [CancelLine(item.ref, left(item), item.ids) for item in order.items if left(item)]
    body = refund(found, order, lines, reason)
    body["amount"] = major(order.amounts.total - order.amounts.refunded, order.currency)
    return body


def _refund(
    found: Mapping[str, Any], total: int, reason: str, lines: list[dict[str, Any]], currency: str
) -> dict[str, Any]:
    return {
        "amount": major(total, currency),
        "reason": REASONS.get(reason, reason),
        "line_items": lines,
        "api_refund": by_gateway(found),
        "api_restock": True,
    }


def by_gateway(found: Mapping[str, Any]) -> bool:
    """Whether money came through a gateway that can send it back."""
    return bool(found.get("date_paid_gmt")) and text(found.get("payment_method")) not in BY_HAND


def _share(found: Mapping[str, Any], order: OrderFacts, line: CancelLine) -> tuple[dict[str, Any], int, int]:
    """One line of a refund, and what it gives back for goods and for taxes, in minor units."""
    item = _item(order, line)
    raw = next(one for one in rows(found.get("line_items")) if text(one.get("id")) in item.ids)
    before = item.quantity - left(item)

    def share(value: Any) -> int:
        """Of a line's amount: what falls on these units, so that all parts together are the whole."""
        whole = facts.amount(value, order.currency)
        return _part(whole, before + line.quantity, item.quantity) - _part(whole, before, item.quantity)

    goods = share(raw.get("total"))
    taxes = {int(one["id"]): share(one.get("total")) for one in rows(raw.get("taxes")) if text(one.get("id")).isdigit()}
    said = {
        "id": int(item.ids[0]),
        "quantity": line.quantity,
        "refund_total": major(goods, order.currency),
        "refund_tax": [{"id": rate, "refund_total": major(tax, order.currency)} for rate, tax in taxes.items()],
    }
    return said, goods, sum(taxes.values())


def left(item: Item) -> int:
    """Units that no refund has taken."""
    return item.active - item.returned


def _item(order: OrderFacts, line: CancelLine) -> Item:
    named = [one for one in order.items if set(one.ids) & set(line.ids)]
    fits = named or [one for one in order.items if one.ref == line.ref and left(one) >= line.quantity]
    there = left(fits[0]) if fits else 0
    if not 0 < line.quantity <= there:
        words = f"has {there} of these left in the order, not {line.quantity}. Nothing was cancelled"
        raise ProviderError(NAME, words, permanent=True, remote_code="too_many")
    return fits[0]


def _part(whole: int, units: int, of: int) -> int:
    return int((Decimal(whole) * units / of).quantize(Decimal(1), ROUND_HALF_EVEN))
