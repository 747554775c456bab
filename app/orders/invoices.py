"""An order's invoice as PDF, with an embedded font that knows every European script."""

import io
from pathlib import Path
from xml.sax.saxutils import escape

from flask import Response
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from app.core.web.blocking import in_thread
from app.orders.models import Order

FONTS = Path(__file__).parent / "fonts"
GREY = colors.HexColor("#5d6b67")


def _fonts() -> None:
    if "Invoice" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("Invoice", FONTS / "DejaVuSans.ttf"))
        pdfmetrics.registerFont(TTFont("Invoice-Bold", FONTS / "DejaVuSans-Bold.ttf"))


def answer(order: Order) -> Response:
    """The PDF as a download. Made outside the web process's own thread, since drawing blocks."""
    data = in_thread(lambda: draw(order))
    name = f"invoice-{order.number}.pdf"
    return Response(data, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def draw(order: Order) -> bytes:
    """Bytes of the PDF: seller, buyer, lines, sums and refunds as they stand now."""
    _fonts()
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


def _style(size: float = 9.5, bold: bool = False, grey: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        "x",
        fontName="Invoice-Bold" if bold else "Invoice",
        fontSize=size,
        leading=size * 1.45,
        textColor=GREY if grey else colors.black,
    )


def _text(words: str, **style: bool | float) -> Paragraph:
    return Paragraph(escape(words).replace("\n", "<br/>"), _style(**style))  # type: ignore[arg-type]


def _address(values: dict[str, str]) -> str:
    keys = ("name", "line1", "line2", "postcode", "city", "region", "country")
    return "\n".join(str(values[key]) for key in keys if values.get(key))


def _head(order: Order) -> list[object]:
    seller = f"{order.shop.name}\n{_address(order.shop.address)}"
    buyer = f"{order.buyer_name}\n{order.buyer_email}" + (f"\n{_address(order.ship_to)}" if order.ship_to else "")
    parties = Table(
        [[_text("From", grey=True), _text("To", grey=True)], [_text(seller), _text(buyer)]],
        colWidths=[83 * mm, 83 * mm],
    )
    parties.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))
    date = (order.paid_at or order.placed_at).strftime("%d %B %Y")
    facts = f"Order {order.number} · {date} · {'Paid' if order.paid_at else 'Not paid yet'}"
    return [
        _text(f"Invoice {order.number}", size=20, bold=True),
        Spacer(1, 3 * mm),
        _text(facts, grey=True),
        Spacer(1, 8 * mm),
        parties,
        Spacer(1, 8 * mm),
    ]


def _lines(order: Order) -> Table:
    rows = [
        [_text("Item", grey=True), _text("Units", grey=True), _text("Price", grey=True), _text("Amount", grey=True)]
    ]
    for line in order.lines:
        title = f"{line.title} ({line.variant_title})" if line.variant_title else line.title
        rows.append(
            [
                _text(f"{title}\nSKU {line.sku}"),
                _text(str(line.quantity)),
                _text(order.money(line.unit_minor).format()),
                _text(order.money(line.unit_minor * line.quantity).format()),
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
    shown = [[_text(name), _text(order.money(minor).format())] for name, minor in rows if minor or name == "Items"]
    shown.append([_text("Total", bold=True), _text(order.total.format(), bold=True)])
    if order.refunded_minor:
        shown.append([_text("Refunded"), _text(order.money(-order.refunded_minor).format())])
    return Table(shown, colWidths=[40 * mm, 32 * mm], hAlign="RIGHT")


def _foot(order: Order) -> list[object]:
    return [
        Spacer(1, 12 * mm),
        _text(f"Sold by {order.shop.name} through Guildhall. Amounts in {order.currency}.", grey=True, size=8),
    ]
