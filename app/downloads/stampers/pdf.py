"""PDFs: a line that everybody sees on each page, and marks that nobody sees, each of which tells the copy by itself."""

from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name, Page, Pdf

from app.downloads import marks
from app.downloads.stamper import Found, Stamp, Unstampable
from app.downloads.stampers import pdf_faults, pdf_line, pdf_marks, pdf_place


class PdfStamper:
    """Protection against changes is kept (under a password that nobody knows); a password to open is refused."""

    def check(self, source: Path) -> None:
        with pdf_faults.opened(source) as pdf:
            pdf_faults.refuse(pdf)

    def stamp(self, source: Path, target: Path, stamp: Stamp) -> None:
        with pdf_faults.opened(source) as pdf:
            pdf_faults.refuse(pdf)
            _disarm(pdf)
            line = pdf_line.drawn(pdf, stamp.line) if stamp.line else None
            for page in pdf.pages:
                _mark_page(pdf, page, stamp, line)
            pdf_marks.mark_document(pdf, stamp.mark)
            pages = len(pdf.pages)
            pdf.save(
                target, encryption=pdf_faults.protection(pdf), object_stream_mode=pikepdf.ObjectStreamMode.preserve
            )
        _prove(target, stamp.mark, pages)

    def find(self, source: Path) -> list[Found]:
        return pdf_marks.find(source)


def _mark_page(pdf: Pdf, page: Page, stamp: Stamp, line: pdf_line.Line | None) -> None:
    place = pdf_place.of(page)
    name = Name("/" + marks.written(stamp.mark))
    pdf_place.own_resources(page)
    before = pdf_marks.hidden(pdf, page, stamp.mark, place)
    after = pdf_marks.path(stamp.mark)
    if line is not None:
        page.add_resource(line.form, Name.XObject, name)
        after += line.placed(name, place)
    pdf_place.wrap(pdf, page, before, after)
    pdf_marks.mark_private(page, stamp.mark)


def _disarm(pdf: Pdf) -> None:
    """What runs by itself when the file is opened stays out of copies: scripts and programs (SECURITY.md §3, uploads)."""
    root = pdf.Root
    for key in ("/OpenAction", "/AA"):
        value = root.get(key)
        if isinstance(value, Dictionary) and (key == "/AA" or value.get("/S") in (Name.JavaScript, Name.Launch)):
            del root[key]


def _prove(target: Path, mark: str, pages: int) -> None:
    """Nothing leaves that was not read back: as many pages, and on each of them the mark."""
    try:
        with Pdf.open(target) as made:
            bare = [number for number, page in enumerate(made.pages, 1) if not pdf_marks.on_page(page, mark)]
            if len(made.pages) == pages and not bare:
                return
    except pikepdf.PdfError as error:
        raise Unstampable(
            "The stamped copy of this PDF cannot be read back. Export it again and upload that."
        ) from error
    raise Unstampable("Some pages of this PDF do not take a stamp. Export it again and upload that.")
