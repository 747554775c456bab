"""Documents on paper: labels of a batch as one file, packing slips without prices, pick lists by location.

Labels are 4×6 inches (288×432 pt) and are never scaled; slips share that size so that one thermal printer does both
(LABELS.md, «Recipe»).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pikepdf
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import inch, mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.core.fonts import BOLD, REGULAR, fitted, register

LABEL = (4 * inch, 6 * inch)
MARGIN = 14.0
DOT = 0.0148 * inch
"""Three dots of a 203 dpi printer: bars come out whole."""


@dataclass(frozen=True)
class SlipLine:
    title: str
    sku: str
    quantity: int


@dataclass(frozen=True)
class Slip:
    """One parcel's packing slip. No prices, so that a gift stays one; `code` is scanned to open the order."""

    number: int
    code: str
    shop: str
    recipient: Sequence[str]
    lines: Sequence[SlipLine]
    parcel: int
    parcels: int
    message: str = ""


@dataclass(frozen=True)
class Pick:
    """Units of one SKU to fetch from one location, and the orders that wait for them."""

    location: str
    sku: str
    title: str
    quantity: int
    orders: Sequence[int]


def joined(files: Sequence[bytes]) -> bytes:
    """PDFs and PNGs as one PDF, a page per label, in this order. Raises ValueError for a file that is neither."""
    whole = pikepdf.new()
    for data in files:
        page = data if data.startswith(b"%PDF") else _picture(data)
        try:
            with pikepdf.open(io.BytesIO(page)) as part:
                whole.pages.extend(part.pages)
        except pikepdf.PdfError as error:
            raise ValueError("a label file is damaged") from error
    out = io.BytesIO()
    whole.save(out, deterministic_id=True)
    return out.getvalue()


def _picture(data: bytes) -> bytes:
    if not data.startswith(b"\x89PNG"):
        raise ValueError("a label file is neither PDF nor PNG")
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=LABEL, invariant=1)
    canvas.drawImage(ImageReader(io.BytesIO(data)), 0, 0, *LABEL, preserveAspectRatio=True, anchor="c")
    canvas.save()
    return out.getvalue()


def slips(found: Sequence[Slip]) -> bytes:
    """A 4×6 page per parcel; long orders go on to a second page."""
    register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=LABEL, invariant=1)
    for slip in found:
        _slip(canvas, slip)
    canvas.save()
    return out.getvalue()


def _slip(canvas: Canvas, slip: Slip) -> None:
    width, height = LABEL
    y = _slip_head(canvas, slip, height - MARGIN)
    for line in slip.lines:
        if y < 70:
            canvas.showPage()
            y = _slip_head(canvas, slip, height - MARGIN)
        canvas.rect(MARGIN, y - 7, 8, 8)
        canvas.setFont(BOLD, 9)
        canvas.drawString(MARGIN + 14, y - 6, f"{line.quantity} ×")
        canvas.setFont(REGULAR, 9)
        canvas.drawString(MARGIN + 40, y - 6, fitted(line.title, REGULAR, 9, width - 2 * MARGIN - 40))
        canvas.setFont(REGULAR, 7)
        canvas.drawString(MARGIN + 40, y - 15, fitted(line.sku, REGULAR, 7, width - 2 * MARGIN - 40))
        y -= 24
    if slip.message:
        canvas.setFont(REGULAR, 8)
        canvas.drawString(MARGIN, 58, fitted(slip.message, REGULAR, 8, width - 2 * MARGIN))
    canvas.showPage()


def _slip_head(canvas: Canvas, slip: Slip, y: float) -> float:
    width = LABEL[0]
    canvas.setFont(BOLD, 13)
    canvas.drawString(MARGIN, y - 12, fitted(slip.shop, BOLD, 13, width - 2 * MARGIN - 70))
    canvas.setFont(BOLD, 13)
    canvas.drawRightString(width - MARGIN, y - 12, f"#{slip.number}")
    y -= 22
    if slip.parcels > 1:
        canvas.setFont(REGULAR, 8)
        canvas.drawRightString(width - MARGIN, y - 2, f"Parcel {slip.parcel} of {slip.parcels}")
    canvas.setFont(REGULAR, 8.5)
    for line in slip.recipient:
        y -= 11
        canvas.drawString(MARGIN, y, fitted(line, REGULAR, 8.5, width - 2 * MARGIN))
    barcode = Code128(slip.code, barWidth=DOT * 0.667, barHeight=28, quiet=1)
    barcode.drawOn(canvas, MARGIN - 8, 18)
    canvas.setFont(REGULAR, 7)
    canvas.drawString(MARGIN, 9, slip.code)
    y -= 10
    canvas.line(MARGIN, y, width - MARGIN, y)
    return y - 10


def picks(found: Sequence[Pick]) -> bytes:
    """A4, grouped by location, with a box to tick and the SKU as a barcode."""
    register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    width, height = A4
    y, place = 0.0, None
    for pick in found:
        if y < 30 * mm or place is None:
            if place is not None:
                canvas.showPage()
            canvas.setFont(BOLD, 16)
            canvas.drawString(15 * mm, height - 18 * mm, "Pick list")
            y, place = height - 28 * mm, ""
        if pick.location != place:
            place = pick.location
            canvas.setFont(BOLD, 11)
            canvas.drawString(15 * mm, y - 4 * mm, place)
            y -= 9 * mm
        _pick(canvas, pick, y, width)
        y -= 15 * mm
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _pick(canvas: Canvas, pick: Pick, y: float, width: float) -> None:
    canvas.rect(15 * mm, y - 5 * mm, 4 * mm, 4 * mm)
    canvas.setFont(BOLD, 12)
    canvas.drawRightString(32 * mm, y - 4.6 * mm, f"{pick.quantity} ×")
    canvas.setFont(REGULAR, 10)
    canvas.drawString(36 * mm, y - 4 * mm, fitted(pick.title, REGULAR, 10, 80 * mm))
    canvas.setFont(REGULAR, 7.5)
    named = ", ".join(f"#{number}" for number in pick.orders)
    canvas.drawString(36 * mm, y - 8 * mm, fitted(f"{pick.sku}  ·  {named}", REGULAR, 7.5, 80 * mm))
    if pick.sku.isascii() and len(pick.sku) <= 24:
        Code128(pick.sku, barWidth=0.8, barHeight=9 * mm, quiet=1).drawOn(canvas, width - 80 * mm, y - 10 * mm)
