"""What is wrong with a PDF, in words for its seller."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf

from app.downloads.stamper import Unstampable

MOST_PAGES, MOST_OBJECTS = 5_000, 300_000
LOCKED = "This PDF opens with a password only, so it cannot be stamped. Save it without the password and upload that."
DAMAGED = "This PDF is damaged, so its pages cannot be stamped. Export it again and upload that."


@contextmanager
def opened(source: Path) -> Iterator[Pdf]:
    """Raises Unstampable for what needs a password, cannot be read, or breaks while it is."""
    try:
        with Pdf.open(source, suppress_warnings=True) as pdf:
            yield pdf
    except pikepdf.PasswordError as error:
        raise Unstampable(LOCKED) from error
    except (pikepdf.PdfError, pikepdf.DataDecodingError, pikepdf.ForeignObjectError) as error:
        raise Unstampable(DAMAGED) from error
    except (RuntimeError, ValueError, KeyError, AttributeError, TypeError, IndexError, OverflowError) as error:
        raise Unstampable(DAMAGED) from error


def refuse(pdf: Pdf) -> None:
    """Raises Unstampable with the first reason not to touch it."""
    if pdf.is_encrypted and not pdf.user_password_matched:
        raise Unstampable(LOCKED)  # opened as its owner, whose password is empty: buyers could not
    if len(pdf.objects) > MOST_OBJECTS:
        raise Unstampable(f"This PDF holds more than {MOST_OBJECTS:,} objects. Export it more simply and upload that.")
    count = len(pdf.pages)
    if not count:
        raise Unstampable("This PDF has no pages. Export it again and upload that.")
    if count > MOST_PAGES:
        raise Unstampable(
            f"This PDF has {count:,} pages; {MOST_PAGES:,} can be stamped. Split it and upload the parts."
        )
    _refuse_forms(pdf)
    if _attached(pdf):
        raise Unstampable(
            "Files are attached to this PDF, and they would go out unstamped. Take them out and sell them beside it."
        )


def _refuse_forms(pdf: Pdf) -> None:
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        form = Dictionary()
    if ("/XFA" in form and _truth(pdf.Root.get("/NeedsRendering"))) or ("/XFA" in form and not _fields(form)):
        raise Unstampable("This PDF is an XFA form, which draws its own pages. Save it as a plain PDF and upload that.")
    if _signed(pdf, form):
        raise Unstampable("This PDF is signed, and a stamp would break the signature. Upload it without the signature.")


def _truth(value: object) -> bool:
    return bool(value) and str(value) != "false"


def _fields(form: Dictionary) -> list[object]:
    fields = form.get("/Fields")
    return list(fields) if isinstance(fields, Array) else []


def _signed(pdf: Pdf, form: Dictionary) -> bool:
    permissions = pdf.Root.get("/Perms")
    if isinstance(permissions, Dictionary) and len(permissions):
        return True
    return any(_holds_signature(field, 0) for field in _fields(form))


def _holds_signature(field: object, depth: int) -> bool:
    if not isinstance(field, Dictionary) or depth > 12:
        return False
    if field.get("/FT") == Name.Sig and isinstance(field.get("/V"), Dictionary):
        return True
    kids = field.get("/Kids")
    return isinstance(kids, Array) and any(_holds_signature(kid, depth + 1) for kid in kids)


def _attached(pdf: Pdf) -> bool:
    return "/Collection" in pdf.Root or bool(len(pdf.attachments)) or any(map(_pinned, pdf.pages))


def _pinned(page: Page) -> bool:
    """Whether a file hangs on the page as a note does."""
    notes = page.obj.get("/Annots")
    found = [one for one in notes if isinstance(one, Dictionary)] if isinstance(notes, Array) else []
    return any(one.get("/Subtype") == Name.FileAttachment for one in found)


def protection(pdf: Pdf) -> pikepdf.Encryption | bool:
    """The seller's bar to printing or copying stays on the copy; its owner's password becomes one that nobody knows."""
    if not pdf.is_encrypted:
        return False
    return pikepdf.Encryption(owner=secrets.token_urlsafe(24), user="", R=6, allow=pdf.allow)
