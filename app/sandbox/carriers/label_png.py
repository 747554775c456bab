"""A label as PNG: 4 × 6 inches at 203 dpi, black on white."""

import io
from functools import cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from .bars import widths

DPI = 203
SIZE = (812, 1218)
DOTS = 3  # of the printer, for the narrowest bar


@cache
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def render(label: Any) -> bytes:
    """One picture with one label."""
    image = Image.new("1", SIZE, 1)
    draw = ImageDraw.Draw(image)
    draw.rectangle((15, 15, SIZE[0] - 16, SIZE[1] - 16), outline=0, width=3)
    _lines(draw, (label.service,), (34, 34), 40)
    draw.line((15, 100, SIZE[0] - 16, 100), fill=0, width=3)
    _lines(draw, label.sender, (34, 118), 24)
    _lines(draw, label.about, (600, 118), 24)
    draw.line((15, 320, SIZE[0] - 16, 320), fill=0, width=3)
    _lines(draw, ("SHIP TO:",), (34, 338), 26)
    _lines(draw, label.recipient, (90, 380), 34)
    draw.line((15, 710, SIZE[0] - 16, 710), fill=0, width=3)
    _bars(draw, label.number)
    _lines(draw, label.references, (34, 1060), 24)
    _lines(draw, ("SAMPLE - DO NOT MAIL",), (34, 1160), 28)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(DPI, DPI))
    return out.getvalue()


def _lines(draw: ImageDraw.ImageDraw, lines: tuple[str, ...], at: tuple[int, int], size: int) -> None:
    for row, line in enumerate(lines):
        draw.text((at[0], at[1] + row * round(size * 1.2)), line[:48], fill=0, font=_font(size))


def _bars(draw: ImageDraw.ImageDraw, number: str) -> None:
    modules = widths(number)
    left = (SIZE[0] - sum(modules) * DOTS) // 2
    for place, width in enumerate(modules):
        right = left + width * DOTS
        if place % 2 == 0:
            draw.rectangle((left, 740, right - 1, 970), fill=0)
        left = right
    draw.text((SIZE[0] // 2, 1000), number, fill=0, font=_font(30), anchor="mm")
