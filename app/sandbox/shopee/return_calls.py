"""Returns through Shopee: listed, confirmed, disputed."""

from app.sandbox.market import orders, returning
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from .dialect import answer, api, counted, given, param, refusal, said, shop_of
from .order_calls import window
from .order_docs import model_of
from .words import RETURNS, amount, number, whole

NEVER_CAME, DAMAGED = 41, 50


@api.on("GET", "/returns/get_return_list")
def return_list(call: Call) -> Reply:
    """Pages counted from 0, of at most 100, in a window of fifteen days."""
    page, size = counted(call, "page_no", 0, 10_000), counted(call, "page_size", 1, 100)
    by = "update_time" if call.query.get("update_time_from") else "create_time"
    span = window(call, f"{by}_from", f"{by}_to") if call.query.get(f"{by}_from") else (0, call.scope.now())
    word, status = {"update_time": "updated", "create_time": "created"}[by], call.query.get("status", "")
    found = returning.listed(call.scope, shop_of(call), by=word, since=span[0], until=span[1] + 1)
    wanted = [one for one in found if status in ("", RETURNS[one["state"]])]
    part = wanted[page * size : (page + 1) * size]
    return answer({"more": (page + 1) * size < len(wanted), "return": [_shown(call, one) for one in part]})


@api.on("GET", "/returns/get_return_detail")
def return_detail(call: Call) -> Reply:
    """One return."""
    order, found = _asked(call, given(call, "return_sn"))
    return answer(_shown(call, {**found, "order_doc": order}))


def _asked(call: Call, return_sn: str) -> tuple[Doc, Doc]:
    order = orders.by_part(call.scope, shop_of(call), "return", return_sn)
    if order is None:
        raise refusal("error_not_found", "Wrong parameters, detail: the return is not found.")
    return order, returning.of(order, return_sn)


def _shown(call: Call, found: Doc) -> Doc:
    order, shop = found["order_doc"], shop_of(call)
    refund = amount(found["refund"], order["currency"], shop["region"])
    return {
        "image": [], "reason": "PHYSICAL_DMG", "text_reason": found["reason"], "return_sn": found["id"], "refund_amount": refund,
        "currency": order["currency"], "create_time": found["created"], "update_time": found["updated"],
        "status": RETURNS[found["state"]], "due_date": found["created"] + 2 * 86400, "tracking_number": found["tracking"],
        "dispute_reason": [], "dispute_text_reason": [found["words"]] if found["words"] else [],
        "needs_logistics": found["goods_come_back"], "amount_before_discount": refund,
        "user": {"username": order["buyer"]["name"], "email": "***********@shopee.com", "portrait": ""},
        "item": [_item(call, shop, order, one) for one in found["lines"]], "order_sn": order["id"],
        "return_refund_type": "RRAOC" if order["state"] == "completed" else "RRBOC",
        "return_solution": 0 if found["goods_come_back"] else 1, "is_seller_arrange": False, "validation_type": "seller_validation",
    }  # fmt: skip


def _item(call: Call, shop: Doc, order: Doc, part: Doc) -> Doc:
    line = orders.line_of(order, part["line"])
    return {
        "item_id": number(line["product"]), "model_id": model_of(call.scope, shop, line), "name": line["title"], "images": [],
        "amount": part["quantity"], "item_price": amount(line["unit"], order["currency"], shop["region"]),
        "item_sku": line["sku"], "variation_sku": line["sku"], "is_add_on_deal": False, "is_main_item": False, "add_on_deal_id": 0,
    }  # fmt: skip


# --- answers
@api.on("POST", "/returns/confirm")
def confirm(call: Call) -> Reply:
    """Yes: the buyer sends it back, or has the money at once when nothing comes back or it is back already."""
    order, found = _asked(call, said(call, "return_sn"))
    shop = shop_of(call)
    if found["state"] == "asked":
        returning.answer(call.scope, shop, order, found["id"], True)
    elif found["state"] in ("accepted", "on_the_way"):
        returning.receive(call.scope, shop, order, found["id"])
    else:
        raise refusal("err_data", f"The return is {RETURNS[found['state']]}.")
    return answer({"return_sn": found["id"]})


@api.on("GET", "/returns/get_return_dispute_reason")
def dispute_reasons(call: Call) -> Reply:
    """Why a return may be disputed, and what has to be shown for it."""
    _asked(call, given(call, "return_sn"))
    photos = [
        {"module_index": 1, "requirement": "Photo(s) or Video of unboxing the returned parcel", "is_required": True}
    ]
    return answer(
        {
            "dispute_reason_list": [
                {"dispute_reason": DAMAGED, "dispute_requirement": "Received return item(s) are damaged", "evidence_module_list": photos},
                {"dispute_reason": NEVER_CAME, "dispute_requirement": "Did not receive the return product", "evidence_module_list": []},
            ]
        }
    )  # fmt: skip


@api.on("POST", "/returns/dispute")
def dispute(call: Call) -> Reply:
    """No: Shopee decides. `email` and `dispute_reason_id` are required, pictures for most reasons."""
    order, found = _asked(call, said(call, "return_sn"))
    reason = whole(said(call, "dispute_reason_id"))
    if "@" not in said(call, "email"):
        raise param("email is invalid")
    if reason not in (DAMAGED, NEVER_CAME):
        raise refusal("dispute.request.param.error", "Can't raise dispute because the dispute reason is empty")
    if reason == DAMAGED and not call.body.get("image_list"):
        raise refusal("dispute.request.param.error", "image_list is required for this dispute reason")
    returning.dispute(call.scope, shop_of(call), order, found["id"], str(call.body.get("dispute_text_reason") or ""))
    return answer({"return_sn": found["id"], "msg": "dispute return success"})
