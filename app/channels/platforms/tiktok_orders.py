"""TikTok Shop's orders in our words (TIKTOK.md §5). A line there is one unit, so units are put together by SKU."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.channels.channel_facts import Ref
from app.channels.order_facts import Amounts, Item, OrderFacts, OrderRef, PackageFacts, Recipient
from app.channels.platforms.tiktok_facts import PACKAGES, at, member, money
from app.core.wire import mapping, rows, text

STATES = {
    "UNPAID": "unpaid",
    "ON_HOLD": "on_hold",
    "AWAITING_SHIPMENT": "to_ship",
    "PARTIALLY_SHIPPING": "part_shipped",
    "AWAITING_COLLECTION": "awaiting_collection",
    "IN_TRANSIT": "in_transit",
    "DELIVERED": "delivered",
    "COMPLETED": "completed",
    "CANCELLED": "cancelled",
}
"""In the order of an order's life."""
SPELLINGS = {
    "CANCEL": "CANCELLED", "100": "UNPAID", "105": "ON_HOLD", "111": "AWAITING_SHIPMENT", "112": "AWAITING_COLLECTION",
    "114": "PARTIALLY_SHIPPING", "121": "IN_TRANSIT", "122": "DELIVERED", "130": "COMPLETED", "140": "CANCELLED",
}  # fmt: skip
"""Pushes say CANCEL where the API says CANCELLED; the numbers are of the API before 2023."""
RANKS = {word: rank for rank, word in enumerate(STATES)}
BACK = {("AWAITING_SHIPMENT", "ON_HOLD"), ("PARTIALLY_SHIPPING", "AWAITING_SHIPMENT")}
"""An order is put on hold again; its shipped part is taken back."""
WISHES = {"to_ship", "part_shipped", "awaiting_collection"}
"""Where a buyer's wish to cancel needs an answer: before, they cancel without asking; after, it is a return."""
FEES = (
    "retail_delivery_fee",
    "small_order_fee",
    "buyer_service_fee",
    "handling_fee",
    "item_insurance_fee",
    "shipping_insurance_fee",
)
CITIES, REGIONS = ("city", "town", "district", "municipality", "regency"), ("state", "province", "region", "prefecture")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def word(status: Any) -> str:
    """A status in the API's own spelling, whichever way it was written."""
    said = text(status)
    return SPELLINGS.get(said, said)


def follows(before: str, after: str) -> bool:
    """Forward by rank. A word nobody knows may stand anywhere: what is read last is true."""
    old, new = word(before), word(after)
    if old not in RANKS or new not in RANKS:
        return True
    return RANKS[new] >= RANKS[old] or (old, new) in BACK


def ref(found: Mapping[str, Any]) -> OrderRef:
    return OrderRef(text(found["id"]), at(found.get("update_time")), word(found.get("status")))


def wants_answer(found: Mapping[str, Any]) -> bool:
    """Whether a buyer waits for the seller's yes or no."""
    return found.get("is_buyer_request_cancel") is True and STATES.get(word(found.get("status"))) in WISHES


def order(found: Mapping[str, Any], cancellation: Mapping[str, Any] | None = None) -> OrderFacts:
    """One order; `cancellation` is its newest row of the cancellations search, where one was asked for."""
    status, payment, ended = word(found.get("status")), mapping(found.get("payment")), cancellation or {}
    state = "cancel_requested" if wants_answer(found) else STATES.get(status, "unknown")
    units = rows(found.get("line_items"))
    currency = text(payment.get("currency")).upper() or text(units[0].get("currency") if units else "").upper()
    restock = ended.get("should_replenish_stock")
    created = at(found.get("create_time")) or BEGINNING
    return OrderFacts(
        id=text(found["id"]),
        number=text(found["id"]),
        status=status,
        state=state,
        currency=currency,
        amounts=amounts(payment, currency),
        items=items(units, currency, over=state == "cancelled"),
        created_at=created,
        updated_at=at(found.get("update_time")) or created,
        paid_at=at(found.get("paid_time")),
        ship_by=at(found.get("rts_sla_time")) or at(found.get("shipping_due_time")),
        recipient=recipient(mapping(found.get("recipient_address"))),
        buyer_id=text(found.get("user_id")),
        buyer_name=text(found.get("buyer_nickname")),
        buyer_email=text(found.get("buyer_email")),
        note=text(found.get("buyer_message")),
        platform_ships=text(found.get("shipping_type")) == "TIKTOK",
        platform_sends=text(found.get("fulfillment_type")) not in ("", "FULFILLMENT_BY_SELLER"),
        cash_on_delivery=found.get("is_cod") is True,
        sample=found.get("is_sample_order") is True,
        packages=packages(found, units),
        cancel_id=text(ended.get("cancel_id")),
        cancel_reason=text(found.get("cancel_reason")) or text(ended.get("cancel_reason_text")),
        cancel_by=(text(found.get("cancellation_initiator")) or text(ended.get("role"))).lower(),
        restock=restock if isinstance(restock, bool) else None,
        raw=found,
    )


def amounts(payment: Mapping[str, Any], currency: str) -> Amounts:
    """`subtotal` is before both discounts and `delivery` after its own, so that the parts lead to TikTok's total."""

    def part(*names: str) -> int:
        return sum(money(payment.get(name), currency) for name in names)

    sellers, platforms = part("seller_discount"), part("platform_discount")
    before = payment.get("original_total_product_price")
    return Amounts(
        subtotal=money(before, currency) if text(before) else part("sub_total") + sellers + platforms,
        seller_discount=sellers,
        platform_discount=platforms,
        delivery=part("shipping_fee"),
        tax=part("tax") if text(payment.get("tax")) else part("product_tax", "shipping_fee_tax"),
        other=part(*FEES),
        total=part("total_amount"),
    )


def items(units: Sequence[Mapping[str, Any]], currency: str, *, over: bool = False) -> list[Item]:
    """One item per SKU; units that are a gift stay apart, because their price is not the others'. `over`: all cancelled."""
    groups: dict[tuple[str, str, bool], list[Mapping[str, Any]]] = {}
    for unit in units:
        key = (text(unit.get("product_id")), text(unit.get("sku_id")), unit.get("is_gift") is True)
        groups.setdefault(key, []).append(unit)
    return [_item(Ref(product, sku), group, currency, over) for (product, sku, _), group in groups.items()]


def _item(ref: Ref, units: Sequence[Mapping[str, Any]], currency: str, over: bool) -> Item:
    first = units[0]

    def total(name: str) -> int:
        return sum(money(unit.get(name), currency) for unit in units)

    return Item(
        ids=[text(unit.get("id")) for unit in units],
        ref=ref,
        title=text(first.get("product_name")),
        sku=text(first.get("seller_sku")),
        variant_title=text(first.get("sku_name")),
        quantity=len(units),
        cancelled=len(units) if over else sum(_cancelled(unit) for unit in units),
        unit_minor=money(first.get("original_price") or first.get("sale_price"), currency),
        seller_discount_minor=total("seller_discount"),
        platform_discount_minor=total("platform_discount"),
        total_minor=sum(_paid(unit, currency) for unit in units),
        members=[member(one) for one in rows(first.get("combined_listing_skus"))],
        gift=first.get("is_gift") is True,
        packages=_distinct(text(unit.get("package_id")) for unit in units),
    )


def _cancelled(unit: Mapping[str, Any]) -> bool:
    return "CANCELLED" in (word(unit.get("display_status")), word(unit.get("package_status")))


def _paid(unit: Mapping[str, Any], currency: str) -> int:
    """The list price less both discounts: the documents do not say which of them `sale_price` leaves out (TRAPS.md E34)."""
    if not text(unit.get("original_price")):
        return money(unit.get("sale_price"), currency)
    off = money(unit.get("seller_discount"), currency) + money(unit.get("platform_discount"), currency)
    return money(unit.get("original_price"), currency) - off


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, words)))


def packages(found: Mapping[str, Any], units: Sequence[Mapping[str, Any]]) -> list[PackageFacts]:
    """What the order and its lines say about its parcels; who shares a combined one stands on the parcel's own page."""
    named = [text(one.get("id")) for one in rows(found.get("packages"))]
    ids = _distinct([*named, *(text(unit.get("package_id")) for unit in units)])
    return [_package(one, found, [unit for unit in units if text(unit.get("package_id")) == one]) for one in ids]


def _package(package_id: str, found: Mapping[str, Any], units: Sequence[Mapping[str, Any]]) -> PackageFacts:
    first = units[0] if units else {}
    said = text(first.get("package_status"))
    return PackageFacts(
        id=package_id,
        state=PACKAGES.get(said, "unknown"),
        status=said,
        tracking_number=text(first.get("tracking_number")),
        carrier=text(first.get("shipping_provider_name")),
        items=[text(unit.get("id")) for unit in units],
        orders=[text(found["id"])],
    )


def recipient(found: Mapping[str, Any]) -> Recipient:
    """The lines of the street, else what TikTok wrote of it in one piece. `masked`: there are asterisks in it."""
    street = [line for line in (text(found.get(f"address_line{place}")) for place in (1, 2, 3, 4)) if line]
    street = street or [
        line for line in (text(found.get("address_detail")) or text(found.get("full_address")),) if line
    ]
    name = text(found.get("name")) or f"{text(found.get('first_name'))} {text(found.get('last_name'))}".strip()
    place = {
        text(one.get("address_level_name")).lower(): text(one.get("address_name"))
        for one in rows(found.get("district_info"))
    }
    told = [name, *street, text(found.get("full_address")), text(found.get("phone_number"))]
    return Recipient(
        name=name,
        line1=street[0] if street else "",
        line2=", ".join(street[1:]),
        city=_named(place, CITIES) or text(found.get("post_town")),
        region=_named(place, REGIONS),
        postcode=text(found.get("postal_code")),
        country=text(found.get("region_code")).upper(),
        phone=text(found.get("phone_number")),
        masked=any("*" in one for one in told),
    )


def _named(place: Mapping[str, str], names: Sequence[str]) -> str:
    return next((place[name] for name in names if place.get(name)), "")
