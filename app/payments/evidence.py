"""Papers for a bank: what may be attached to the answer to a dispute, and several of a kind put into one PDF."""

import io
import warnings
from collections.abc import Mapping, Sequence

import pikepdf
from PIL import Image, ImageOps, UnidentifiedImageError
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.core.errors import Refused

KINDS: Mapping[str, str] = {
    "shipping_documentation": "Proof of delivery",
    "customer_communication": "Messages with the buyer",
    "receipt": "Receipt or invoice",
    "service_documentation": "Proof that downloads were used",
    "refund_policy": "Your refund policy",
    "uncategorized_file": "Something else",
}
"""Stripe's names for a file of evidence, with ours."""
MOST_BYTES = 4_500_000
"""Of all files of one dispute together: Stripe's limit."""
MOST_FILES = 8
MOST_TEXT = 18_000
"""Characters of all sellers together; Stripe takes 20,000, and each seller's part gets a heading."""
MOST_PIXELS = 40_000_000
MARGIN = 36


class BadPaper(Refused):
    message = "Banks read PDF, JPEG and PNG. Save it as one of these; this file was not stored."


def content_type(data: bytes) -> str:
    """What it really is, by its first bytes and by opening it. Raises BadPaper for damaged and locked files too."""
    if data.startswith(b"%PDF-"):
        _require_pdf(data)
        return "application/pdf"
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        _picture(data)
        return "image/png" if data.startswith(b"\x89") else "image/jpeg"
    raise BadPaper(field="file")


def _require_pdf(data: bytes) -> None:
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if not pdf.pages:
                raise BadPaper("This PDF has no pages. It was not stored.", field="file")
    except pikepdf.PasswordError as error:
        raise BadPaper(
            "This PDF needs a password, so a bank could not open it. It was not stored.", field="file"
        ) from error
    except pikepdf.PdfError as error:
        raise BadPaper("This PDF is damaged. Export it again; it was not stored.", field="file") from error


def _picture(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise BadPaper("This picture is larger than 40 megapixels. Make it smaller.", field="file")
                image.load()
                return ImageOps.exif_transpose(image).convert("RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BadPaper("This picture unpacks to far more pixels than its size suggests.", field="file") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadPaper("This picture is damaged or cut off. It was not stored.", field="file") from error


def combined(papers: Sequence[bytes]) -> bytes:
    """One PDF of all pages, in this order; a picture fills an A4 page."""
    with pikepdf.new() as whole:
        for data in papers:
            with pikepdf.open(io.BytesIO(data if data.startswith(b"%PDF-") else _page_of(_picture(data)))) as part:
                whole.pages.extend(part.pages)
        buffer = io.BytesIO()
        whole.save(buffer)
        return buffer.getvalue()


def _page_of(picture: Image.Image) -> bytes:
    buffer, (width, height) = io.BytesIO(), A4
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    canvas.drawImage(
        ImageReader(picture), MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN, preserveAspectRatio=True
    )
    canvas.save()
    return buffer.getvalue()
