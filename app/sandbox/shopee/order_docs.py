"""An order as Shopee shows it: little by default, the rest only for those who ask by name."""

from collections.abc import Collection

from app.sandbox.market import goods, orders, returning
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

from .items import has_model
from .words import address, amount, exact, number, order_status, package_status

OPTIONAL = (
    "buyer_user_id", "buyer_username", "estimated_shipping_fee", "recipient_address", "actual_shipping_fee", "item_list", "pay_time",
    "cancel_by", "cancel_reason", "buyer_cancel_reason", "package_list", "shipping_carrier", "payment_method", "total_amount",
    "fulfillment_flag", "note", "invoice_data", "split_up", "pickup_done_time",
)  # fmt: skip
CARRIER, OWN_CARRIER = "Shopee Xpress", "Seller Own Fleet"
CHANNEL, OWN_CHANNEL = 18080, 40066
CANCELLERS = {"seller": "seller", "buyer": "buyer", "platform": "system"}


def status_shown(order: Doc, pending: bool) -> str:
    """PENDING only for those who said that they know it."""
    status = order_status(order)
    return "READY_TO_SHIP" if status == "PENDING" and not pending else status


def shown(scope: Scope, shop: Doc, order: Doc, wanted: Collection[str], pending: bool) -> Doc:
    """The order with the optional fields that were asked for."""
    doc: Doc = {
        "order_sn": order["id"], "region": shop["region"], "currency": order["currency"], "cod": order["cod"],
        "order_status": status_shown(order, pending), "message_to_seller": order["note"], "create_time": order["created"],
        "update_time": order["updated"], "days_to_ship": 2, "ship_by_date": order["ship_by"] or 0,
    }  # fmt: skip
    every = _optional(scope, shop, order)
    return {**doc, **{name: value for name, value in every.items() if name in wanted}}


def _optional(scope: Scope, shop: Doc, order: Doc) -> Doc:
    cancel = order["cancel"]
    fee = amount(order["delivery"], order["currency"], shop["region"])
    sent = [one["sent_at"] for one in order["packages"] if one["sent_at"]]
    paid = (
        {} if order["paid_at"] is None else {"total_amount": amount(order["total"], order["currency"], shop["region"])}
    )
    return {
        "buyer_user_id": number(order["buyer"]["id"]), "buyer_username": order["buyer"]["email"].partition("@")[0],
        "estimated_shipping_fee": fee, "actual_shipping_fee": 0, "recipient_address": address(order),
        "item_list": item_rows(scope, shop, order), "pay_time": order["paid_at"],
        "cancel_by": CANCELLERS.get(cancel.get("by", ""), "") if order["state"] in ("cancelled", "cancel_requested") else "",
        "cancel_reason": cancel.get("reason", "") if cancel.get("by") != "buyer" else "",
        "buyer_cancel_reason": cancel.get("reason", "") if cancel.get("by") == "buyer" else "",
        "package_list": [package(scope, shop, order, one) for one in order["packages"]],
        "shipping_carrier": CARRIER if order["platform_ships"] else OWN_CARRIER, "payment_method": "Cash on Delivery" if order["cod"] else "Cards",
        "fulfillment_flag": "fulfilled_by_local_seller", "note": "", "invoice_data": None, "split_up": split_up(order),
        "pickup_done_time": min(sent, default=0), **paid,
    }  # fmt: skip


def living(order: Doc) -> list[Doc]:
    """Packages that still count."""
    return [one for one in order["packages"] if one["state"] != "cancelled"]


def split_up(order: Doc) -> bool:
    """Whether the seller made several parcels of it."""
    return len(living(order)) > 1


# --- lines
def model_of(scope: Scope, shop: Doc, line: Doc) -> int | str:
    """The model of a line; 0 where the item has no variations."""
    product = goods.get(scope, shop, line["product"])
    return number(line["sku_id"]) if product is None or has_model(product) else 0


def item_rows(scope: Scope, shop: Doc, order: Doc) -> list[Doc]:
    """The lines. `order_item_id` is the item's id for all its models, as it is in real orders."""
    return [_item(scope, shop, order, line) for line in order["lines"]]


def _item(scope: Scope, shop: Doc, order: Doc, line: Doc) -> Doc:
    one, currency, region = number(line["product"]), order["currency"], shop["region"]
    bundle = bool(order["private"].get("bundle"))
    off = line["seller_discount"] + line["platform_discount"]
    each = 0 if bundle else line["unit"] - off / line["quantity"]
    model = model_of(scope, shop, line)
    return {
        "item_id": one, "item_name": line["title"], "item_sku": "" if model else line["sku"], "model_id": model,
        "model_name": line["variant_title"] if model else "", "model_sku": line["sku"] if model else "",
        "model_quantity_purchased": line["quantity"], "model_original_price": amount(line["unit"], currency, region),
        "model_discounted_price": exact(each, currency), "wholesale": False, "weight": 0.3, "add_on_deal": False,
        "main_item": False, "add_on_deal_id": 0, "promotion_type": "bundle_deal" if bundle else "", "promotion_id": 0,
        "order_item_id": one, "line_item_id": number(line["id"]), "promotion_group_id": 0,
        "product_location_id": _places(line), **_counts(order, line),
    }  # fmt: skip


def _places(line: Doc) -> list[str]:
    return sorted({place for piece in line["pieces"] for place, units in piece["takes"].items() if units})


def _counts(order: Doc, line: Doc) -> Doc:
    """What became of the units, as Shopee counts them since May 2026."""
    asked = [one for one in order["cancel"].get("lines", ()) if order["state"] == "cancel_requested"]
    wanted_out = sum(one["quantity"] for one in asked if one["line"] == line["id"])
    back = [one for one in order["returns"] if one["state"] in returning.OPEN]
    wanted_back = sum(part["quantity"] for one in back for part in one["lines"] if part["line"] == line["id"])
    return {
        "active_qty": orders.active(line) - wanted_out - wanted_back - line["returned"], "cancel_requested_qty": wanted_out,
        "cancelled_qty": line["cancelled"], "return_requested_qty": wanted_back, "returned_qty": line["returned"],
    }  # fmt: skip


# --- parcels
def package(scope: Scope, shop: Doc, order: Doc, parcel: Doc) -> Doc:
    own = not order["platform_ships"]
    return {
        "package_number": parcel["id"], "group_shipment_id": None, "logistics_status": package_status(order, parcel),
        "logistics_channel_id": OWN_CHANNEL if own else CHANNEL, "shipping_carrier": parcel["carrier"] or (OWN_CARRIER if own else CARRIER),
        "allow_self_design_awb": own, "parcel_chargeable_weight_gram": 300,
        "item_list": [_packed(scope, shop, order, line, units) for line, units in parcel["lines"].items()],
    }  # fmt: skip


def _packed(scope: Scope, shop: Doc, order: Doc, line_id: str, units: int) -> Doc:
    line = orders.line_of(order, line_id)
    return {
        "item_id": number(line["product"]), "model_id": model_of(scope, shop, line), "model_quantity": units,
        "order_item_id": number(line["product"]), "promotion_group_id": 0, "product_location_id": "".join(_places(line)[:1]),
    }  # fmt: skip


def line_for(scope: Scope, shop: Doc, order: Doc, row: Doc) -> Doc | None:
    """The line that a row of a request means, by item and model."""
    wanted = (str(row.get("item_id")), str(row.get("model_id") or 0))
    return next(
        (one for one in order["lines"] if (one["product"], str(model_of(scope, shop, one))) == wanted),
        None,
    )
