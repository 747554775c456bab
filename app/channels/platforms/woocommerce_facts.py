"""WooCommerce's orders in our words (reference: WOOCOMMERCE.md §2-3): moments from *_gmt, money by the currency's exponent."""

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from app.channels.channel_facts import Ref
from app.channels.order_facts import Amounts, Item, OrderFacts, OrderRef, PackageFacts, Recipient
from app.core.wire import decimal, mapping, minor, moment, rows, text

STATES = {
    "pending": "unpaid",
    "on-hold": "unpaid",
    "failed": "unpaid",
    "processing": "to_ship",
    "completed": "completed",
    "cancelled": "cancelled",
    "refunded": "cancelled",
    "trash": "cancelled",
}
"""`on-hold` waits for money by hand, unless it is paid: then the shop holds it. `failed` waits for another try to pay: neither
is ours to cancel. Plugins add words of their own."""
RANKS = {
    "checkout-draft": 0,
    "pending": 1,
    "failed": 1,
    "on-hold": 2,
    "processing": 3,
    "completed": 4,
    "refunded": 5,
    "cancelled": 5,
    "trash": 6,
}
BACK = {
    ("on-hold", "pending"), ("on-hold", "failed"), ("processing", "on-hold"), ("processing", "failed"),
    ("refunded", "processing"), ("refunded", "completed"), ("cancelled", "pending"), ("cancelled", "on-hold"), ("cancelled", "processing"),
    ("cancelled", "completed"), ("cancelled", "failed"),
}  # fmt: skip
"""What a chargeback, a late payment or second thoughts turn back. What was sent stays sent. Out of the trash comes anything."""
TRACKING = "_wc_shipment_tracking_items"
"""Where the shipment plugins (Shipment Tracking, AST) keep parcels: a list of objects."""
LINES = "guildhall_lines"
"""Our own member in such a parcel: the lines in it; absent means all."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


# --- plain values
def amount(value: Any, currency: str) -> int:
    """Minor units; "" and null are nothing."""
    return minor(decimal(value), currency) if text(value) else 0


def whole(value: Any) -> int:
    """Units; plugins sell by weight, and a part of a unit is never more than there is."""
    return int(decimal(value).to_integral_value(ROUND_FLOOR)) if text(value) else 0


def words(value: Any) -> str:
    """Names come with HTML entities."""
    return html.unescape(text(value)).strip()


def meta(found: Mapping[str, Any], key: str) -> Any:
    """The value under a key of `meta_data`, or None."""
    return next((one.get("value") for one in rows(found.get("meta_data")) if one.get("key") == key), None)


def variant(value: Any) -> str:
    """ "" for the 0 that stands for «no variation»."""
    return "" if text(value) in ("", "0") else text(value)


# --- orders
def reference(found: Mapping[str, Any]) -> OrderRef:
    return OrderRef(text(found["id"]), moment(found.get("date_modified_gmt")), text(found.get("status")))


def follows(before: str, after: str) -> bool:
    if before not in RANKS or after not in RANKS or before == "trash":
        return True
    return RANKS[after] >= RANKS[before] or (before, after) in BACK


def order(found: Mapping[str, Any], refunds: Sequence[Mapping[str, Any]] = ()) -> OrderFacts:
    """`refunds` are those of the order in full: the order itself says what they cost, not which units they are about."""
    currency = text(found.get("currency")).upper()
    updated = moment(found.get("date_modified_gmt")) or moment(found.get("date_created_gmt")) or BEGINNING
    billing, status = mapping(found.get("billing")), text(found.get("status"))
    items = [item(line, currency, refunds, shipped_at(found)) for line in rows(found.get("line_items"))]
    packages = parcels(found)
    return OrderFacts(
        id=text(found["id"]),
        number=text(found.get("number")) or text(found["id"]),
        status=status,
        state=state(found, bool(packages)),
        currency=currency,
        amounts=amounts(found, currency),
        items=items,
        created_at=moment(found.get("date_created_gmt")) or updated,
        updated_at=updated,
        paid_at=moment(found.get("date_paid_gmt")),
        recipient=recipient(found),
        buyer_id=variant(found.get("customer_id")),
        buyer_name=person(billing),
        buyer_email=text(billing.get("email")),
        note=text(found.get("customer_note")),
        cash_on_delivery=text(found.get("payment_method")) == "cod",
        packages=packages,
        restock=True if status == "cancelled" else None,
        raw=found,
    )


def state(found: Mapping[str, Any], some_sent: bool = False) -> str:
    """A full refund after the parcel left is a return of money, not an order that never happened."""
    status = text(found.get("status"))
    if status == "refunded" and shipped_at(found):
        return "completed"
    if status == "on-hold" and found.get("date_paid_gmt"):
        return "on_hold"
    if status == "processing" and some_sent:
        return "part_shipped"
    return STATES.get(status, "unknown")


def shipped_at(found: Mapping[str, Any]) -> datetime | None:
    return moment(found.get("date_completed_gmt"))


def amounts(found: Mapping[str, Any], currency: str) -> Amounts:
    lines = rows(found.get("line_items"))
    refunds = rows(found.get("refunds"))
    return Amounts(
        subtotal=sum(amount(line.get("subtotal"), currency) for line in lines),
        seller_discount=amount(found.get("discount_total"), currency),
        delivery=amount(found.get("shipping_total"), currency),
        tax=amount(found.get("total_tax"), currency),
        other=sum(amount(line.get("total"), currency) for line in rows(found.get("fee_lines"))),
        total=amount(found.get("total"), currency),
        refunded=sum(abs(amount(one.get("total"), currency)) for one in refunds),
    )


def item(
    line: Mapping[str, Any], currency: str, refunds: Sequence[Mapping[str, Any]], shipped: datetime | None
) -> Item:
    quantity = whole(line.get("quantity"))
    subtotal, total = amount(line.get("subtotal"), currency), amount(line.get("total"), currency)
    cancelled, returned = taken(line, refunds, shipped)
    return Item(
        ids=(text(line.get("id")),),
        ref=Ref(text(line.get("product_id")), variant(line.get("variation_id"))),
        title=words(line.get("parent_name")) or words(line.get("name")),
        sku=text(line.get("sku")),
        variant_title=chosen(line),
        quantity=quantity,
        cancelled=min(cancelled, quantity),
        returned=min(returned, quantity),
        unit_minor=int((Decimal(subtotal) / quantity).to_integral_value()) if quantity else subtotal,
        seller_discount_minor=max(subtotal - total, 0),
        total_minor=total,
    )


def chosen(line: Mapping[str, Any]) -> str:
    """What was chosen of a variable product: "black / M Test". Keys with an underscore are for machines."""
    if not variant(line.get("variation_id")):
        return ""
    shown = [one for one in rows(line.get("meta_data")) if not text(one.get("key")).startswith("_")]
    values = (one.get("display_value", one.get("value")) for one in shown)
    return " / ".join(words(one) for one in values if isinstance(one, str) and one)


def taken(line: Mapping[str, Any], refunds: Iterable[Mapping[str, Any]], shipped: datetime | None) -> tuple[int, int]:
    """Units that refunds took off a line: before the parcel left they are cancelled, afterwards returned."""
    cancelled = returned = 0
    for refund in refunds:
        units = sum(abs(whole(one.get("quantity"))) for one in rows(refund.get("line_items")) if of_line(one, line))
        at = moment(refund.get("date_created_gmt"))
        if shipped and (at is None or at > shipped):
            returned += units
        else:
            cancelled += units
    return cancelled, returned


def of_line(one: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    """A refund's line has an id of its own and names the refunded one in its meta; old shops name the product alone."""
    named = meta(one, "_refunded_item_id")
    if named is not None:
        return text(named) == text(line.get("id"))
    same = (text(one.get("product_id")), variant(one.get("variation_id")))
    return same == (text(line.get("product_id")), variant(line.get("variation_id")))


# --- people and parcels
def person(address: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (words(address.get("first_name")), words(address.get("last_name")))))


def recipient(found: Mapping[str, Any]) -> Recipient:
    """Where it goes; shops that ask for one address only leave the second empty."""
    billing, shipping = mapping(found.get("billing")), mapping(found.get("shipping"))
    place = shipping if text(shipping.get("address_1")) else billing
    return Recipient(
        name=", ".join(filter(None, (person(place), words(place.get("company"))))),
        line1=words(place.get("address_1")),
        line2=words(place.get("address_2")),
        city=words(place.get("city")),
        region=text(place.get("state")),
        postcode=text(place.get("postcode")),
        country=text(place.get("country")),
        phone=text(place.get("phone")) or text(billing.get("phone")),
    )


def parcels(found: Mapping[str, Any]) -> list[PackageFacts]:
    """Parcels that a shipment plugin or we have written; the core of WooCommerce knows none."""
    return [
        PackageFacts(
            id=text(one.get("tracking_id")) or text(one.get("tracking_number")),
            state="in_transit",
            tracking_number=text(one.get("tracking_number")),
            carrier=words(one.get("tracking_provider")) or words(one.get("custom_tracking_provider")),
            items=lines_in(one),
            orders=(text(found["id"]),),
        )
        for one in rows(meta(found, TRACKING))
        if text(one.get("tracking_number"))
    ]


def lines_in(parcel: Mapping[str, Any]) -> tuple[str, ...]:
    named = parcel.get(LINES)
    return tuple(text(one) for one in named) if isinstance(named, list) else ()
