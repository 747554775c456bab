"""An order as TikTok writes it: a line per unit, money as decimal strings, people masked, and what may be missing missing."""

import re

from app.sandbox.market.store import Doc

from .dialect import major

STATUSES = {
    "unpaid": "UNPAID",
    "on_hold": "ON_HOLD",
    "to_ship": "AWAITING_SHIPMENT",
    "part_shipped": "PARTIALLY_SHIPPING",
    "awaiting_collection": "AWAITING_COLLECTION",
    "in_transit": "IN_TRANSIT",
    "delivered": "DELIVERED",
    "completed": "COMPLETED",
    "cancelled": "CANCELLED",
}
PACKAGES = {
    "to_ship": "TO_FULFILL",
    "arranged": "PROCESSING",
    "in_transit": "FULFILLING",
    "failed": "FULFILLING",
    "delivered": "COMPLETED",
    "cancelled": "CANCELLED",
}
ROLES = {"seller": "SELLER", "buyer": "BUYER", "platform": "SYSTEM"}
DELIVERY_OPTION = "7091146663229654785"
LEVELS = (("L0", "Country", "country"), ("L1", "State", "region"), ("L2", "City", "city"))


def status(order: Doc) -> str:
    """A buyer's wish to cancel is a mark on the order, not a status of its own."""
    state = order["state"]
    if state == "cancel_requested":
        state = order["cancels"][-1].get("before", "to_ship")
    return STATUSES[state]


def shipping_type(order: Doc) -> str:
    return "TIKTOK" if order["platform_ships"] else "SELLER"


def order(shop: Doc, order: Doc) -> Doc:
    """The whole order. Members that are not known yet are left out, as the documents allow for all of them."""
    paid = order["paid_at"] is not None
    data: Doc = {
        "id": order["id"],
        "status": status(order),
        "create_time": order["created"],
        "update_time": order["updated"],
        "shipping_type": shipping_type(order),
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "delivery_type": "HOME_DELIVERY",
        "delivery_option_id": DELIVERY_OPTION,
        "delivery_option_name": "Standard shipping",
        "commerce_platform": "TIKTOK_SHOP",
        "order_type": "NORMAL",
        "user_id": order["buyer"]["id"],
        "buyer_email": f"v2b{order['buyer']['id'][-6:]}@chat.seller.tiktok.com",
        "buyer_message": order["note"],
        "is_cod": order["cod"],
        "is_sample_order": False,
        "is_on_hold_order": order["state"] == "on_hold",
        "is_buyer_request_cancel": order["state"] == "cancel_requested",
        "warehouse_id": next(one["id"] for one in shop["warehouses"] if one["default"]),
        "line_items": [_line(order, one) for one in order["lines"]],
        "payment": _payment(order),
        "recipient_address": address(order),
    }
    data |= {"paid_time": order["paid_at"], "rts_sla_time": order["ship_by"]} if paid else {}
    data |= {"packages": [{"id": one["id"]} for one in living(order)]} if paid else {}
    return data | _tag(order) | _ended(order)


def living(order: Doc) -> list[Doc]:
    return [one for one in order["packages"] if one["state"] != "cancelled"]


def _tag(order: Doc) -> Doc:
    if any(len(one["orders"]) > 1 for one in order["packages"]):
        return {"split_or_combine_tag": "COMBINED"}
    return {"split_or_combine_tag": "SPLIT"} if len(living(order)) > 1 else {}


def _ended(order: Doc) -> Doc:
    cancel = order["cancel"]
    if order["state"] != "cancelled" or not cancel:
        return {}
    return {"cancel_reason": cancel["reason"], "cancellation_initiator": ROLES.get(cancel["by"], "SYSTEM"), "cancel_time": cancel["updated"]}  # fmt: skip


def _line(order: Doc, line: Doc) -> Doc:
    """One unit."""
    currency = order["currency"]
    paid = line["unit"] - line["seller_discount"] - line["platform_discount"]
    data = {
        "id": line["id"],
        "product_id": line["product"],
        "product_name": line["title"],
        "sku_id": line["sku_id"],
        "sku_name": line["variant_title"],
        "seller_sku": line["sku"],
        "sku_type": "NORMAL",
        "currency": currency,
        "original_price": major(line["unit"], currency),
        "sale_price": major(paid, currency),
        "seller_discount": major(line["seller_discount"], currency),
        "platform_discount": major(line["platform_discount"], currency),
        "display_status": "CANCELLED" if line["cancelled"] else status(order),
        "is_gift": False,
    }
    if line["cancelled"] and order["cancel"]:
        data |= {"cancel_reason": order["cancel"]["reason"], "cancel_user": ROLES.get(order["cancel"]["by"], "SYSTEM")}
    return data | _bundle(line) | _parcel(order, line)


def _bundle(line: Doc) -> Doc:
    members = [{"product_id": one["product"], "sku_id": one["sku"], "sku_count": one["quantity"], "seller_sku": ""} for one in line["members"]]  # fmt: skip
    return {"combined_listing_skus": members} if members else {}


def _parcel(order: Doc, line: Doc) -> Doc:
    """Where the unit is packed; before payment it is nowhere, and its number comes when the carrier has one."""
    if order["paid_at"] is None:
        return {}
    parcel = next((one for one in order["packages"] if one["lines"].get(line["id"])), None)
    if parcel is None:
        return {"package_status": "CANCELLED"} if line["cancelled"] else {}
    number = "" if parcel["polls"] else parcel["tracking"]
    carrier = {"shipping_provider_name": parcel["carrier"]} if parcel["carrier"] else {}
    shown = {"package_id": parcel["id"], "package_status": PACKAGES[parcel["state"]], **carrier}
    return shown | ({"tracking_number": number} if number else {})


def _payment(order: Doc) -> Doc:
    currency = order["currency"]
    reduced = order["subtotal"] - order["seller_discount"] - order["platform_discount"]
    amounts = {
        "original_total_product_price": order["subtotal"],
        "seller_discount": order["seller_discount"],
        "platform_discount": order["platform_discount"],
        "sub_total": reduced,
        "original_shipping_fee": order["delivery"],
        "shipping_fee": order["delivery"],
        "shipping_fee_seller_discount": 0,
        "shipping_fee_platform_discount": 0,
        "tax": order["tax"],
        "total_amount": order["total"],
    }
    return {"currency": currency, **{name: major(amount, currency) for name, amount in amounts.items()}}


def address(order: Doc) -> Doc:
    """Name and telephone are hidden where the platform ships; places come once the order is more than on hold."""
    found, hidden = order["recipient"], order["masked"]
    name = masked(found["name"]) if hidden else found["name"]
    lines = [one for one in (found["line1"], found["line2"]) if one]
    first, _, last = name.partition(" ")
    data: Doc = {
        "name": name,
        "first_name": first,
        "last_name": last,
        "phone_number": _phone(found["phone"]) if hidden else found["phone"],
        "address_detail": ", ".join(lines),
        "address_line1": found["line1"],
        "address_line2": found["line2"],
        "address_line3": "",
        "address_line4": "",
        "full_address": ", ".join(filter(None, [*lines, found["city"], found["region"], found["postcode"]])),
        "postal_code": found["postcode"],
        "region_code": found["country"],
    }
    if order["state"] in ("unpaid", "on_hold"):
        return data
    levels = [
        {"address_level": level, "address_level_name": name, "address_name": found[member]}
        for level, name, member in LEVELS
        if found[member]
    ]
    return data | {"district_info": levels}


def masked(name: str) -> str:
    """`I*** O***`"""
    return " ".join(f"{word[:1]}***" for word in name.split())


def _phone(number: str) -> str:
    """`(+1)503***0142`: the ends of it stay."""
    digits = re.sub(r"\D", "", number)
    return f"(+{digits[:2]})***{digits[-4:]}" if digits else ""


def contents(order: Doc, parcel: Doc) -> list[Doc]:
    """SKUs of one order in a parcel with their units, as a parcel's page has them."""
    counts: dict[str, Doc] = {}
    for line in order["lines"]:
        units = parcel["lines"].get(line["id"], 0)
        if units:
            row = counts.setdefault(
                line["sku_id"], {"id": line["sku_id"], "name": line["variant_title"], "quantity": 0}
            )
            row["quantity"] += units
    return list(counts.values())
