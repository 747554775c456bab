"""The embedded typeface of every paper we draw: DejaVu Sans, which knows all European scripts and Vietnamese.

A character that it lacks is refused before it is printed, because a carrier cannot deliver to a box (LABELS.md).
"""

from pathlib import Path

from arabic_reshaper import reshape
from bidi import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FILES = Path(__file__).parent / "typefaces"
REGULAR, BOLD = "Guildhall", "Guildhall-Bold"


def register() -> None:
    """Make both faces known to reportlab, once per process."""
    if REGULAR not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(REGULAR, FILES / "DejaVuSans.ttf"))
        pdfmetrics.registerFont(TTFont(BOLD, FILES / "DejaVuSans-Bold.ttf"))


def missing(text: str) -> str:
    """The characters of `text` that the typeface cannot draw, each once; "" when it can draw all."""
    register()
    glyphs = pdfmetrics.getFont(REGULAR).face.charToGlyph
    return "".join(dict.fromkeys(sign for sign in text if ord(sign) not in glyphs and not sign.isspace()))


def ordered(text: str) -> str:
    """`text` as it is drawn from left to right: Arabic letters joined, what reads from the right turned (Unicode Annex 9)."""
    return str(get_display(reshape(text)))


def fitted(text: str, face: str, size: float, width: float) -> str:
    """`text`, cut with «…» where it would be wider than `width` points."""
    if pdfmetrics.stringWidth(text, face, size) <= width:
        return text
    while text and pdfmetrics.stringWidth(f"{text}…", face, size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
