"""Cancellations, by the seller and at the buyer's wish (TIKTOK.md §8)."""

from app.sandbox.market import ending
from app.sandbox.market import orders as book
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc

from . import order_view as view
from .dialect import bad, ids_of, major, page_place, page_size, page_token, refusal, told
from .door import api, shop_of
from .orders import order_of

BASE = "/return_refund/202602"
REASONS = {
    "seller_cancel_reason_out_of_stock": "Out of stock",
    "seller_cancel_reason_wrong_price": "Pricing error",
    "seller_cancel_paid_reason_address_not_deliver": "Unable to deliver to the buyer's address",
    "seller_cancel_paid_reason_buyer_requested_cancellation": "The buyer asked to cancel",
}
REJECTIONS = {
    "seller_reject_apply_product_has_been_packed": "The product has been packed already",
    "seller_reject_apply_reached_an_agreement_with_buyer": "Reached an agreement with the buyer",
}
RETURN_REJECTIONS = {
    "reverse_reject_request_reason_1": "The reason does not fit the request",
    "reverse_reject_request_reason_2": "The product was damaged by the buyer",
}
PARTLY = ("US", "GB")
PENDING, SUCCESS, OVER = "CANCELLATION_REQUEST_PENDING", "CANCELLATION_REQUEST_SUCCESS", "CANCELLATION_REQUEST_CANCEL"
STATUSES = {"asked": PENDING, "accepted": SUCCESS, "done": SUCCESS, "refused": OVER, "withdrawn": OVER}
NOT_NOW = (25001002, "The request cannot be handled in its current status.")
"""The sandbox's own code: the documents name none."""


# --- what may be cancelled, and why
@api.on("GET", f"{BASE}/orders/<order_id>/aftersale_eligibility")
def eligibility(call: Call, order_id: str) -> Reply:
    """By SKU: which lines may be cancelled, and for which reasons."""
    order = order_of(call, order_id)
    if call.query.get("initiate_aftersale_user", "SELLER") not in ("SELLER", "BUYER"):
        raise bad("Invalid `initiate_aftersale_user` query parameter.")
    skus = list(dict.fromkeys(line["sku_id"] for line in order["lines"]))
    return told({"sku_eligibility": [{"sku_id": one, "line_item_eligibility": _entries(order, one)} for one in skus]})


def _entries(order: Doc, sku_id: str) -> list[Doc]:
    lines = [one for one in order["lines"] if one["sku_id"] == sku_id]
    free = [one["id"] for one in lines if _may(order, one)]
    shut = [one["id"] for one in lines if not _may(order, one)]
    rows = []
    if free:
        rows.append({"request_type": "CANCEL", "order_line_items_ids": free, "eligible": True, "available_reason_names": list(REASONS)})  # fmt: skip
    if shut:
        words = f"The order is {view.status(order)}" if not free else "The line is cancelled or shipped"
        rows.append({"request_type": "CANCEL", "order_line_items_ids": shut, "eligible": False, "ineligible_code": 25001003, "ineligible_reason": words})  # fmt: skip
    return rows


def _may(order: Doc, line: Doc) -> bool:
    return order["state"] in book.BEFORE_SENDING and book.active(line) - line["sent"] > 0


# --- the seller cancels
def _cancel(call: Call) -> Reply:
    """All of it, or lines of it in the US and the UK."""
    body, shop = call.body if isinstance(call.body, dict) else {}, shop_of(call)
    order = order_of(call, body.get("order_id"))
    if body.get("cancel_reason") not in REASONS:
        raise bad("param body.cancel_reason is invalid")
    lines = _chosen(order, body)
    if lines is not None and shop["region"] not in PARTLY:
        raise refusal(25001010, "Partial cancellation is not supported in this region.")
    try:
        done = ending.cancel(call.scope, shop, order, REASONS[body["cancel_reason"]], "seller", lines)
    except CannotDo as error:
        raise refusal(NOT_NOW[0], str(error)) from error
    return told({"cancel_id": done["cancel"]["id"], "cancel_status": STATUSES[done["cancel"]["state"]]})


for _version in ("202309", "202602"):
    api.on("POST", f"/return_refund/{_version}/cancellations")(_cancel)


def _chosen(order: Doc, body: Doc) -> list[Doc] | None:
    """[{line, quantity}], by line or by SKU and number; None for everything."""
    ids = ids_of(body, "order_line_item_ids", 500)
    if ids:
        return [{"line": one, "quantity": 1} for one in ids]
    wanted = body.get("skus") or []
    if not wanted:
        return None
    left = [one for one in order["lines"] if _may(order, one)]
    chosen = []
    for sku in wanted:
        units = [one for one in left if one["sku_id"] == sku.get("sku_id")][: int(sku.get("quantity", 0))]
        chosen += [{"line": one["id"], "quantity": 1} for one in units]
    return chosen


# --- what was cancelled or asked for
@api.on("POST", f"{BASE}/cancellations/search")
def search(call: Call) -> Reply:
    """By order, by id, by status and by moment."""
    wish, size = call.body if isinstance(call.body, dict) else {}, page_size(call.query, 50)
    found = [pair for pair in _all(call, wish) if _fits(*pair, wish)]
    start = page_place(call.query.get("page_token", ""), wish) or 0
    more = page_token(start + size, wish) if start + size < len(found) else ""
    shown = [_shown(order, one) for order, one in found[start : start + size]]
    return told({"cancellations": shown, "total_count": len(found), "next_page_token": more})


def _all(call: Call, wish: Doc) -> list[tuple[Doc, Doc]]:
    named = ids_of(wish, "order_ids", 100)
    shop = shop_of(call)
    orders = book.of_ids(call.scope, shop, named) if named else book.listed(call.scope, shop)
    return [(order, one) for order in orders for one in order["cancels"]]


def _fits(order: Doc, cancel: Doc, wish: Doc) -> bool:
    ids, states = wish.get("cancel_ids"), wish.get("cancel_status")
    if (ids and cancel["id"] not in ids) or (states and STATUSES[cancel["state"]] not in states):
        return False
    return wish.get("update_time_ge", 0) <= cancel["updated"] < wish.get("update_time_lt", cancel["updated"] + 1)


def _shown(order: Doc, cancel: Doc) -> Doc:
    currency = order["currency"]
    lines = [book.line_of(order, one["line"]) for one in cancel["lines"]]
    worth = sum(book.value_of(line, 1) for line in lines)
    data = {
        "cancel_id": cancel["id"],
        "order_id": order["id"],
        "cancel_status": STATUSES[cancel["state"]],
        "cancel_type": "BUYER_CANCEL" if cancel["by"] == "buyer" else "CANCEL",
        "role": view.ROLES.get(cancel["by"], "SYSTEM"),
        "cancel_reason": next((name for name, words in REASONS.items() if words == cancel["reason"]), "ecom_order_to_ship_canceled_reason_other"),
        "cancel_reason_text": cancel["reason"],
        "create_time": cancel["created"],
        "update_time": cancel["updated"],
        "refund_amount": {"currency": currency, "refund_total": major(cancel.get("refund", worth), currency)},
        "cancel_line_items": [{"order_line_item_id": one["id"], "sku_id": one["sku_id"], "seller_sku": one["sku"]} for one in lines],
    }  # fmt: skip
    if cancel["state"] == "asked":
        return data | {
            "seller_next_action_response": [{"action": "SELLER_RESPOND_CANCEL", "deadline": cancel["created"] + 86400}]
        }
    return data | ({"should_replenish_stock": cancel["restock"]} if cancel["state"] in ("done", "accepted") else {})


# --- the seller answers
def _asked(call: Call, cancel_id: str) -> Doc:
    order = book.by_part(call.scope, shop_of(call), "cancel", cancel_id)
    if order is None:
        raise refusal(25001001, "The cancellation request does not exist.")
    if order["state"] != "cancel_requested" or order["cancel"]["id"] != cancel_id:
        raise refusal(*NOT_NOW)
    return order


@api.on("POST", "/return_refund/202309/cancellations/<cancel_id>/approve")
def approve(call: Call, cancel_id: str) -> Reply:
    """The seller agrees."""
    ending.answer(call.scope, shop_of(call), _asked(call, cancel_id), True)
    return told({})


@api.on("POST", "/return_refund/202309/cancellations/<cancel_id>/reject")
def reject(call: Call, cancel_id: str) -> Reply:
    """The seller refuses, for one of the reasons that are offered."""
    order = _asked(call, cancel_id)
    if not isinstance(call.body, dict) or call.body.get("reject_reason") not in REJECTIONS:
        raise bad("param body.reject_reason is invalid")
    ending.answer(call.scope, shop_of(call), order, False)
    return told({})


@api.on("GET", "/return_refund/202309/reject_reasons")
def reject_reasons(call: Call) -> Reply:
    """Why a seller may refuse this request; a cancellation's reasons are not a return's."""
    asked = call.query.get("return_or_cancel_id", "")
    if not asked:
        raise bad("Invalid `return_or_cancel_id` query parameter.")
    known = book.by_part(call.scope, shop_of(call), "cancel", asked)
    reasons = REJECTIONS if known else RETURN_REJECTIONS
    return told({"reasons": [{"name": name, "text": words} for name, words in reasons.items()]})
