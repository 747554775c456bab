"""TikTok Shop's answers in our words: access, the shop, listings, parcels, returns. Orders: tiktok_orders; pushes: tiktok_pushes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.channels.channel_facts import ListingFacts, Member, Ref, ShopFacts, Tokens, Warehouse
from app.channels.order_facts import CancelLine, Handover, PackageFacts, ReturnFacts, Scan
from app.core.wire import decimal, mapping, minor, rows, text

CURRENCIES = {
    "US": "USD", "GB": "GBP", "ID": "IDR", "VN": "VND", "TH": "THB", "MY": "MYR", "PH": "PHP", "SG": "SGD", "JP": "JPY",
    "MX": "MXN", "BR": "BRL", "DE": "EUR", "FR": "EUR", "IT": "EUR", "ES": "EUR", "IE": "EUR",
}  # fmt: skip
"""What a shop sells in, by its region: TikTok says it on prices and orders only."""
LISTINGS = {
    "ACTIVATE": "active",
    "DRAFT": "pending",
    "PENDING": "pending",
    "FAILED": "refused",
    "FREEZE": "refused",
    "SELLER_DEACTIVATED": "inactive",
    "PLATFORM_DEACTIVATED": "inactive",
    "DELETED": "gone",
}
PACKAGES = {
    "TO_FULFILL": "to_ship",
    "PROCESSING": "arranged",
    "FULFILLING": "in_transit",
    "COMPLETED": "delivered",
    "CANCELLED": "cancelled",
    "CANCEL": "cancelled",
}
RETURNS = {
    "RETURN_OR_REFUND_REQUEST_PENDING": "asked",
    "REFUND_OR_RETURN_REQUEST_REJECT": "refused",
    "AWAITING_BUYER_SHIP": "accepted",
    "BUYER_SHIPPED_ITEM": "on_the_way",
    "REJECT_RECEIVE_PACKAGE": "disputed",
    "RETURN_OR_REFUND_REQUEST_SUCCESS": "accepted",
    "RETURN_OR_REFUND_REQUEST_CANCEL": "cancelled",
    "RETURN_OR_REFUND_REQUEST_COMPLETE": "refunded",
    "REPLACEMENT_REQUEST_PENDING": "asked",
    "REPLACEMENT_REQUEST_REJECT": "refused",
    "REPLACEMENT_REQUEST_REFUND_SUCCESS": "refunded",
    "REPLACEMENT_REQUEST_CANCEL": "cancelled",
    "REPLACEMENT_REQUEST_COMPLETE": "accepted",
    "AWAITING_BUYER_RESPONSE": "accepted",
    "EXCHANGE_REQUEST_PENDING": "asked",
    "EXCHANGE_REQUEST_REJECT": "refused",
    "EXCHANGE_REQUEST_REFUND_SUCCESS": "refunded",
    "EXCHANGE_REQUEST_CANCEL": "cancelled",
    "EXCHANGE_REQUEST_COMPLETE": "accepted",
}


def at(seconds: Any) -> datetime | None:
    """Unix seconds, as a number or as text; 0 and words are None."""
    try:
        value = int(str(seconds))
        return datetime.fromtimestamp(value, UTC) if value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def money(amount: Any, currency: str) -> int:
    """Minor units of a decimal string; nothing is 0. Raises ValueError for words."""
    return minor(decimal(amount), currency) if text(amount) else 0


def texts(value: Any) -> list[str]:
    """The words of a list; what is none has no words."""
    return [text(one) for one in value] if isinstance(value, list) else []


def whole(value: Any) -> int:
    """A count; what is none is 0."""
    return int(decimal(value)) if text(value) else 0


# --- access and the shop
def tokens(found: Mapping[str, Any], owner: str = "") -> Tokens:
    """`*_expire_in` are moments, not durations; the consent ends with the refresh token."""
    ends = at(found.get("refresh_token_expire_in"))
    return Tokens(
        owner=owner or text(found["open_id"]),
        access=text(found["access_token"]),
        refresh=text(found["refresh_token"]),
        until=at(found.get("access_token_expire_in")),
        refresh_until=ends,
        ends=ends,
        scopes=texts(found.get("granted_scopes")),
    )


def shop(found: Mapping[str, Any]) -> ShopFacts:
    region = text(found.get("region")).upper()
    return ShopFacts(
        id=text(found["id"]),
        name=text(found.get("name")),
        region=region,
        currency=CURRENCIES.get(region, ""),
        secret=text(found.get("cipher")),
    )


def warehouse(found: Mapping[str, Any]) -> Warehouse:
    """Returns go to warehouses of their own, which sell nothing."""
    kind, state = text(found.get("type")), text(found.get("effect_status"))
    return Warehouse(
        id=text(found["id"]),
        name=text(found.get("name")),
        default=found.get("is_default") is True,
        sells=kind in ("", "SALES_WAREHOUSE") and state in ("", "ENABLED", "RESTRICTED"),
    )


# --- listings
def listings(product: Mapping[str, Any], stocks: Mapping[str, Mapping[str, Any]]) -> list[ListingFacts]:
    """One per SKU of a product as it is searched or read; `stocks` is SKU id → its row of the inventory search."""
    return [_listing(product, sku, stocks.get(text(sku["id"]), {})) for sku in rows(product.get("skus"))]


def _listing(product: Mapping[str, Any], sku: Mapping[str, Any], counted: Mapping[str, Any]) -> ListingFacts:
    price = mapping(sku.get("price"))
    currency = text(price.get("currency")).upper()
    amount = text(price.get("sale_price")) or text(price.get("tax_exclusive_price"))
    stock = per_warehouse(counted) or _listed(sku)
    return ListingFacts(
        ref=Ref(text(product["id"]), text(sku["id"])),
        title=text(product.get("title")),
        sku=text(sku.get("seller_sku")),
        variant_title=_options(sku),
        state=_state(product, sku),
        quantity=sum(stock.values()) if stock else None,
        stock=stock,
        committed=whole(counted.get("total_committed_quantity")),
        price_minor=money(amount, currency) if amount else None,
        currency=currency,
        picture=_picture(product, sku),
        members=[member(one) for one in rows(sku.get("combined_skus"))],
        updated_at=at(product.get("update_time")),
        raw={"status": product.get("status"), "sku": sku},
    )


def per_warehouse(counted: Mapping[str, Any]) -> dict[str, int]:
    """What may be sold in each warehouse; what open orders hold is not part of it."""
    return {
        text(one.get("warehouse_id")): whole(one.get("available_quantity"))
        for one in rows(counted.get("warehouse_inventory"))
    }


def _listed(sku: Mapping[str, Any]) -> dict[str, int]:
    return {text(one.get("warehouse_id")): whole(one.get("quantity")) for one in rows(sku.get("inventory"))}


def member(found: Mapping[str, Any]) -> Member:
    ref = Ref(text(found.get("product_id")), text(found.get("sku_id")))
    return Member(ref, max(whole(found.get("sku_count")), 1), text(found.get("seller_sku")))


def _options(sku: Mapping[str, Any]) -> str:
    return " / ".join(filter(None, (text(one.get("value_name")) for one in rows(sku.get("sales_attributes")))))


def _state(product: Mapping[str, Any], sku: Mapping[str, Any]) -> str:
    """A status nobody knows counts as active: its stock is told on, and TikTok itself says no where it must not be."""
    found = LISTINGS.get(text(product.get("status")), "active")
    off = text(mapping(sku.get("status_info")).get("status")) == "DEACTIVATED"
    return "inactive" if off and found == "active" else found


def _picture(product: Mapping[str, Any], sku: Mapping[str, Any]) -> str:
    own = [mapping(one.get("sku_img")) for one in rows(sku.get("sales_attributes"))]
    for image in [*own, *rows(product.get("main_images"))]:
        for url in texts(image.get("thumb_urls")) + texts(image.get("urls")):
            return url
    return ""


def stocks(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """SKU id → its row, from an inventory search."""
    return {text(sku.get("id")): sku for product in rows(data.get("inventory")) for sku in rows(product.get("skus"))}


# --- parcels
def package(found: Mapping[str, Any]) -> PackageFacts:
    """From a package's own page."""
    said = text(found.get("package_status"))
    return PackageFacts(
        id=text(found.get("package_id")) or text(found.get("id")),
        state=PACKAGES.get(said, "unknown"),
        status=said,
        tracking_number=text(found.get("tracking_number")),
        carrier=text(found.get("shipping_provider_name")),
        items=texts(found.get("order_line_item_ids")),
        orders=[text(one.get("id")) for one in rows(found.get("orders"))],
    )


def handovers(found: Mapping[str, Any]) -> list[Handover]:
    """Ways to hand a parcel over. The documents spell the slot's key `avaliable`; the right spelling is read as well."""
    ways = [_pickup(one) for one in rows(found.get("pickup_slots")) if _free(one)] if found.get("can_pickup") else []
    if found.get("can_drop_off"):
        ways.append(Handover("DROP_OFF", "drop_off", "Bring it to a drop-off point"))
    return ways


def _free(slot: Mapping[str, Any]) -> bool:
    return slot.get("avaliable", slot.get("available", True)) is not False


def _pickup(slot: Mapping[str, Any]) -> Handover:
    start, end = slot.get("start_time"), slot.get("end_time")
    return Handover(f"PICKUP:{text(start)}:{text(end)}", "pickup", "The courier collects it", at(start), at(end))


def scans(found: Mapping[str, Any]) -> list[Scan]:
    """Oldest first; these moments alone are in milliseconds."""
    seen = [(at(whole(one.get("update_time_millis")) // 1000), one) for one in rows(found.get("tracking"))]
    return sorted((Scan(when, text(one.get("description"))) for when, one in seen if when), key=lambda one: one.at)


# --- returns
def returned(found: Mapping[str, Any]) -> ReturnFacts:
    refund = mapping(found.get("refund_amount"))
    currency, said = text(refund.get("currency")).upper(), text(found.get("return_status"))
    return ReturnFacts(
        id=text(found["return_id"]),
        order_id=text(found["order_id"]),
        state=RETURNS.get(said, "unknown"),
        status=said,
        reason=text(found.get("return_reason_text")) or text(found.get("return_reason")),
        refund_minor=money(refund.get("refund_total"), currency),
        currency=currency,
        items=lines(rows(found.get("return_line_items"))),
        goods_come_back=text(found.get("return_type")) == "RETURN_AND_REFUND",
        tracking_number=text(found.get("return_tracking_number")),
        created_at=at(found.get("create_time")),
        updated_at=at(found.get("update_time")),
        raw=found,
    )


def lines(found: Sequence[Mapping[str, Any]]) -> list[CancelLine]:
    """Units of a return or cancellation by SKU: each is a line of its own. They name no product."""
    by_sku: dict[str, list[str]] = {}
    for one in found:
        by_sku.setdefault(text(one.get("sku_id")), []).append(text(one.get("order_line_item_id")))
    return [CancelLine(Ref("", sku), len(ids), ids) for sku, ids in by_sku.items()]
