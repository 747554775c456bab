"""An order's invoice as PDF, with an embedded font that knows every European script."""

import io

from flask import Response
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate, Spacer, Table, TableStyle

from app.core.web.blocking import in_thread
from app.orders.documents import address_of, fonts, words
from app.orders.models import Order


def answer(order: Order) -> Response:
    """The PDF as a download. Made outside the web process's own thread, since drawing blocks."""
    data = in_thread(lambda: draw(order))
    name = f"invoice-{order.number}.pdf"
    return Response(data, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def draw(order: Order) -> bytes:
    """Bytes of the PDF: seller, buyer, lines, sums and refunds as they stand now."""
    fonts()
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=f"Invoice {order.number}",
        author=order.shop.name,
    )
    document.build([*_head(order), _lines(order), Spacer(1, 6 * mm), _sums(order), *_foot(order)])
    return buffer.getvalue()


def _head(order: Order) -> list[object]:
    seller = f"{order.shop.name}\n{address_of(order.shop.address)}"
    buyer = "\n".join(part for part in (*_business(order), order.buyer_email, address_of(order.ship_to)) if part)
    parties = Table(
        [[words("From", grey=True), words("To", grey=True)], [words(seller), words(buyer)]],
        colWidths=[83 * mm, 83 * mm],
    )
    parties.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))
    date = (order.paid_at or order.placed_at).strftime("%d %B %Y")
    facts = f"Order {order.number} · {date} · {'Paid' if order.paid_at else 'Not paid yet'}"
    return [
        words(f"Invoice {order.number}", size=20, bold=True),
        Spacer(1, 3 * mm),
        words(facts, grey=True),
        Spacer(1, 8 * mm),
        parties,
        Spacer(1, 8 * mm),
    ]


def _business(order: Order) -> list[str]:
    """Who the invoice is to: a company with its VAT number and the person there, or just the person."""
    vat_id = str(order.billing.get("vat_id", ""))
    return [str(order.billing.get("company", "")), order.buyer_name, f"VAT {vat_id}" if vat_id else ""]


def _lines(order: Order) -> Table:
    rows = [
        [words("Item", grey=True), words("Units", grey=True), words("Price", grey=True), words("Amount", grey=True)]
    ]
    for line in order.lines:
        title = f"{line.title} ({line.variant_title})" if line.variant_title else line.title
        rows.append(
            [
                words(f"{title}\nSKU {line.sku}"),
                words(str(line.quantity)),
                words(order.money(line.unit_minor).format()),
                words(order.money(line.unit_minor * line.quantity).format()),
            ]
        )
    table = Table(rows, colWidths=[92 * mm, 18 * mm, 28 * mm, 28 * mm], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#dfe5e3")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
            ]
        )
    )
    return table


def _sums(order: Order) -> Table:
    rows = [("Items", order.subtotal_minor), ("Discount", -order.discount_minor), ("Delivery", order.delivery_minor)]
    shown = [[words(name), words(order.money(minor).format())] for name, minor in rows if minor or name == "Items"]
    shown.append([words("Total", bold=True), words(order.total.format(), bold=True)])
    if order.refunded_minor:
        shown.append([words("Refunded"), words(order.money(-order.refunded_minor).format())])
    return Table(shown, colWidths=[40 * mm, 32 * mm], hAlign="RIGHT")


def _foot(order: Order) -> list[object]:
    return [
        Spacer(1, 12 * mm),
        words(f"Sold by {order.shop.name} through Guildhall. Amounts in {order.currency}.", grey=True, size=8),
    ]
