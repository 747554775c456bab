"""Packing slips as one PDF: a page per order with address, order bar code and what goes into the parcel. No prices."""

import io
from collections.abc import Sequence

from flask import Response
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, SimpleDocTemplate, Spacer, Table, TableStyle

from app.core.errors import NotFound
from app.core.web.blocking import in_thread
from app.orders.documents import address_of, fonts, words
from app.orders.models import Order
from app.orders.words import country

WIDE = A4[0] - 44 * mm - 12  # a frame keeps 6 points at each side


def answer(orders: Sequence[Order]) -> Response:
    """The PDF to look at and print. Raises NotFound when there is nothing to print."""
    if not orders:
        raise NotFound
    data = in_thread(lambda: draw(orders))
    disposition = 'inline; filename="packing-slips.pdf"'
    return Response(data, mimetype="application/pdf", headers={"Content-Disposition": disposition})


def draw(orders: Sequence[Order]) -> bytes:
    """Bytes of the PDF, a new page for each order, in the order given."""
    fonts()
    buffer, margin = io.BytesIO(), 22 * mm
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title="Packing slips",
    )
    story: list[object] = []
    for order in orders:
        story += [*_page(order), PageBreak()]
    document.build(story[:-1])
    return buffer.getvalue()


def _page(order: Order) -> list[object]:
    code = Code128(str(order.number), barHeight=11 * mm, barWidth=0.38 * mm, humanReadable=False)
    head = Table(
        [[words(f"#{order.number}", size=26, bold=True), code], [words(_facts(order), grey=True), ""]],
        colWidths=[WIDE - 60 * mm, 60 * mm],
    )
    head.setStyle(
        TableStyle(
            [
                ("ALIGN", (1, 0), (1, 0), "RIGHT"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return [
        head,
        Spacer(1, 8 * mm),
        words("To", grey=True),
        words(
            address_of({**order.ship_to, "country": country(str(order.ship_to.get("country", "")))})
            or order.buyer_name,
            size=13,
        ),
        Spacer(1, 8 * mm),
        _contents(order),
        Spacer(1, 10 * mm),
        *_gift(order),
        words(f"Thank you for buying from {order.shop.name}.", grey=True),
    ]


def _gift(order: Order) -> list[object]:
    if not order.gift_note:
        return []
    return [words("A note for you", grey=True), words(order.gift_note, size=12), Spacer(1, 10 * mm)]


def _facts(order: Order) -> str:
    placed = f"{order.placed_at.day} {order.placed_at:%B %Y}"
    return " · ".join(part for part in (order.shop.name, f"ordered {placed}", order.delivery_name) if part)


def _contents(order: Order) -> Table:
    rows = [[words("", grey=True), words("Units", grey=True), words("Item", grey=True), words("SKU", grey=True)]]
    for line in order.lines:
        units = line.quantity - line.refunded_quantity - line.fulfilled_quantity
        if line.ships and units > 0:
            title = f"{line.title}\n{line.variant_title}" if line.variant_title else line.title
            rows.append(["", words(str(units), size=13, bold=True), words(title, size=11), words(line.sku, size=8.5)])
    if len(rows) == 1:
        rows.append(["", "", words("Everything of this order has been sent."), ""])
    table = Table(rows, colWidths=[8 * mm, 16 * mm, WIDE - 69 * mm, 45 * mm], repeatRows=1)
    boxes = [("BOX", (0, row), (0, row), 0.8, colors.HexColor("#5d6b67")) for row in range(1, len(rows))]
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#dfe5e3")),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                *boxes,
            ]
        )
    )
    return table
