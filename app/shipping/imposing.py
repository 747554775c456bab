"""Labels on A4 for those without a label printer: two on a sheet on its side, four on an upright one."""

import io

import pikepdf
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

SHEETS = {1: "Each on its own page", 2: "2 on a sheet of A4", 4: "4 on a sheet of A4"}
EDGE = 5 * mm
"""What office printers leave white at the edges of a sheet."""
GAP = 2 * mm


def on_a4(pdf: bytes, count: int) -> bytes:
    """The pages of `pdf` in their order, `count` (2 or 4) to a sheet. Two keep their size, four shrink to 94 %; none grows."""
    sheet = A4 if count == 4 else (A4[1], A4[0])
    rows = 2 if count == 4 else 1
    with pikepdf.open(io.BytesIO(pdf)) as labels, pikepdf.new() as whole:
        for number, label in enumerate(labels.pages):
            page = whole.pages[-1] if number % count else whole.add_blank_page(page_size=sheet)
            # the stub of the library lacks both words
            page.add_overlay(label, _cell(sheet, number % count, rows), shrink=True, expand=False)  # type: ignore[call-arg]
        out = io.BytesIO()
        whole.save(out, deterministic_id=True)
    return out.getvalue()


def _cell(sheet: tuple[float, float], place: int, rows: int) -> pikepdf.Rectangle:
    """Where the label of a place goes, from the upper left; two columns of `rows`."""
    width, height = (sheet[0] - 2 * EDGE - GAP) / 2, (sheet[1] - 2 * EDGE - GAP * (rows - 1)) / rows
    left = EDGE + (place % 2) * (width + GAP)
    top = sheet[1] - EDGE - (place // 2) * (height + GAP)
    return pikepdf.Rectangle(left, top - height, left + width, top)
