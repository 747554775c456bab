"""Refunds: choose, preview, confirm."""

from flask import flash, request

from app.core.errors import Refused
from app.core.ids import new_token
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, requires
from app.orders import actions, forms, queries
from app.orders.routes import blueprint
from app.orders.routes.seller import base, detail

REFUND = Permission.ORDERS_ORDER_REFUND


@blueprint.get("/w/<workspace>/orders/<int:number>/refunds/new")
@requires(REFUND)
def refund_form(number: int) -> str:
    """Choose what goes back (`?all=1`: everything that is left); after «Preview», everything that would happen."""
    row = queries.order_by_number(number)
    shown = request.form if request.method == "POST" else request.args
    typed = {**shown, **forms.refund_rest(row)} if request.args.get("all") and shown is request.args else shown
    return render.page(
        "orders/refund.html", **detail(row), typed=typed, preview=None, key=shown.get("key") or new_token("rf")
    )


@blueprint.post("/w/<workspace>/orders/<int:number>/refunds/preview")
@requires(REFUND, again=refund_form)
def refund_preview(number: int) -> str:
    row = queries.order_by_number(number)
    lines, delivery = forms.refund_lines(row, request.form)
    preview = actions.refund_preview(row, lines, delivery, bool(request.form.get("restock")))
    key = request.form.get("key") or new_token("rf")
    return render.page(
        "orders/refund.html",
        **detail(row),
        typed=request.form,
        preview=preview,
        key=key,
        previewed=forms.refund_summary(request.form),
    )


@blueprint.post("/w/<workspace>/orders/<int:number>/refunds")
@requires(REFUND, again=refund_form)
def refund(number: int) -> object:
    row = queries.order_by_number(number)
    lines, delivery = forms.refund_lines(row, request.form)
    if request.form.get("previewed") != forms.refund_summary(request.form):
        raise Refused("Something was changed after the preview. No money was moved; look at the new preview first.")
    actions.refund(
        actor(),
        row,
        lines,
        delivery,
        "requested_by_customer",
        request.form.get("note", "").strip()[:300],
        bool(request.form.get("restock")),
        request.form.get("key", "")[:100] or new_token("rf"),
    )
    flash("The refund is on its way. The timeline says when Stripe has sent it.", "good")
    return back(f"{base()}/{number}")
