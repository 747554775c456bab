"""The marks of a PDF that nobody sees. Each stands alone: taking out all others leaves it."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream, String

from app.downloads import marks
from app.downloads.stamper import Found
from app.downloads.stampers import pdf_place
from app.downloads.stampers.pdf_place import Place

FONT, OWNER, INFO = "/GuildhallF", "/Guildhall", "/GuildhallCopy"
URN = "urn:guildhall:copy:"
TAG = b"Guildhall:"
"""10 bytes before a code's 10 make the 16 of an identifier with its first six cut off; see `_identifier`."""
GRID, PIECE = 48, 16
_NUMBER = rb"48\.(\d{5})"
_PATH = re.compile(rb"\s+".join([_NUMBER, _NUMBER, b"m", _NUMBER, _NUMBER, b"l", _NUMBER, rb"48(?:\.0+)?", b"l", b"n"]))
_STREAM = re.compile(rb"stream\r?\n")
MOST_READ = 8 * 1024 * 1024
"""Bytes of one stream that are searched."""


def hidden(pdf: Pdf, page: Page, mark: str, place: Place) -> bytes:
    """Text in rendering mode 3, which readers find and copy but nobody sees."""
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    page.obj.Resources.Font[FONT] = font
    turned = " ".join(f"{number:.4f}" for number in place.matrix)
    text = marks.written(mark)
    return f"/Artifact BMC\nq {turned} cm BT {FONT} 1 Tf 3 Tr 2 2 Td ({text}) Tj ET Q\nEMC\n".encode()


def path(mark: str) -> bytes:
    """A path that is never painted; five of its six coordinates carry 16 bits each."""
    value = marks.value(mark)
    bits = [value >> PIECE * place & 0xFFFF for place in reversed(range(5))]
    a, b, c, d, e = (f"{GRID}.{piece:05d}" for piece in bits)
    return f"q {a} {b} m {c} {d} l {e} {GRID} l n Q\n".encode()


def paths_in(content: bytes) -> Iterator[str]:
    """Codes of such paths, as this or another program wrote them."""
    for numbers in _PATH.findall(content):
        value = 0
        for piece in numbers:
            value = value << PIECE | int(piece) & 0xFFFF
        mark = marks.spelled(value)
        if marks.valid(mark):
            yield mark


def mark_private(page: Page, mark: str) -> None:
    """In the page-piece dictionary, where programs keep what is theirs (ISO 32000 §14.5)."""
    pieces = pdf_place.copied(page.obj.get("/PieceInfo"))
    moment = String("D:20260101000000Z")
    pieces[OWNER] = Dictionary(LastModified=moment, Private=String(marks.written(mark)))
    page.obj.PieceInfo = pieces
    if "/LastModified" not in page.obj:
        page.obj.LastModified = moment


def mark_document(pdf: Pdf, mark: str) -> None:
    """Document information, XMP and the identifier that stays when others save the file again."""
    pdf.docinfo[INFO] = String(marks.written(mark))
    try:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
            xmp["xmpMM:InstanceID"] = URN + marks.written(mark)
    except (ValueError, KeyError, TypeError, AttributeError, pikepdf.PdfError):
        pdf.Root.Metadata = pdf.make_stream(_packet(mark), Type=Name.Metadata, Subtype=Name.XML)
    own = _identifier(mark)
    pdf.trailer.ID = Array([String(own), String(own)])  # the second is replaced at each save


def _packet(mark: str) -> bytes:
    """A packet of our own where the file's cannot be read."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">'
        f"<xmpMM:InstanceID>{URN}{marks.written(mark)}</xmpMM:InstanceID></rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def _identifier(mark: str) -> bytes:
    return TAG[:6] + marks.value(mark).to_bytes(10, "big")


def on_page(page: Page, mark: str) -> bool:
    """Whether the drawn marks stand on it, read back from what was saved."""
    content = b"\n".join(_contents(page))
    return marks.written(mark).encode() in content and mark in paths_in(content)


def _contents(page: Page) -> Iterator[bytes]:
    found = page.obj.get("/Contents")
    for stream in found if isinstance(found, Array) else [found]:
        if isinstance(stream, Stream):
            data = _bytes(stream)
            yield data[:MOST_READ] + b"\n" + data[-MOST_READ:] if len(data) > 2 * MOST_READ else data


def _bytes(stream: Stream) -> bytes:
    try:
        return stream.read_bytes()
    except (pikepdf.PdfError, pikepdf.DataDecodingError, RuntimeError):
        return b""


def find(source: Path) -> list[Found]:
    """Every code, by every mark that still tells it. Whatever cannot be opened is searched as bytes."""
    found: list[Found] = []
    try:
        with Pdf.open(source, suppress_warnings=True) as pdf:
            found = [*_of_document(pdf), *_of_pages(pdf)]
    except (pikepdf.PdfError, RuntimeError, ValueError):
        pass  # what is left of it follows
    return found or list(dict.fromkeys(_salvaged(source)))


def _of_document(pdf: Pdf) -> Iterator[Found]:
    for mark in marks.found_in(" ".join(str(value) for value in pdf.docinfo.values())):
        yield Found(mark, "info")
    packet = pdf.Root.get("/Metadata")
    if isinstance(packet, Stream):
        for mark in marks.found_in(_bytes(packet).decode("utf-8", "replace")):
            yield Found(mark, "xmp")
    for value in _strings(pdf.trailer.get("/ID")):
        yield from _identified(value)


def _strings(value: Object | None) -> Iterator[bytes]:
    for one in value if isinstance(value, Array) else ():
        if isinstance(one, String):
            yield bytes(one)


def _identified(value: bytes) -> Iterator[Found]:
    if value[:6] == TAG[:6] and len(value) == 16:
        mark = marks.spelled(int.from_bytes(value[6:], "big"))
        if marks.valid(mark):
            yield Found(mark, "id")


def _of_pages(pdf: Pdf) -> Iterator[Found]:
    for number, page in enumerate(pdf.pages, 1):
        where = f"page {number}"
        content = b"\n".join(_contents(page))
        yield from (Found(mark, "hidden_text", where) for mark in marks.found_in(content.decode("latin-1")))
        yield from (Found(mark, "path", where) for mark in dict.fromkeys(paths_in(content)))
        yield from (Found(mark, "name", where) for mark in marks.found_in(" ".join(pdf_place.named(page, "/XObject"))))
        yield from (Found(mark, "private", where) for mark in marks.found_in(_private(page)))


def _private(page: Page) -> str:
    pieces = page.obj.get("/PieceInfo")
    own = pieces.get(OWNER) if isinstance(pieces, Dictionary) else None
    return str(own.get("/Private", "")) if isinstance(own, Dictionary) else ""


def _salvaged(source: Path) -> Iterator[Found]:
    """Codes in the plain bytes, and in whatever can still be unpacked of packed streams."""
    data = source.read_bytes()
    for text in (data, *(_unpacked(data, at.end()) for at in _STREAM.finditer(data))):
        yield from (Found(mark, "salvaged") for mark in marks.found_in(text.decode("latin-1")))
        yield from (Found(mark, "salvaged") for mark in paths_in(text))


def _unpacked(data: bytes, start: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data[start : start + MOST_READ], MOST_READ)
    except zlib.error:
        return b""
