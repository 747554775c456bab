"""What leaves the list as a file: CSV, packing slips, invoices."""

from collections.abc import Iterator
from typing import Any

from flask import Response, request

from app.core import db
from app.core.csv import lines as csv_lines
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import member, requires
from app.orders import actions, invoices, queries, slips, words
from app.orders.models import Order
from app.orders.queries import addressed
from app.orders.routes import blueprint
from app.orders.routes.seller import READ, base

HEAD = (
    "Order",
    "Placed",
    "Channel",
    "Shop",
    "State",
    "Payment",
    "On hold",
    "Ship by",
    "Buyer",
    "E-mail",
    "Address",
    "Country",
    "Items",
    "Currency",
    "Items total",
    "Discount",
    "Delivery",
    "Total",
    "Refunded",
    "Discount code",
    "Tags",
)


@blueprint.get("/w/<workspace>/orders/export.csv")
@requires(Permission.ORDERS_ORDER_EXPORT)
def export() -> Response:
    """Exactly the current view, or the orders named by `numbers`; in UTC and main currency units."""
    workspace_id, user_id = member().workspace_id, db.scope().user_id  # type: ignore[union-attr]
    filters, numbers = addressed.filters(request.args), _numbers()

    def stream() -> Iterator[str]:
        with db.workspace(workspace_id, user_id):
            rows = iter(queries.chosen(numbers)) if numbers else queries.export_rows(filters)
            yield from csv_lines(HEAD, (_row(one) for one in rows))

    name = "orders-selected.csv" if numbers else f"orders-{filters.view}.csv"
    disposition = f'attachment; filename="{name}"'
    return Response(stream(), mimetype="text/csv", headers={"Content-Disposition": disposition})


def _numbers() -> list[int]:
    """`numbers=1001,1002` of the address, at most as many as can be chosen at once."""
    raw = request.args.get("numbers", "").split(",")
    return [int(one) for one in raw if one.isdecimal() and len(one) < 10][: actions.AT_ONCE]


def _row(one: Order) -> list[Any]:
    items = "; ".join(f"{line.quantity} × {line.title} ({line.sku})" for line in one.lines)
    address = ", ".join(str(one.ship_to[part]) for part in actions.PARTS[:-1] if one.ship_to.get(part))
    return [
        one.number,
        _moment(one.placed_at),
        words.channel(one.channel),
        one.shop.name,
        one.state,
        one.payment_state,
        one.hold_reason,
        _moment(one.ship_by),
        one.buyer_name,
        one.buyer_email,
        address,
        one.country,
        items,
        one.currency,
        *(
            one.money(minor).decimal
            for minor in (one.subtotal_minor, one.discount_minor, one.delivery_minor, one.total_minor)
        ),
        one.money(one.refunded_minor).decimal,
        one.discount_code,
        ", ".join(one.tags),
    ]


def _moment(moment: Any) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""


@blueprint.get("/w/<workspace>/orders/<int:number>/slip")
@requires(READ)
def packing_slip(number: int) -> str:
    """What goes into the parcel: no prices."""
    order = queries.order_by_number(number)
    return render.page("orders/slip.html", order=order, words=words, back=f"{base()}/{number}")


@blueprint.get("/w/<workspace>/orders/slips.pdf")
@requires(READ)
def packing_slips() -> Response:
    """One page per order that ships, in the order of `numbers`; printing them again changes nothing."""
    return slips.answer([order for order in queries.chosen(_numbers()) if any(line.ships for line in order.lines)])


@blueprint.get("/w/<workspace>/orders/<int:number>/invoice.pdf")
@requires(READ)
def invoice(number: int) -> Response:
    return invoices.answer(queries.order_by_number(number))
