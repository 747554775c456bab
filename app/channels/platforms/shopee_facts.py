"""Shopee's shops, orders and parcels in our words. Amounts are JSON numbers in main units, read as Decimal (SHOPEE.md §5)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.channels.channel_facts import ShopFacts, Warehouse
from app.channels.order_facts import Amounts, Item, OrderFacts, PackageFacts, Recipient, Scan
from app.channels.platforms import shopee_states as states
from app.channels.platforms.shopee_words import CURRENCIES, at, cents, line_id, ref, said, whole
from app.core.wire import mapping, rows

Found = Mapping[str, Any]
OPTIONAL = (
    "buyer_user_id,buyer_username,estimated_shipping_fee,recipient_address,actual_shipping_fee,item_list,pay_time,cancel_by,"
    "cancel_reason,buyer_cancel_reason,package_list,shipping_carrier,payment_method,total_amount,fulfillment_flag,note,"
    "invoice_data,split_up,pickup_done_time"
)
"""Without these an order comes with hardly more than its number."""
OWN_FLEET = "own fleet"
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


# --- the shop
def shop(found: Found, shop_id: str) -> ShopFacts:
    region = said(found.get("region")).upper()
    return ShopFacts(
        shop_id, said(found.get("shop_name")) or f"Shopee shop {shop_id}", region, CURRENCIES.get(region, "")
    )


def warehouses(listed: Sequence[Found]) -> list[Warehouse]:
    """One per stock location; several addresses may share one. The first is the default, since Shopee names none."""
    known: dict[str, Warehouse] = {}
    for one in listed:
        place, name = said(one.get("location_id")), said(one.get("warehouse_name"))
        sells = not whole(one.get("holiday_mode_state")) and whole(one.get("warehouse_type"), 1) == 1
        known.setdefault(place, Warehouse(place, name or place, default=not known, sells=sells))
    return list(known.values())


# --- orders
def order(found: Found, income: Found | None = None) -> OrderFacts:
    """`income` is the order's part of the escrow detail, read only where the lines alone do not tell prices."""
    status, currency = said(found.get("order_status")), said(found.get("currency"))
    items = _items(found, currency, mapping(income))
    parcels = [package(one, said(found.get("order_sn"))) for one in rows(found.get("package_list"))]
    created = at(found.get("create_time")) or NO_TIME
    number = said(found.get("order_sn"))
    return OrderFacts(
        id=number,
        number=number,
        status=status,
        state=states.order(status, [one.state for one in parcels]),
        currency=currency,
        amounts=_amounts(found, items, currency),
        items=[replace(one, packages=_carrying(one, parcels)) for one in items],
        created_at=created,
        updated_at=at(found.get("update_time")) or created,
        paid_at=at(found.get("pay_time")),
        ship_by=at(found.get("ship_by_date")),
        recipient=recipient(mapping(found.get("recipient_address"))),
        buyer_id=said(found.get("buyer_user_id")),
        buyer_name=said(found.get("buyer_username")),
        note=said(found.get("message_to_seller")),
        platform_ships=OWN_FLEET not in said(found.get("shipping_carrier")).casefold(),
        cash_on_delivery=found.get("cod") is True,
        packages=parcels,
        cancel_id=number if status == "IN_CANCEL" else "",
        cancel_reason=said(found.get("buyer_cancel_reason")) or said(found.get("cancel_reason")),
        cancel_by=said(found.get("cancel_by")).casefold(),
        raw=found,
    )


def numbered(found: Found, parcels: Mapping[str, Found]) -> Found:
    """The order with what the parcels' own details add: their tracking numbers."""
    listed = [
        {**one, **_number(parcels.get(said(one.get("package_number")), {}))} for one in rows(found.get("package_list"))
    ]
    return {**found, "package_list": listed}


def _number(parcel: Found) -> Found:
    return {"tracking_number": parcel.get("tracking_number")} if parcel else {}


def arranged(found: Found) -> list[str]:
    """Numbers of the parcels that may have a tracking number by now."""
    waiting = ("to_ship", "cancelled", "unknown")
    parcels = (package(one, "") for one in rows(found.get("package_list")))
    return [one.id for one in parcels if one.id and one.state not in waiting]


def needs_income(found: Found) -> bool:
    """Whether a line of a bundle deal says 0 for its price: only the escrow detail knows it then (TRAPS.md E34)."""
    currency = said(found.get("currency"))
    return any(
        not cents(one.get("model_discounted_price"), currency) and cents(one.get("model_original_price"), currency)
        for one in rows(found.get("item_list"))
        if said(one.get("promotion_type")) == "bundle_deal"
    )


def _items(found: Found, currency: str, income: Found) -> list[Item]:
    """One per SKU and promotion; rows of the same line are added up."""
    cancelled = said(found.get("order_status")) == "CANCELLED"
    known: dict[str, Item] = {}
    for row in rows(found.get("item_list")):
        one = _item(row, currency, _income_of(row, income), cancelled)
        before = known.get(one.ids[0])
        known[one.ids[0]] = _added(before, one) if before else one
    return list(known.values())


def _item(row: Found, currency: str, income: Found, all_cancelled: bool) -> Item:
    """`model_discounted_price` is for one. The escrow's amounts are for all of a line, and tell who gave the discount."""
    bought = whole(row.get("model_quantity_purchased"))
    unit = cents(row.get("model_original_price"), currency)
    total = cents(row.get("model_discounted_price"), currency, bought)
    seller, platform = max(unit * bought - total, 0), 0
    if income:
        total = cents(income.get("discounted_price"), currency)
        platform = cents(income.get("shopee_discount"), currency)
        seller = max(unit * bought - total - platform, 0)
    return Item(
        ids=[line_id(row)],
        ref=ref(row.get("item_id"), row.get("model_id")),
        title=said(row.get("item_name")),
        sku=said(row.get("model_sku")) or said(row.get("item_sku")),
        variant_title=said(row.get("model_name")),
        quantity=bought,
        cancelled=bought if all_cancelled else _cancelled(row, bought),
        returned=min(whole(row.get("returned_qty")), bought),
        unit_minor=unit,
        seller_discount_minor=seller,
        platform_discount_minor=platform,
        total_minor=total,
    )


def _cancelled(row: Found, bought: int) -> int:
    """As counted since May 2026; before that, what is neither active nor returned, and without any count nothing."""
    if row.get("cancelled_qty") is not None:
        return min(whole(row["cancelled_qty"]), bought)
    if row.get("active_qty") is None:
        return 0
    pending = sum(whole(row.get(name)) for name in ("cancel_requested_qty", "return_requested_qty", "returned_qty"))
    return max(bought - whole(row["active_qty"]) - pending, 0)


def _income_of(row: Found, income: Found) -> Found:
    """The escrow's row of a line: by `line_item_id` where there is one, else by item and model."""
    listed = rows(income.get("items"))
    by_line = [one for one in listed if said(row.get("line_item_id")) and _same(one, row, ("line_item_id",))]
    by_model = [one for one in listed if _same(one, row, ("item_id", "model_id"))]
    return next(iter([*by_line, *by_model]), {})


def _same(one: Found, row: Found, names: Sequence[str]) -> bool:
    return all(said(one.get(name)) == said(row.get(name)) for name in names)


def _added(before: Item, more: Item) -> Item:
    return replace(
        before,
        quantity=before.quantity + more.quantity,
        cancelled=before.cancelled + more.cancelled,
        returned=before.returned + more.returned,
        seller_discount_minor=before.seller_discount_minor + more.seller_discount_minor,
        platform_discount_minor=before.platform_discount_minor + more.platform_discount_minor,
        total_minor=before.total_minor + more.total_minor,
    )


def _amounts(found: Found, items: Sequence[Item], currency: str) -> Amounts:
    """`total` is Shopee's own. `other` is what vouchers, coins and subsidies changed without being named in an order.

    Before payment Shopee says no total, so the lines and the delivery stand for it.
    """
    subtotal = sum(one.unit_minor * one.quantity for one in items)
    seller = sum(one.seller_discount_minor for one in items)
    platform = sum(one.platform_discount_minor for one in items)
    delivery = cents(found.get("estimated_shipping_fee"), currency)
    known = subtotal - seller - platform + delivery
    total = known if found.get("total_amount") is None else cents(found["total_amount"], currency)
    return Amounts(subtotal, seller, platform, delivery, other=total - known, total=total)


def recipient(found: Found) -> Recipient:
    """Masked per market and kind of seller; `full_address` holds street and all."""
    values = {name: said(value) for name, value in found.items() if isinstance(value, str)}
    smaller = [values.get("town", ""), values.get("district", "")]
    return Recipient(
        name=values.get("name", ""),
        line1=_street(values),
        line2=", ".join(filter(None, smaller)),
        city=values.get("city", ""),
        region=values.get("state", ""),
        postcode=values.get("zipcode", ""),
        country=values.get("region", ""),
        phone=values.get("phone", ""),
        masked=any("*" in value for value in values.values()),
    )


def _street(values: Mapping[str, str]) -> str:
    """`full_address` without the parts that stand on their own beside it, as long as something is left."""
    apart = {value.casefold() for name, value in values.items() if name not in ("full_address", "name", "phone")}
    whole_text = values.get("full_address", "")
    street = [part.strip() for part in whole_text.split(",") if part.strip().casefold() not in apart]
    return ", ".join(filter(None, street)) or whole_text


def package(found: Found, order_id: str) -> PackageFacts:
    status = said(found.get("logistics_status")) or said(found.get("fulfillment_status"))
    return PackageFacts(
        id=said(found.get("package_number")),
        state=states.package(status),
        status=status,
        tracking_number=said(found.get("tracking_number")),
        carrier=said(found.get("shipping_carrier")),
        items=[line_id(one) for one in rows(found.get("item_list"))],
        orders=[said(found.get("order_sn")) or order_id],
    )


def _carrying(item: Item, parcels: Sequence[PackageFacts]) -> list[str]:
    return [one.id for one in parcels if not one.items or item.ids[0] in one.items]


def scan(found: Found) -> Scan | None:
    """A scan without a moment says nothing about the order of things and is left out."""
    moment = at(found.get("update_time"))
    return Scan(moment, said(found.get("description")), said(found.get("logistics_status"))) if moment else None
