"""Documents on paper: labels of a batch as one file, packing slips without prices, pick lists by location.

Labels are 4×6 inches (288×432 pt) and are never scaled; slips share that size so that one thermal printer does both
(LABELS.md, «Recipe»). Slips are laid out in the dots of a 203 dpi printer, so that their bars come out whole.
"""

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pikepdf
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import inch, mm
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfgen.canvas import Canvas

from app.core.fonts import BOLD, REGULAR, fitted, missing, register
from app.shipping.carriers import own_bars

LABEL = (4 * inch, 6 * inch)
DOT = inch / 203
MARGIN = 40 * DOT
INSIDE = LABEL[0] - 2 * MARGIN
FLOOR = 64.0
"""Points from the bottom of a slip that belong to its barcode."""
ASIDE = 130
"""Dots beside the barcode of a slip for the number of items."""
EDGE = 15 * mm
MOST_NAMED = 100
"""Orders that a pick list names for one SKU; of more it gives the count."""
TITLE_WIDTH = 92 * mm
BARS = 60 * mm


@dataclass(frozen=True)
class SlipLine:
    title: str
    sku: str
    quantity: int


@dataclass(frozen=True)
class Slip:
    """One parcel's packing slip. No prices, so that a gift stays one; `code` is scanned to open the order.

    `page` is the address of the buyer's tracking page, printed as a square code; empty prints none.
    """

    number: int
    code: str
    shop: str
    recipient: Sequence[str]
    lines: Sequence[SlipLine]
    parcel: int
    parcels: int
    message: str = ""
    page: str = ""


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


def drawable(text: str) -> str:
    """`text` in signs that the typeface has: pictures are left out, letters that it lacks are shown as «□».

    For papers that stay in the house and are read beside an SKU; labels refuse such names instead (own_sheet).
    """
    text = unicodedata.normalize("NFC", text)
    if not (lacking := missing(text)):
        return text
    pictures = "".join(sign for sign in lacking if unicodedata.category(sign)[0] in "SCM")
    letters = "".join(sign for sign in lacking if sign not in pictures)
    text = re.sub(f"[{re.escape(pictures)}]+", "", text) if pictures else text
    text = re.sub(f"[{re.escape(letters)}]+", "□", text) if letters else text
    return " ".join(text.split())


def wrapped(text: str, face: str, size: float, width: float, most: int) -> list[str]:
    """At most `most` rows of at most `width` points; what is left over is cut with «…»."""
    rows = simpleSplit(drawable(text), face, size, width) or [""]
    kept = [*rows[: most - 1], " ".join(rows[most - 1 :])] if len(rows) > most else rows
    return [fitted(row, face, size, width) for row in kept]


# --- slips
def slips(found: Sequence[Slip]) -> bytes:
    """A 4×6 page per parcel; long orders go on to further pages, each with the head and the code."""
    register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=LABEL, invariant=1)
    canvas.setTitle("Packing slips")
    for slip in found:
        _slip(canvas, slip)
    canvas.save()
    return out.getvalue()


def _slip(canvas: Canvas, slip: Slip) -> None:
    y = _slip_head(canvas, slip)
    for line in slip.lines:
        title = wrapped(line.title, REGULAR, 9.5, INSIDE - 48, 2)
        if y - _height(title, line.sku) < FLOOR:
            canvas.showPage()
            y = _slip_head(canvas, slip, further=True)
        y = _slip_line(canvas, line, title, y)
    if slip.message:
        _message(canvas, slip, y)
    canvas.showPage()


def _height(title: Sequence[str], sku: str) -> float:
    """Points that a line of the slip takes."""
    return len(title) * 11.5 + (9.5 if sku else 0) + 8


def _slip_line(canvas: Canvas, line: SlipLine, title: Sequence[str], y: float) -> float:
    canvas.setLineWidth(3 * DOT)
    canvas.rect(MARGIN, y - 9.5, 10, 10)
    canvas.setFont(BOLD, 10.5)
    canvas.drawRightString(MARGIN + 42, y - 8.5, f"{line.quantity} ×")
    canvas.setFont(REGULAR, 9.5)
    row = y - 8.5
    for part in title:
        canvas.drawString(MARGIN + 48, row, part)
        row -= 11.5
    if line.sku:
        canvas.setFont(REGULAR, 7.5)
        canvas.drawString(MARGIN + 48, row + 1, fitted(drawable(line.sku), REGULAR, 7.5, INSIDE - 48))
    return y - _height(title, line.sku)


def _slip_head(canvas: Canvas, slip: Slip, *, further: bool = False) -> float:
    """Shop, number, recipient and code. Returns where the lines begin."""
    right, y = LABEL[0] - MARGIN, LABEL[1] - MARGIN - 13
    canvas.setFont(BOLD, 15)
    canvas.drawRightString(right, y, f"#{slip.number}")
    canvas.setFont(BOLD, 13)
    canvas.drawString(MARGIN, y, fitted(drawable(slip.shop), BOLD, 13, INSIDE - 90))
    aside = ["Packing slip", f"Parcel {slip.parcel} of {slip.parcels}" if slip.parcels > 1 else ""]
    canvas.setFont(REGULAR, 8)
    for place, words in enumerate([*filter(None, aside), "continued" if further else ""]):
        canvas.drawRightString(right, y - 13 - 10 * place, words)
    y -= 4
    for place, line in enumerate(slip.recipient):
        face = REGULAR if place else BOLD
        y -= 11.5
        canvas.setFont(face, 9.5)
        canvas.drawString(MARGIN, y, fitted(drawable(line), face, 9.5, INSIDE - 80))
    if slip.page:
        y = min(y, _page_code(canvas, slip.page, right, LABEL[1] - MARGIN - 42))
    _slip_foot(canvas, slip)
    canvas.setLineWidth(3 * DOT)
    canvas.line(MARGIN, y - 9, right, y - 9)
    return y - 18


def _page_code(canvas: Canvas, page: str, right: float, top: float) -> float:
    """The way to the tracking page, squares of whole dots. Returns where it ends."""
    rows = own_bars.qr(page)
    side = (4 if len(rows) <= 33 else 3) * DOT
    left = right - len(rows) * side
    for down, row in enumerate(rows):
        for across, black in enumerate(row):
            if black:
                canvas.rect(left + across * side, top - (down + 1) * side, side, side, stroke=0, fill=1)
    canvas.setFont(REGULAR, 7)
    canvas.drawRightString(right, top - len(rows) * side - 9, "Follow your parcel")
    return top - len(rows) * side - 10


def _slip_foot(canvas: Canvas, slip: Slip) -> None:
    right, units = LABEL[0] - MARGIN, sum(line.quantity for line in slip.lines)
    dots = own_bars.dots_per_module(slip.code, round(INSIDE / DOT) - ASIDE)
    _whole_bars(canvas, slip.code, dots, 40, 60, 90)
    canvas.setFont(REGULAR, 7.5)
    canvas.drawString(MARGIN, 30 * DOT, slip.code)
    canvas.setFont(BOLD, 15)
    canvas.drawRightString(right, 110 * DOT, str(units))
    canvas.setFont(REGULAR, 8)
    canvas.drawRightString(right, 82 * DOT, "item in" if units == 1 else "items in")
    canvas.drawRightString(right, 60 * DOT, "this parcel")


def _whole_bars(canvas: Canvas, value: str, dots: int, x: int, y: int, height: int) -> None:
    """A Code 128, `dots` to a module; `x`, `y` of its lower left corner and its height are dots."""
    hair = own_bars.HAIR
    for place, modules in enumerate(own_bars.code128(value)):
        wide = modules * dots
        if place % 2 == 0:
            canvas.rect((x + hair) * DOT, y * DOT, (wide - 2 * hair) * DOT, height * DOT, stroke=0, fill=1)
        x += wide


def _message(canvas: Canvas, slip: Slip, y: float) -> None:
    """The giver's words, on this page when there is room, else on one more."""
    rows = wrapped(slip.message, REGULAR, 9.5, INSIDE - 16, 20)
    if y - len(rows) * 12.5 - 14 < FLOOR:
        canvas.showPage()
        y = _slip_head(canvas, slip, further=True)
    height = len(rows) * 12.5 + 10
    canvas.setLineWidth(2 * DOT)
    canvas.roundRect(MARGIN, y - height - 2, INSIDE, height, 4)
    canvas.setFont(REGULAR, 9.5)
    for place, row in enumerate(rows):
        canvas.drawString(MARGIN + 8, y - 15 - place * 12.5, row)


# --- pick lists
def picks(found: Sequence[Pick]) -> bytes:
    """A4, grouped by location, with a box to tick and the SKU as a barcode."""
    register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle("Pick list")
    units, pages = sum(pick.quantity for pick in found), 1
    y, place = _picks_head(canvas, units, len(found), pages), ""
    for pick in found:
        words = _words(pick)
        room = sum(step for *_, step in words) + 5 * mm
        if y - room - (11 * mm if pick.location != place else 0) < EDGE:
            canvas.showPage()
            pages += 1
            y, place = _picks_head(canvas, units, len(found), pages), ""
        if pick.location != place:
            place, y = pick.location, _location(canvas, pick.location, y)
        _pick(canvas, pick, words, y)
        y -= room
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _picks_head(canvas: Canvas, units: int, kinds: int, page: int) -> float:
    width, height = A4
    canvas.setFont(BOLD, 17)
    canvas.drawString(EDGE, height - 20 * mm, "Pick list")
    canvas.setFont(REGULAR, 9.5)
    said = f"{units} unit{'s' if units != 1 else ''} of {kinds} item{'s' if kinds != 1 else ''}  ·  page {page}"
    canvas.drawRightString(width - EDGE, height - 20 * mm, said)
    return height - 24 * mm


def _location(canvas: Canvas, name: str, y: float) -> float:
    width = A4[0]
    canvas.setFont(BOLD, 12)
    canvas.drawString(EDGE, y - 6 * mm, fitted(drawable(name), BOLD, 12, width - 2 * EDGE))
    canvas.setLineWidth(0.8)
    canvas.line(EDGE, y - 8 * mm, width - EDGE, y - 8 * mm)
    return y - 11 * mm


def _words(pick: Pick) -> list[tuple[str, float, float]]:
    """What is written beside the box: rows of (text, size, points to the next row)."""
    named = ", ".join(f"#{number}" for number in pick.orders[:MOST_NAMED])
    more = f" and {len(pick.orders) - MOST_NAMED} more" if len(pick.orders) > MOST_NAMED else ""
    waiting = "  ·  ".join(filter(None, (drawable(pick.sku), named + more)))
    title = wrapped(pick.title, REGULAR, 10.5, TITLE_WIDTH, 2)
    orders = simpleSplit(waiting, REGULAR, 8, TITLE_WIDTH)
    return [*((row, 10.5, 4.3 * mm) for row in title), *((row, 8.0, 3.4 * mm) for row in orders)]


def _pick(canvas: Canvas, pick: Pick, words: Sequence[tuple[str, float, float]], y: float) -> None:
    canvas.setLineWidth(0.9)
    canvas.rect(EDGE, y - 4.6 * mm, 4.4 * mm, 4.4 * mm)
    canvas.setFont(BOLD, 13)
    canvas.drawRightString(EDGE + 20 * mm, y - 4.2 * mm, f"{pick.quantity} ×")
    row = y - 4 * mm
    for text, size, step in words:
        canvas.setFont(REGULAR, size)
        canvas.drawString(EDGE + 23 * mm, row, text)
        row -= step
    _sku(canvas, pick.sku, y)


def _sku(canvas: Canvas, sku: str, y: float) -> None:
    """As bars at the right edge, in modules of whole dots, at least a quarter of a millimetre; longer codes stay words."""
    if not sku or not sku.isascii() or not sku.isprintable():
        return
    modules = sum(own_bars.code128(sku))
    dots = next((dots for dots in (3, 2) if modules * dots <= BARS / DOT), 0)
    if dots:
        left = round((A4[0] - EDGE) / DOT) - modules * dots
        _whole_bars(canvas, sku, dots, left, round((y - 9 * mm) / DOT), round(8.5 * mm / DOT))
