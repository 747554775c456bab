"""Refunds: through the gateway when it can, on paper otherwise; units go back into stock unless told not to."""

from typing import Any

from app.sandbox.market import orders as book
from app.sandbox.market import returning
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc

from . import lists, statuses
from . import order_view as view
from .orders import order_of
from .talk import Site, api, invalid, no_id, refusal, site_of

PATH = "/orders/<order>/refunds"
FAILED = "woocommerce_rest_cannot_create_order_refund"


def _refund(site: Site, order: Doc, found: Doc) -> Doc:
    up = f"{site.home}/wp-json/wc/v3/orders/{order['id']}"
    return {
        "id": int(found["id"]), "parent_id": int(order["id"]), **site.dates(date_created=found["created"]),
        "amount": site.money(found["amount"]), "reason": found["reason"], "refunded_by": 1,
        "refunded_payment": bool(found.get("by_gateway")), "meta_data": [], "line_items": _lines(site, order, found),
        "shipping_lines": [], "tax_lines": [], "fee_lines": [],
        "_links": site.links("orders", order["id"], "refunds", found["id"], up=up),
    }  # fmt: skip


def _lines(site: Site, order: Doc, found: Doc) -> list[Doc]:
    """Lines of their own, with units and amounts below zero; their meta names the line that was refunded."""
    lines = []
    for place, one in enumerate(found["lines"], 1):
        line = book.line_of(order, one["line"])
        shown = next(item for item in view.line_items(site, order) if item["id"] == int(line["id"]))
        total = site.money(-book.value_of(line, one["quantity"]))
        lines.append(
            {
                **shown, "id": int(found["id"]) * 100 + place, "quantity": -one["quantity"], "subtotal": total, "total": total,
                "meta_data": [{"id": place, "key": "_refunded_item_id", "value": line["id"]}],
            }
        )  # fmt: skip
    return lines


@api.on("GET", PATH)
def search(call: Call, order: str) -> Reply:
    """The refunds of an order, newest first."""
    site = site_of(call)
    found = order_of(call, site, order)
    every = view.refunds(found)
    items = [_refund(site, found, one) for one in lists.part(call, every)]
    return lists.paged(call, site, f"orders/{order}/refunds", items, len(every))


@api.on("GET", f"{PATH}/<identifier>")
def retrieve(call: Call, order: str, identifier: str) -> Reply:
    """One refund."""
    site = site_of(call)
    found = order_of(call, site, order)
    one = next((one for one in view.refunds(found) if one["id"] == identifier), None)
    if one is None:
        raise no_id("order_refund")
    return Reply(_refund(site, found, one))


@api.on("POST", PATH)
def create(call: Call, order: str) -> Reply:
    """Give money back. `api_refund` (true) asks the gateway, `api_restock` (true) puts units back; both need not be said."""
    site = site_of(call)
    found, body = order_of(call, site, order), call.body if isinstance(call.body, dict) else {}
    lines = _wanted(body)
    amount = _amount(site, body, lines)
    by_gateway = body.get("api_refund", True) is True
    if by_gateway and view.method_of(found) not in view.REFUNDING:
        raise refusal(500, FAILED, "The payment gateway for this order does not support automatic refunds.")
    try:
        returning.refund(
            call.scope, site.shop, found, amount, reason=str(body.get("reason") or ""),
            lines=[{"line": one["id"], "quantity": one["quantity"]} for one in lines if one["quantity"]],
            restock=body.get("api_restock", True) is True,
        )  # fmt: skip
    except CannotDo as error:
        raise refusal(500, FAILED, "Invalid refund amount." if error.code == "range" else str(error)) from error
    found["refunds"][-1]["by_gateway"] = by_gateway
    book.keep(call.scope, site.shop, found)
    statuses.after_refund(call.scope, site.shop, found)
    return Reply(_refund(site, found, found["refunds"][-1]), 201)


def _wanted(body: Doc) -> list[Doc]:
    given: Any = body.get("line_items") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) and one.get("id") for one in given):
        raise invalid("line_items", "line_items is not of type array.")
    return [
        {
            **one,
            "id": str(one["id"]),
            "quantity": int(one.get("quantity") or 0),
            "refund_total": one.get("refund_total") or 0,
        }
        for one in given
    ]


def _amount(site: Site, body: Doc, lines: list[Doc]) -> int:
    """The amount wins over the lines' totals."""
    if body.get("amount") not in (None, ""):
        amount = site.minor(body["amount"], "amount")
    else:
        amount = sum(site.minor(one["refund_total"], "refund_total") for one in lines)
    if amount < 0:
        raise refusal(400, "woocommerce_rest_invalid_order_refund", "Refund amount must be greater than zero.")
    return amount
