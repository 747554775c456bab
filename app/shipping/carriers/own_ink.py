"""A sheet as PDF (288 × 432 points), as PNG (812 × 1218 dots of 203 dpi) and as ZPL for thermal printers."""

import io
import re
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from app.core import fonts
from app.shipping.carriers import own_bars
from app.shipping.carriers.own_sheet import DPI, HEIGHT, NAME, WIDTH, Bars, Line, Mark, Rule, Sheet, Squares, marks

POINT = 72 / DPI
"""Points per dot."""
FILES = {fonts.REGULAR: "DejaVuSans.ttf", fonts.BOLD: "DejaVuSans-Bold.ttf"}
PLAIN = re.compile(r"[A-Za-z0-9 .,/#-]")
ASCENT = 0.93
"""Of a face's size: the distance from the top of a line to its baseline."""


def draw(sheet: Sheet, format: str) -> bytes:
    """The label's file. Raises KeyError for a format that is none of pdf, png, zpl."""
    inks: dict[str, Callable[[Sheet], bytes]] = {"pdf": pdf, "png": png, "zpl": zpl}
    fonts.register()
    return inks[format](sheet)


def boxes(mark: Mark) -> list[Rule]:
    """Bars and squares as filled boxes."""
    if isinstance(mark, Rule):
        return [mark]
    if isinstance(mark, Bars):
        found, x = [], mark.x
        for place, modules in enumerate(own_bars.code128(mark.value)):
            if place % 2 == 0:
                found.append(Rule(x, mark.y, modules * mark.dots, mark.height))
            x += modules * mark.dots
        return found
    if isinstance(mark, Squares):
        return [
            Rule(mark.x + column * mark.dots, mark.y + row * mark.dots, mark.dots, mark.dots)
            for row, squares in enumerate(own_bars.qr(mark.value))
            for column, black in enumerate(squares)
            if black
        ]
    return []


# --- PDF
def pdf(sheet: Sheet) -> bytes:
    """One page with vector bars and embedded type; the same sheet gives the same bytes."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH * POINT, HEIGHT * POINT), invariant=1, pageCompression=1)
    canvas.setTitle(f"Label {sheet.tracking_number}")
    canvas.setCreator(NAME)
    canvas.setViewerPreference("PrintScaling", "None")
    for mark in marks(sheet):
        if isinstance(mark, Line):
            canvas.setFont(mark.face, mark.size * POINT)
            canvas.drawString(mark.x * POINT, (HEIGHT - mark.y - mark.size * ASCENT) * POINT, mark.text)
        hair = own_bars.HAIR if isinstance(mark, Bars) else 0
        for box in boxes(mark):
            y, wide = (HEIGHT - box.y - box.height) * POINT, (box.width - 2 * hair) * POINT
            canvas.rect((box.x + hair) * POINT, y, wide, box.height * POINT, stroke=0, fill=1)
    canvas.save()
    return out.getvalue()


# --- PNG
def png(sheet: Sheet) -> bytes:
    """Black and white, one dot per dot of the printer."""
    image = Image.new("1", (WIDTH, HEIGHT), 1)
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    for mark in marks(sheet):
        if isinstance(mark, Line):
            pen.text((mark.x, mark.y + mark.size * ASCENT), mark.text, fill=0, font=_face(mark), anchor="ls")
        for box in boxes(mark):
            pen.rectangle((box.x, box.y, box.x + box.width - 1, box.y + box.height - 1), fill=0)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(DPI, DPI), optimize=True)
    return out.getvalue()


def _face(line: Line) -> ImageFont.FreeTypeFont:
    return _truetype(line.face, line.size)


@cache
def _truetype(face: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(fonts.FILES / FILES[face], size, layout_engine=ImageFont.Layout.BASIC)


# --- ZPL
def zpl(sheet: Sheet) -> bytes:
    """UTF-8 (^CI28). Letters beyond Latin-1 are sent as pictures, since a printer's own type may lack them."""
    parts = [f"^XA^CI28^PW{WIDTH}^LL{HEIGHT}^LH0,0", *(_zpl(mark) for mark in marks(sheet)), "^XZ\n"]
    return "\n".join(parts).encode()


def _zpl(mark: Mark) -> str:
    at = f"^FO{mark.x},{mark.y}"
    if isinstance(mark, Rule):
        return f"{at}^GB{mark.width},{mark.height},{min(mark.width, mark.height)},B,0^FS"
    if isinstance(mark, Bars):
        return f"{at}^BY{mark.dots}^BCN,{mark.height},N,N,N,A^FH_^FD{escaped(mark.value)}^FS"
    if isinstance(mark, Squares):
        return f"{at}^BQN,2,{mark.dots}^FH_^FDMA,{escaped(mark.value)}^FS"
    if any(ord(sign) > 0xFF for sign in mark.text):
        return f"{at}{_picture(mark)}^FS"
    return f"{at}^A0N,{mark.size},{mark.size}^FH_^FD{escaped(mark.text)}^FS"


def escaped(text: str) -> str:
    """Everything but plain letters as the hex of its bytes, so that no name can speak to the printer (^XA, ~JA)."""
    return "".join(
        sign if PLAIN.fullmatch(sign) else "".join(f"_{byte:02X}" for byte in sign.encode()) for sign in text
    )


def _picture(line: Line) -> str:
    """A line of text as a graphic field: bytes in hex, a set bit is black."""
    face = _face(line)
    wide = (int(face.getlength(line.text)) + 8) // 8 * 8
    image = Image.new("1", (wide, round(line.size * 1.3)), 0)
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    pen.text((0, line.size * ASCENT), line.text, fill=1, font=face, anchor="ls")
    data = image.tobytes()
    return f"^GFA,{len(data)},{len(data)},{wide // 8},{data.hex().upper()}"
