"""PDFs with every sickness we know of, made on the spot. Each maps to the beginning of what its seller reads, or "" when it is stamped."""

import io
import zipfile
from collections.abc import Callable

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from reportlab.pdfgen import canvas

from tests.downloads.stamped import pdf

MANY = 100_000


def _saved(change: Callable[[Pdf], None], pages: int = 2, **options: object) -> bytes:
    made = io.BytesIO()
    with Pdf.open(io.BytesIO(pdf(pages))) as document:
        change(document)
        document.save(made, **options)
    return made.getvalue()


def _nothing(_: Pdf) -> None:
    return None


def _encrypted(user: str, revision: int) -> bytes:
    lock = pikepdf.Encryption(owner="the owner's", user=user, R=revision, aes=revision > 3, metadata=revision > 3)
    return _saved(_nothing, encryption=lock)


def _field(document: Pdf, **values: object) -> None:
    field = document.make_indirect(Dictionary(T=String("one"), **values))
    document.Root.AcroForm = Dictionary(Fields=Array([field]))


def _signed(document: Pdf) -> None:
    signature = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=String("x" * 64))
    _field(document, FT=Name.Sig, V=document.make_indirect(signature))


def _certified(document: Pdf) -> None:
    document.Root.Perms = Dictionary(DocMDP=Dictionary(Type=Name.Sig))


def _filled(document: Pdf) -> None:
    _field(document, FT=Name.Tx, V=String("Typed by somebody"))


def _xfa(document: Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))
    document.Root.NeedsRendering = True


def _static_xfa(document: Pdf) -> None:
    _filled(document)
    document.Root.AcroForm.XFA = document.make_stream(b"<xdp/>")


def _attached(document: Pdf) -> None:
    document.attachments["original.pdf"] = pdf()


def _pinned(document: Pdf) -> None:
    document.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9])])


def _turned(degrees: int) -> Callable[[Pdf], None]:
    def turn(document: Pdf) -> None:
        for page in document.pages:
            page.obj.Rotate = degrees

    return turn


def _cropped(document: Pdf) -> None:
    document.pages[0].obj.CropBox = Array([100, 200, 400, 760])
    document.pages[1].obj.CropBox = Array([5000, 5000, 5100, 5100])


def _boxes(document: Pdf) -> None:
    document.pages[0].obj.MediaBox = Array([0, 0, 0, 0])
    del document.pages[1].obj["/MediaBox"]


def _empty(document: Pdf) -> None:
    del document.pages[0]


def _crowded(document: Pdf) -> None:
    document.Root.Crowd = Array([document.make_indirect(Dictionary(N=number)) for number in range(MANY)])


def _unbalanced(document: Pdf) -> None:
    document.pages[0].contents_add(document.make_stream(b"q q 0.1 0 0 0.1 500 500 cm"), prepend=True)
    document.pages[1].contents_add(document.make_stream(b"Q Q Q 3 0 0 3 0 0 cm"), prepend=True)


def _shared(document: Pdf) -> None:
    """Both pages draw the same stream with the same resources, which hang above them."""
    document.pages[1].obj.Contents = document.pages[0].obj.Contents
    document.Root.Pages.Resources = document.pages[0].obj.Resources
    for page in document.pages:
        del page.obj["/Resources"]


def _armed(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    document.Root.AA = Dictionary(WC=Dictionary(S=Name.Launch, F=String("calc.exe")))


def _odd_xmp(document: Pdf) -> None:
    document.Root.Metadata = document.make_stream(b"<not xml", Type=Name.Metadata, Subtype=Name.XML)


def _without_contents(document: Pdf) -> None:
    del document.pages[0].obj["/Contents"]
    document.pages[1].obj.Contents = Array([])


def _twice(document: Pdf) -> None:
    """The same page stands in the book two times."""
    document.pages.append(document.pages[0])


def _nested(document: Pdf) -> None:
    names = [Dictionary(N=0)]
    for _ in range(40):
        names.append(Dictionary(Inner=names[-1]))
    document.Root.Deep = names[-1]


def _updated() -> bytes:
    """A second version of an object, appended as editors do."""
    first = pdf(2)
    start = first.rindex(b"startxref")
    previous = int(first[start:].split()[1])
    at = len(first)
    added = b"99 0 obj\n<< /Note (later) >>\nendobj\n"
    trailer = first[first.rindex(b"trailer") + 7 : start].strip()
    merged = trailer.rstrip(b">").rstrip() + b" /Prev %d >>" % previous
    return (
        first
        + added
        + b"xref\n99 1\n%010d 00000 n \ntrailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (at, merged, at + len(added))
    )


def _polyglot() -> bytes:
    """A PDF for readers of PDF, a zip with the same PDF inside for those of zips."""
    packed = io.BytesIO(pdf(2))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("inside.txt", "hello")
    return packed.getvalue()


def _long() -> bytes:
    sheet = io.BytesIO()
    paper = canvas.Canvas(sheet)
    for number in range(5_001):
        paper.drawString(9, 9, str(number))
        paper.showPage()
    paper.save()
    return sheet.getvalue()


_MODES = pikepdf.ObjectStreamMode
LOCKED, BROKEN, SIGNED = "This PDF opens with a password", "This PDF is damaged", "This PDF is signed"
MADE: dict[str, tuple[Callable[[], bytes], str]] = {
    "plain": (lambda: pdf(2), ""),
    "owner-password-rc4": (lambda: _encrypted("", 3), ""),
    "owner-password-aes": (lambda: _encrypted("", 6), ""),
    "user-password": (lambda: _encrypted("secret", 6), LOCKED),
    "signed": (lambda: _saved(_signed), SIGNED),
    "certified": (lambda: _saved(_certified), SIGNED),
    "form-filled": (lambda: _saved(_filled), ""),
    "xfa": (lambda: _saved(_xfa), "This PDF is an XFA form"),
    "xfa-with-fields": (lambda: _saved(_static_xfa), ""),
    "attached": (lambda: _saved(_attached), "Files are attached"),
    "pinned": (lambda: _saved(_pinned), "Files are attached"),
    **{f"turned-{angle}": ((lambda angle=angle: _saved(_turned(angle))), "") for angle in (90, 180, 270, -90, 45)},
    "cropped": (lambda: _saved(_cropped), ""),
    "useless-boxes": (lambda: _saved(_boxes), ""),
    "no-pages": (lambda: _saved(_empty, 1), "This PDF has no pages"),
    "100,000-objects": (lambda: _saved(_crowded, object_stream_mode=_MODES.generate), ""),
    "5,001-pages": (_long, "This PDF has 5,001 pages"),
    "unbalanced": (lambda: _saved(_unbalanced), ""),
    "shared": (lambda: _saved(_shared), ""),
    "armed": (lambda: _saved(_armed), ""),
    "odd-xmp": (lambda: _saved(_odd_xmp), ""),
    "without-contents": (lambda: _saved(_without_contents), ""),
    "page-twice": (lambda: _saved(_twice), ""),
    "deep": (lambda: _saved(_nested), ""),
    "linearised": (lambda: _saved(_nothing, linearize=True), ""),
    "object-streams": (lambda: _saved(_nothing, object_stream_mode=_MODES.generate), ""),
    "incremental": (_updated, ""),
    "broken-xref": (lambda: pdf(2).replace(b"startxref", b"startxxxx"), ""),
    "junk-before": (lambda: b"\r\n<html>junk</html>\r\n" + pdf(2), ""),
    "truncated": (lambda: pdf(40)[:900], BROKEN),
    "only-a-header": (lambda: b"%PDF-1.7\n", BROKEN),
    "polyglot": (_polyglot, ""),
}
