"""The order list, one order, and its documents."""

from collections.abc import Iterator
from typing import Any

from flask import Response, request

from app.access import queries as access_queries
from app.core import db
from app.core.csv import lines as csv_lines
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import member, requires
from app.orders import forms, invoices, queries
from app.orders.models import Order
from app.orders.routes import blueprint
from app.payments import queries as money

READ = Permission.ORDERS_ORDER_READ
LABELS = {"ready": "To ship", "unpaid": "Unpaid", "sent": "Done", "cancelled": "Cancelled", "all": "All"}
PAGE = 50


@blueprint.get("/w/<workspace>/orders")
@requires(READ)
def orders() -> str:
    """The order list: tabs, filters and search in the address, keyset pages."""
    filters = forms.filters(request.args)
    rows = queries.list_orders(filters, forms.cursor(request.args.get("after", "")), PAGE + 1)
    base = f"/w/{member().slug}/orders"
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    more = forms.address(base, filters, after=f"{last.placed_at.isoformat()}~{last.id}") if last else ""
    return render.page(
        "orders/list.html",
        orders=rows[:PAGE],
        filters=filters,
        counts=queries.counts(),
        labels=LABELS,
        next_url=more,
        base=base,
        link=lambda **changes: forms.address(base, filters, **changes),
        live_topics=f"workspace:{member().workspace_id}:orders",
        now=db.now(),
    )


@blueprint.get("/w/<workspace>/orders/<int:number>")
@requires(READ)
def order(number: int) -> str:
    """One order with everything that is known about it."""
    return render.page("orders/detail.html", **detail(queries.order_by_number(number)))


def detail(row: Order) -> dict[str, Any]:
    """What the detail page shows; also after a refused change."""
    newer, older = queries.neighbours(row)
    kind = request.args.get("kind", "")
    grants = access_queries.grants_for_order(row.id)
    return {
        "order": row,
        "money_of": money.money_of_order(row.id),
        "timeline": queries.timeline(row, kind),
        "kind": kind,
        "newer": newer,
        "older": older,
        "history": queries.history(row),
        "grants": grants,
        "base": f"/w/{member().slug}/orders",
        "live_topics": f"order:{row.id}",
        "now": db.now(),
    }


@blueprint.get("/w/<workspace>/orders/export.csv")
@requires(Permission.ORDERS_ORDER_EXPORT)
def export() -> Response:
    """Exactly the current view, in UTC and main currency units."""
    head = [
        "Order",
        "Placed",
        "State",
        "Payment",
        "Buyer",
        "E-mail",
        "Country",
        "Items",
        "Currency",
        "Total",
        "Refunded",
        "Discount code",
    ]
    workspace_id, user_id = member().workspace_id, db.scope().user_id  # type: ignore[union-attr]
    filters = forms.filters(request.args)

    def stream() -> Iterator[str]:
        with db.workspace(workspace_id, user_id):
            yield from csv_lines(head, (_row(one) for one in queries.export_rows(filters)))

    return Response(
        stream(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="orders-{filters.view}.csv"'},
    )


def _row(one: Order) -> list[Any]:
    items = "; ".join(f"{line.quantity} × {line.title} ({line.sku})" for line in one.lines)
    return [
        one.number,
        one.placed_at.strftime("%Y-%m-%d %H:%M"),
        one.state,
        one.payment_state,
        one.buyer_name,
        one.buyer_email,
        one.country,
        items,
        one.currency,
        one.total.decimal,
        one.money(one.refunded_minor).decimal,
        one.discount_code,
    ]


@blueprint.get("/w/<workspace>/orders/<int:number>/slip")
@requires(READ)
def packing_slip(number: int) -> str:
    """What goes into the parcel: no prices."""
    return render.page(
        "orders/slip.html", order=queries.order_by_number(number), back=f"/w/{member().slug}/orders/{number}"
    )


@blueprint.get("/w/<workspace>/orders/<int:number>/invoice.pdf")
@requires(READ)
def invoice(number: int) -> Response:
    return invoices.answer(queries.order_by_number(number))
