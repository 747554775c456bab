"""What buyers send back (TIKTOK.md §8)."""

from app.sandbox.market import orders as book
from app.sandbox.market import returning
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from . import order_view as view
from .aftersales import BASE, NOT_NOW, RETURN_REJECTIONS
from .dialect import bad, ids_of, major, page_place, page_size, page_token, refusal, told
from .door import api, shop_of

STATUSES = {
    "asked": "RETURN_OR_REFUND_REQUEST_PENDING",
    "accepted": "AWAITING_BUYER_SHIP",
    "on_the_way": "BUYER_SHIPPED_ITEM",
    "refused": "REFUND_OR_RETURN_REQUEST_REJECT",
    "disputed": "REJECT_RECEIVE_PACKAGE",
    "refunded": "RETURN_OR_REFUND_REQUEST_COMPLETE",
    "cancelled": "RETURN_OR_REFUND_REQUEST_CANCEL",
}


def kind(found: Doc) -> str:
    return "RETURN_AND_REFUND" if found["goods_come_back"] else "REFUND"


def decisions(found: Doc) -> tuple[str, str] | None:
    """(yes, no) that fit a return where it stands; None when there is nothing to decide."""
    if found["state"] == "asked":
        return ("APPROVE_RETURN", "REJECT_RETURN") if found["goods_come_back"] else ("APPROVE_REFUND", "REJECT_REFUND")
    return ("APPROVE_RECEIVED_PACKAGE", "REJECT_RECEIVED_PACKAGE") if found["state"] == "on_the_way" else None


@api.on("POST", f"{BASE}/returns/search")
def search(call: Call) -> Reply:
    """By id, order and [ge, lt) of creation or change."""
    wish, size = call.body if isinstance(call.body, dict) else {}, page_size(call.query, 50)
    found = [one for one in returning.listed(call.scope, shop_of(call)) if _fits(one, wish)]
    start = page_place(call.query.get("page_token", ""), wish) or 0
    more = page_token(start + size, wish) if start + size < len(found) else ""
    shown = [_shown(one) for one in found[start : start + size]]
    return told({"return_orders": shown, "total_count": len(found), "next_page_token": more})


def _fits(found: Doc, wish: Doc) -> bool:
    ids, named = ids_of(wish, "return_ids", 100), ids_of(wish, "order_ids", 100)
    if (ids and found["id"] not in ids) or (named and found["order"] not in named):
        return False
    for name, moment in (("create_time", found["created"]), ("update_time", found["updated"])):
        if not wish.get(f"{name}_ge", 0) <= moment < wish.get(f"{name}_lt", moment + 1):
            return False
    return True


def _shown(found: Doc) -> Doc:
    order = found["order_doc"]
    lines = [book.line_of(order, one["line"]) for one in found["lines"]]
    data = {
        "return_id": found["id"],
        "order_id": order["id"],
        "return_type": kind(found),
        "return_status": STATUSES[found["state"]],
        "role": view.ROLES["buyer"],
        "return_reason": "ecom_order_delivered_refund_and_return_reason_other",
        "return_reason_text": found["reason"],
        "create_time": found["created"],
        "update_time": found["updated"],
        "refund_amount": {"currency": order["currency"], "refund_total": major(found["refund"], order["currency"])},
        "return_line_items": [
            {"order_line_item_id": one["id"], "sku_id": one["sku_id"], "seller_sku": one["sku"]} for one in lines
        ],
    }
    return data | ({"return_tracking_number": found["tracking"]} if found["tracking"] else {})


def _open(call: Call, return_id: str) -> tuple[Doc, Doc, tuple[str, str]]:
    order = book.by_part(call.scope, shop_of(call), "return", return_id)
    if order is None:
        raise refusal(25002001, "The return does not exist.")
    found = returning.of(order, return_id)
    fitting = decisions(found)
    if fitting is None:
        raise refusal(*NOT_NOW)
    return order, found, fitting


@api.on("POST", "/return_refund/202309/returns/<return_id>/approve")
def approve(call: Call, return_id: str) -> Reply:
    """Yes to the wish, or to the parcel that came back; the decision must fit."""
    order, found, (yes, _) = _open(call, return_id)
    said = call.body.get("decision") if isinstance(call.body, dict) else None
    if said != yes:
        raise bad(f"param body.decision is invalid: {said} does not fit {kind(found)}")
    if found["state"] == "on_the_way":
        returning.receive(call.scope, shop_of(call), order, return_id)
    else:
        returning.answer(call.scope, shop_of(call), order, return_id, True)
    return told({})


@api.on("POST", "/return_refund/202606/returns/<return_id>/reject")
def reject(call: Call, return_id: str) -> Reply:
    """No, for a reason that is offered; a parcel that came back is disputed."""
    order, found, (_, no) = _open(call, return_id)
    body = call.body if isinstance(call.body, dict) else {}
    if body.get("decision") != no or body.get("reject_reason") not in RETURN_REJECTIONS:
        raise bad("param body.decision or body.reject_reason is invalid")
    words = str(body.get("comment", ""))
    if found["state"] == "on_the_way":
        returning.dispute(call.scope, shop_of(call), order, return_id, words)
    else:
        returning.answer(call.scope, shop_of(call), order, return_id, False, words)
    return told({})
