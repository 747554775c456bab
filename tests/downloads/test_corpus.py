"""PDFs of forty producers and with every sickness: none crashes, none passes unstamped, none loses a page or a word."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdf
import pypdfium2 as pdfium
import pytest

from app.downloads import confined, marks
from app.downloads.stamper import Stamp, Unstampable
from app.downloads.stampers.pdf_line import drawable
from tests.downloads.sick import MADE

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(CORPUS.glob("*/*.pdf"))
LINE = "Licensed to Fay Weber · fay@guildhall.test · order 1042"
REFUSED = {
    "pikepdf/378014596.pdf": "This PDF is damaged",
    "pikepdf/form_210966.pdf": "This PDF is signed",
    "pikepdf/newline-buffer-test.pdf": "This PDF has no pages",
    "pypdf/crazyones-encrypted-256.pdf": "This PDF opens with a password",
    "pypdf/encrypted-file.pdf": "This PDF opens with a password",
    "pypdf/libreoffice-writer-password.pdf": "This PDF opens with a password",
    "pypdf/r2-user-password.pdf": "This PDF opens with a password",
    "pypdf/r3-user-password.pdf": "This PDF opens with a password",
    "pypdf/r4-aes-user-password.pdf": "This PDF opens with a password",
    "pypdf/r4-user-password.pdf": "This PDF opens with a password",
    "pypdf/r5-user-password.pdf": "This PDF opens with a password",
    "pypdf/r6-both-passwords.pdf": "This PDF opens with a password",
    "pypdf/r6-cleartext-metadata.pdf": "This PDF opens with a password",
    "pypdf/r6-user-password.pdf": "This PDF opens with a password",
}
"""Everything else is stamped."""


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _words(data: bytes, mark: str = "") -> list[str]:
    """Each page's letters, without those that a stamp with this mark adds."""
    with pdfium.PdfDocument(data) as document:
        pages = ["".join(page.get_textpage().get_text_range().split()) for page in document]
    added = ("".join(drawable(LINE).split()), marks.written(mark))
    return [page.replace(added[0], "").replace(added[1], "") for page in pages] if mark else pages


def _by_pypdf(data: bytes) -> bytes:
    """Saved again as a copy of all pages, its metadata left out."""
    writer, made = pypdf.PdfWriter(), io.BytesIO()
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        writer.add_page(page)
    writer.write(made)
    return made.getvalue()


def _by_qpdf(data: bytes) -> bytes:
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        del document.docinfo
        del document.Root["/Metadata"]
        document.remove_unreferenced_resources()
        document.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=True)
    return made.getvalue()


def _by_pdfium(data: bytes) -> bytes:
    """The last page alone, brought into a new document."""
    made = io.BytesIO()
    with pdfium.PdfDocument(data) as document, pdfium.PdfDocument.new() as alone:
        alone.import_pages(document, [len(document) - 1])
        alone.save(made)
    return made.getvalue()


def _one_page(data: bytes) -> bytes:
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document, pikepdf.new() as alone:
        alone.pages.append(document.pages[0])
        alone.save(made)
    return made.getvalue()


RESAVED: tuple[Callable[[bytes], bytes], ...] = (_by_pypdf, _by_qpdf, _by_pdfium, _one_page)


def _stamped(data: bytes, folder: Path) -> tuple[bytes, str]:
    """The copy and its mark. Raises Unstampable."""
    source, target, mark = folder / "source.pdf", folder / "copy.pdf", marks.new()
    source.write_bytes(data)
    confined.stamp("pdf", source, target, Stamp(mark, LINE))
    return target.read_bytes(), mark


def _traced(data: bytes, folder: Path) -> dict[str, set[str]]:
    """Marks found, with the kinds that told them."""
    leak, found = folder / "leak.pdf", {}
    leak.write_bytes(data)
    for one in confined.find("pdf", leak):
        found.setdefault(one.mark, set()).add(one.kind)
    return found


def _prove(data: bytes, folder: Path) -> None:
    """Whole, on every page, and after other libraries had it."""
    copy, mark = _stamped(data, folder)
    try:
        before = _words(data)
    except pdfium.PdfiumError:
        before = []  # a reader that is stricter than those that repair; the copy has to be sound all the same
    after = _words(copy, mark)
    with pikepdf.open(io.BytesIO(copy)) as document:
        assert len(document.pages) == len(after)
    if before:
        assert after == before
    kinds = _traced(copy, folder)
    assert set(kinds) == {mark} and {"hidden_text", "path", "private", "name", "info", "xmp", "id"} <= kinds[mark]
    for again in RESAVED:
        assert set(_traced(again(copy), folder)) == {mark}, again.__name__


def test_the_corpus_is_large_enough() -> None:
    assert len(FILES) + len(MADE) >= 100 and set(REFUSED) <= {_named(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=_named)
def test_found_ones(path: Path, tmp_path: Path) -> None:
    reason = REFUSED.get(_named(path))
    if reason is None:
        _prove(path.read_bytes(), tmp_path)
        return
    with pytest.raises(Unstampable, match=reason):
        _stamped(path.read_bytes(), tmp_path)
    with pytest.raises(Unstampable, match=reason):
        confined.check("pdf", path)


@pytest.mark.parametrize("name", MADE)
def test_made_ones(name: str, tmp_path: Path) -> None:
    make, reason = MADE[name]
    if not reason:
        _prove(make(), tmp_path)
        return
    with pytest.raises(Unstampable, match=reason):
        _stamped(make(), tmp_path)


def test_the_line_is_seen_upright_on_turned_and_cropped_pages(tmp_path: Path) -> None:
    """Dark letters at the foot of the page as it is shown, whatever its rotation and crop are."""
    for name in ("plain", "turned-90", "turned-180", "turned-270", "cropped"):
        copy, _ = _stamped(MADE[name][0](), tmp_path)
        with pdfium.PdfDocument(copy) as document:
            picture = document[0].render(scale=2).to_pil().convert("L")
        foot = picture.crop((0, int(picture.height * 0.965), picture.width, picture.height))
        dark = foot.point(lambda value: 255 if value < 140 else 0).getbbox()
        assert dark is not None, name
        assert dark[2] - dark[0] > 3 * (dark[3] - dark[1]), name  # a line, not a column


@pytest.mark.parametrize("name", ["محمد علي", "דניאל כהן"])
def test_names_that_read_from_the_right_are_drawn_so(name: str, tmp_path: Path) -> None:
    """The last word stands on the left, and pdfium, which takes words from the left, reads the letters of each from the right."""
    source, target = tmp_path / "source.pdf", tmp_path / "copy.pdf"
    source.write_bytes(MADE["plain"][0]())
    confined.stamp("pdf", source, target, Stamp(marks.new(), f"Copy of {name}, order 1042"))
    with pdfium.PdfDocument(target) as document:
        first, last = name.split()
        assert f"Copy of {last} {first}, order 1042" in document[0].get_textpage().get_text_range()


def test_scripts_that_run_by_themselves_are_not_handed_on(tmp_path: Path) -> None:
    copy, _ = _stamped(MADE["armed"][0](), tmp_path)
    with pikepdf.open(io.BytesIO(copy)) as document:
        assert "/OpenAction" not in document.Root and "/AA" not in document.Root


def test_what_its_seller_forbids_stays_forbidden(tmp_path: Path) -> None:
    lock = pikepdf.Encryption(
        owner="the owner's", user="", allow=pikepdf.Permissions(print_highres=False, extract=False)
    )
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(MADE["plain"][0]())) as document:
        document.save(made, encryption=lock)
    copy, _ = _stamped(made.getvalue(), tmp_path)
    with pikepdf.open(io.BytesIO(copy)) as document:
        assert document.is_encrypted and not document.allow.extract and not document.allow.print_highres
