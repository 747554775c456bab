"""A label as PDF: 4 × 6 inches, vector bars, the same bytes for the same label."""

import io
from typing import Any

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import letter
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas

SIZE = (4 * inch, 6 * inch)
BAR = 0.0148 * inch  # three dots of a 203 dpi printer
MARGIN = 0.15 * inch


def render(label: Any, layout: str = "4x6") -> bytes:
    """One page with one label."""
    out = io.BytesIO()
    page = letter if layout == "letter" else SIZE
    canvas = Canvas(out, pagesize=page, invariant=1)
    canvas.setTitle(label.number)
    if layout == "letter":
        canvas.translate(0.5 * inch, letter[1] - SIZE[1] - 0.5 * inch)
    _draw(canvas, label)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, label: Any) -> None:
    canvas.rect(MARGIN / 2, MARGIN / 2, SIZE[0] - MARGIN, SIZE[1] - MARGIN)
    _lines(canvas, (label.service,), 5.62, 15, "Helvetica-Bold")
    canvas.line(MARGIN / 2, 5.5 * inch, SIZE[0] - MARGIN / 2, 5.5 * inch)
    _lines(canvas, label.sender, 5.3, 8)
    _lines(canvas, label.about, 5.3, 8, left=2.9)
    canvas.line(MARGIN / 2, 4.42 * inch, SIZE[0] - MARGIN / 2, 4.42 * inch)
    _lines(canvas, ("SHIP TO:",), 4.2, 9, "Helvetica-Bold")
    _lines(canvas, label.recipient, 4.0, 12, left=0.4)
    _bars(canvas, label.number)
    _lines(canvas, label.references, 0.62, 8)
    _lines(canvas, ("SAMPLE - DO NOT MAIL",), 0.2, 10, "Helvetica-Bold")


def _lines(
    canvas: Canvas, lines: tuple[str, ...], top: float, size: int, font: str = "Helvetica", left: float = 0.15
) -> None:
    canvas.setFont(font, size)
    for row, line in enumerate(lines):
        canvas.drawString(left * inch, top * inch - row * size * 1.2, line[:48])


def _bars(canvas: Canvas, number: str) -> None:
    canvas.line(MARGIN / 2, 2.5 * inch, SIZE[0] - MARGIN / 2, 2.5 * inch)
    code = Code128(number, barWidth=BAR, barHeight=1.1 * inch, quiet=1, humanReadable=False)
    code.drawOn(canvas, (SIZE[0] - code.width) / 2, 1.2 * inch)
    canvas.setFont("Helvetica-Bold", 10)
    canvas.drawCentredString(SIZE[0] / 2, 1.0 * inch, number)


def listing(title: str, lines: list[str], barcode: str = "") -> bytes:
    """A letter page with a title and lines: a manifest, a customs form, a packing slip."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    canvas.setTitle(title)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(inch, 10 * inch, title)
    if barcode:
        Code128(barcode, barWidth=BAR, barHeight=0.75 * inch).drawOn(canvas, inch, 9 * inch)
    canvas.setFont("Helvetica", 10)
    for row, line in enumerate(lines):
        place = row % 44
        if row and place == 0:
            canvas.showPage()
            canvas.setFont("Helvetica", 10)
        canvas.drawString(inch, 8.6 * inch - place * 13, line[:100])
    canvas.showPage()
    canvas.save()
    return out.getvalue()
