"""The seller's line as it is drawn at the foot of each page."""

import io
from dataclasses import dataclass

from pikepdf import Name, Object, Pdf
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen import canvas

from app.core import fonts
from app.downloads.stampers.pdf_place import Place

SIZE, HALO = 8.0, 1.6
"""Points: height of the letters on an ordinary page, and the light edge that keeps them readable on dark ones."""
GREY = 0.32


@dataclass(frozen=True)
class Line:
    """Drawn once per document, `width` and `height` in points, and placed on every page."""

    form: Object
    width: float
    height: float

    def placed(self, name: Name, place: Place) -> bytes:
        """Content that shows it centred at the foot, smaller where the page is."""
        scale = min(place.height / 800, 1.6, place.width * 0.92 / self.width)
        scale = max(scale, 0.05)
        left, bottom = (place.width - self.width * scale) / 2, place.height * 0.012
        turned = " ".join(f"{number:.4f}" for number in place.matrix)
        return (
            f"/Artifact BMC\nq {turned} cm {scale:.4f} 0 0 {scale:.4f} {left:.3f} {bottom:.3f} cm {name} Do Q\nEMC\n"
        ).encode()


def drawn(pdf: Pdf, text: str) -> Line:
    """The line as a form of `pdf`, with its letters embedded."""
    shown = drawable(text)
    width = max(pdfmetrics.stringWidth(shown, fonts.REGULAR, SIZE), 1.0) + 2 * HALO
    height = SIZE * 1.4
    sheet = io.BytesIO()
    paper = canvas.Canvas(sheet, pagesize=(width, height), pageCompression=1)
    _write(paper, shown, mode=1)
    _write(paper, shown, mode=0)
    paper.save()
    with Pdf.open(sheet) as made:
        form = pdf.copy_foreign(made.pages[0].as_form_xobject())
    return Line(form, width, height)


def _write(paper: canvas.Canvas, text: str, mode: int) -> None:
    """Edge first (mode 1 draws outlines), then the letters themselves; the mode ends with the saved state."""
    paper.saveState()
    words = paper.beginText(HALO, SIZE * 0.35)
    words.setFont(fonts.REGULAR, SIZE)
    words.setTextRenderMode(mode)
    paper.setLineWidth(HALO)
    paper.setLineJoin(1)
    paper.setStrokeGray(1)
    paper.setFillGray(GREY)
    words.textOut(text)
    paper.drawText(words)
    paper.restoreState()


def drawable(text: str) -> str:
    """As it is drawn from left to right. Letters that the typeface lacks become «·»: the address and the order beside them still say whose it is."""
    fonts.register()
    text = fonts.ordered(text)
    lacking = set(fonts.missing(text))
    return "".join("·" if sign in lacking else " " if sign.isspace() else sign for sign in text)
