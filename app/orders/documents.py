"""What invoices and packing slips share: the embedded font, a paragraph, an address. Private to orders."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from app.core.fonts import BOLD, REGULAR, register

GREY = colors.HexColor("#5d6b67")


def fonts() -> None:
    """Register the font once per process; it knows every European script."""
    register()


def _style(size: float = 9.5, bold: bool = False, grey: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        "x",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=size * 1.45,
        textColor=GREY if grey else colors.black,
    )


def words(text: str, **style: bool | float) -> Paragraph:
    """`style`: size in points, bold, grey. Markup in the text is shown as typed."""
    return Paragraph(escape(text).replace("\n", "<br/>"), _style(**style))  # type: ignore[arg-type]


def address_of(values: Mapping[str, Any]) -> str:
    """The filled lines of an address, one below the other."""
    keys = ("name", "line1", "line2", "postcode", "city", "region", "country")
    return "\n".join(str(values[key]) for key in keys if values.get(key))
