"""Orders listed in windows of fifteen days, read in batches, cancelled, and split into parcels."""

from collections.abc import Iterator

from app.sandbox.market import ending, grouping, orders, packing
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc
from app.sandbox.stripe import timers

from . import order_docs
from .dialect import answer, api, counted, given, members, param, refusal, said, shop_of
from .words import ORDERS, amount, number, whole

LONGEST = 15 * timers.DAY
BATCH, CHUNK = 50, 200
REASONS = {"OUT_OF_STOCK", "CUSTOMER_REQUEST", "UNDELIVERABLE_AREA", "COD_NOT_SUPPORTED"}
MOST_PARCELS = {"TW": 30}


# --- reading
@api.on("GET", "/order/get_order_list")
def order_list(call: Call) -> Reply:
    """Numbers of the orders that were made or changed in a window, oldest first."""
    by = {"create_time": "created", "update_time": "updated"}.get(given(call, "time_range_field"))
    if by is None:
        raise param("time_range_field must be create_time or update_time")
    since, until = window(call, "time_from", "time_to")
    status, pending = call.query.get("order_status", ""), _pending(call)
    if status and status not in {*ORDERS.values(), "RETRY_SHIP", "INVOICE_PENDING"}:
        raise param("order_status is invalid")
    size, after = counted(call, "page_size", 1, 100), _cursor(call.query.get("cursor", ""))
    found = _some(_walk(call, by, since, until, after), size + 1, status, pending)
    page, more = found[:size], len(found) > size
    wanted = "order_status" in call.query.get("response_optional_fields", "").split(",")
    listed = [
        {"order_sn": one["id"], **({"order_status": order_docs.status_shown(one, pending)} if wanted else {})}
        for one in page
    ]
    return answer(
        {"more": more, "next_cursor": f"{page[-1][by]}_{page[-1]['seq']}" if more else "", "order_list": listed}
    )


def window(call: Call, start: str, end: str) -> tuple[int, int]:
    """A span of at most fifteen days. Raises Refusal."""
    since, until = whole(given(call, start)), whole(given(call, end))
    if since is None or until is None or since >= until or until - since > LONGEST:
        raise refusal("order.order_list_invalid_time", "Start time must be earlier than end time and diff in 15days.")
    return since, until


def _pending(call: Call) -> bool:
    return call.query.get("request_order_status_pending", "").lower() == "true"


def _cursor(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    moment, seq = (whole(part) for part in (*text.split("_"), "", "")[:2])
    if moment is None or seq is None:
        raise param("cursor is invalid")
    return moment, seq


def _walk(call: Call, by: str, since: int, until: int, after: tuple[int, int] | None) -> Iterator[Doc]:
    """Both ends of the window are in it."""
    while True:
        found = orders.listed(call.scope, shop_of(call), by=by, since=since, until=until + 1, after=after, limit=CHUNK)
        yield from found
        if len(found) < CHUNK:
            return
        after = (found[-1][by], found[-1]["seq"])


def _some(found: Iterator[Doc], most: int, status: str, pending: bool) -> list[Doc]:
    """The first of those that are wanted; orders on hold are shown to nobody who does not know PENDING."""
    chosen: list[Doc] = []
    for one in found:
        hidden = one["state"] == "on_hold" and not pending
        if not hidden and status in ("", order_docs.status_shown(one, pending)):
            chosen.append(one)
        if len(chosen) == most:
            break
    return chosen


@api.on("GET", "/order/get_order_detail")
def order_detail(call: Call) -> Reply:
    """Up to fifty orders; one that does not exist refuses them all."""
    ids = [one for one in given(call, "order_sn_list").split(",") if one]
    if not 1 <= len(ids) <= BATCH:
        raise param(f"order_sn_list must have 1 to {BATCH} entries")
    shop, wanted = shop_of(call), set(call.query.get("response_optional_fields", "").split(","))
    found = orders.of_ids(call.scope, shop, ids)
    if len(found) < len(set(ids)):
        raise refusal("error_not_found", "Wrong parameters, detail: the order is not found.")
    return answer({"order_list": [order_docs.shown(call.scope, shop, one, wanted, _pending(call)) for one in found]})


def order_of(call: Call, order_sn: str) -> Doc:
    """One order; raises Refusal."""
    order = orders.get(call.scope, shop_of(call), order_sn)
    if order is None:
        raise refusal("error_not_found", "Wrong parameters, detail: the order is not found.")
    return order


@api.on("GET", "/order/get_package_detail")
def package_detail(call: Call) -> Reply:
    """Up to fifty parcels by their numbers."""
    shop, ids = shop_of(call), given(call, "package_number_list").split(",")
    if len(ids) > BATCH:
        raise param(f"package_number_list must have 1 to {BATCH} entries")
    found = [one for one in (packing.find(call.scope, shop, identifier) for identifier in ids) if one]
    return answer({"package_list": [_package(call, shop, order, parcel) for order, parcel in found]})


def _package(call: Call, shop: Doc, order: Doc, parcel: Doc) -> Doc:
    doc = order_docs.package(call.scope, shop, order, parcel)
    arranged = parcel["state"] not in ("to_ship", "cancelled")
    return {
        **doc, "order_sn": order["id"], "fulfillment_status": doc["logistics_status"], "update_time": order["updated"],
        "tracking_number": parcel["tracking"] if arranged and not parcel["polls"] else "", "is_split_up": order_docs.split_up(order),
        "ship_by_date": order["ship_by"] or 0, "is_shipment_arranged": arranged,
        "can_split_order": order["state"] == "to_ship", "can_unsplit_order": order_docs.split_up(order),
    }  # fmt: skip


@api.on("GET", "/order/get_shipment_list")
def shipment_list(call: Call) -> Reply:
    """Parcels that wait to be arranged."""
    size, after = counted(call, "page_size", 1, 100), _cursor(call.query.get("cursor", ""))
    found = _some(_walk(call, "created", 0, call.scope.now(), after), size + 1, "READY_TO_SHIP", True)
    page, more = found[:size], len(found) > size
    waiting = [
        {"order_sn": one["id"], "package_number": parcel["id"]}
        for one in page
        for parcel in one["packages"]
        if parcel["state"] == "to_ship"
    ]
    cursor = f"{page[-1]['created']}_{page[-1]['seq']}" if more else ""
    return answer({"order_list": waiting, "more": more, "next_cursor": cursor})


# --- not going to happen
@api.on("POST", "/order/cancel_order")
def cancel_order(call: Call) -> Reply:
    """The seller cancels before sending: all of it, or `partial_cancel_item_list`."""
    shop, order, reason = shop_of(call), order_of(call, said(call, "order_sn")), said(call, "cancel_reason")
    if reason not in REASONS or (reason == "UNDELIVERABLE_AREA" and shop["region"] not in ("TW", "MY")):
        raise param("cancel_reason is invalid")
    part = _part(call, shop, order) if call.body.get("partial_cancel_item_list") else None
    if part is None and reason == "OUT_OF_STOCK":
        _named(call, shop, order)
    try:
        ending.cancel(call.scope, shop, order, reason, "seller", part)
    except CannotDo as error:
        if error.code in ("state", "already", "cancel_asked"):
            raise refusal("order.error_limit", "Can not cancel this order") from error
        raise
    return answer({"update_time": call.scope.now()})


def _named(call: Call, shop: Doc, order: Doc) -> None:
    """What is out of stock must be said, and be in the order."""
    for row in members(call, "item_list", BATCH):
        if order_docs.line_for(call.scope, shop, order, row) is None:
            raise param("item_list has an item that is not in the order")


def _part(call: Call, shop: Doc, order: Doc) -> list[Doc]:
    if order["private"].get("no_partial_cancel"):
        raise refusal("order.error_limit", "This order can not be cancelled partially")
    return [_wanted(call, shop, order, row) for row in members(call, "partial_cancel_item_list", BATCH)]


def _wanted(call: Call, shop: Doc, order: Doc, row: Doc) -> Doc:
    line, units = order_docs.line_for(call.scope, shop, order, row), whole(row.get("model_quantity"))
    if line is None or units is None:
        raise param("partial_cancel_item_list has an item that is not in the order")
    return {"line": line["id"], "quantity": units}


@api.on("POST", "/order/handle_buyer_cancellation")
def handle_buyer_cancellation(call: Call) -> Reply:
    """ACCEPT or REJECT what the buyer asked for."""
    order, operation = order_of(call, said(call, "order_sn")), said(call, "operation")
    if operation not in ("ACCEPT", "REJECT"):
        raise param("operation must be ACCEPT or REJECT")
    ending.answer(call.scope, shop_of(call), order, operation == "ACCEPT")
    return answer({"update_time": call.scope.now()})


# --- parcels
@api.on("POST", "/order/split_order")
def split_order(call: Call) -> Reply:
    """All items in one request, over several parcels: `package_list` [{item_list: [{item_id, model_id, model_quantity}]}]."""
    shop, order = shop_of(call), order_of(call, said(call, "order_sn"))
    if order_docs.split_up(order):
        raise refusal("order.order_has_been_split", "This order has already been split.")
    groups = [
        _group(call, shop, order, one) for one in members(call, "package_list", MOST_PARCELS.get(shop["region"], 5))
    ]
    try:
        grouping.split(call.scope, shop, order, groups)
    except CannotDo as error:
        raise refusal("order.order_split_package_missing_item", str(error)) from error
    listed = [order_docs.package(call.scope, shop, order, one) for one in order["packages"]]
    return answer({"order_sn": order["id"], "package_list": listed})


def _group(call: Call, shop: Doc, order: Doc, parcel: Doc) -> dict[str, int]:
    rows = parcel.get("item_list")
    group: dict[str, int] = {}
    for row in rows if isinstance(rows, list) else []:
        line = order_docs.line_for(call.scope, shop, order, row)
        if line is None:
            raise refusal("order.order_split_item_not_exist", "Cannot split order with invalid items.")
        group[line["id"]] = whole(row.get("model_quantity")) or orders.active(line)
    return group


@api.on("POST", "/order/unsplit_order")
def unsplit_order(call: Call) -> Reply:
    """One parcel again, while nothing is arranged."""
    order = order_of(call, said(call, "order_sn"))
    grouping.unsplit(call.scope, shop_of(call), order)
    return answer({"order_sn": order["id"]})


# --- what the seller gets
@api.on("GET", "/payment/get_escrow_detail")
def escrow_detail(call: Call) -> Reply:
    """Prices of all lines, also of bundles, and who gave the discounts."""
    shop, order = shop_of(call), order_of(call, given(call, "order_sn"))
    if order["paid_at"] is None:
        raise refusal("error_not_found", "Wrong parameters, detail: the escrow of this order is not found.")
    region, currency = shop["region"], order["currency"]

    def shown(minor: int) -> int | float:
        return amount(minor, currency, region)

    items = [
        {
            "item_id": number(one["product"]), "model_id": order_docs.model_of(call.scope, shop, one), "line_item_id": number(one["id"]),
            "original_price": shown(one["unit"] * one["quantity"]), "quantity_purchased": one["quantity"],
            "discounted_price": shown(one["unit"] * one["quantity"] - one["seller_discount"] - one["platform_discount"]),
            "seller_discount": shown(one["seller_discount"]), "shopee_discount": shown(one["platform_discount"]),
        }
        for one in order["lines"]
    ]  # fmt: skip
    income = {
        "buyer_total_amount": shown(order["total"]), "original_price": shown(order["subtotal"]), "items": items,
        "buyer_paid_shipping_fee": shown(order["delivery"]), "seller_discount": shown(order["seller_discount"]),
        "shopee_discount": shown(order["platform_discount"]),
    }  # fmt: skip
    return answer(
        {
            "order_sn": order["id"],
            "return_order_sn_list": [one["id"] for one in order["returns"]],
            "order_income": income,
        }
    )
