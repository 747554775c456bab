"""What stands on a label, and the file in the format that was asked for."""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from . import label_pdf, label_png, label_zpl
from .store import Doc

MIME = {"pdf": "application/pdf", "png": "image/png", "zpl": "application/zpl"}
LETTERS = str.maketrans({"đ": "d", "Đ": "D", "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ł": "l", "Ł": "L"})


@dataclass(frozen=True, slots=True)
class Label:
    """Plain lines: labels carry ASCII only, as carriers want it."""

    service: str
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    number: str
    about: tuple[str, ...]
    references: tuple[str, ...] = ()


def of_parcel(parcel: Doc) -> Label:
    """The label of a parcel."""
    weight = f"{parcel['ounces']:.1f} oz".replace(".0 ", " ")
    day = datetime.fromtimestamp(parcel["created"], UTC).strftime("%d %b %Y").upper()
    kind = "RETURN" if parcel["is_return"] else ""
    return Label(
        service=plain(f"{parcel['carrier']} {parcel['service_name']}"),
        sender=lines(parcel["from"]),
        recipient=lines(parcel["to"]),
        number=parcel["number"],
        about=tuple(part for part in (weight, day, kind) if part),
        references=tuple(plain(text)[:50] for text in parcel["printed"]),
    )


def lines(place: Doc) -> tuple[str, ...]:
    """An address as it is printed."""
    region = " ".join(part for part in (place["city"], place["state"], place["zip"]) if part)
    parts = (place["name"], place["company"], place["street1"], place["street2"], region, place["country"])
    return tuple(plain(part).upper() for part in parts if part)


def plain(text: str) -> str:
    """The text in ASCII; what has no such form becomes a question mark."""
    bare = unicodedata.normalize("NFKD", text.translate(LETTERS))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).encode("ascii", "replace").decode()


def render(label: Label, kind: str, layout: str = "4x6") -> bytes:
    """The file: pdf, png or zpl; `layout` letter puts a PDF's label on a whole sheet. Raises KeyError."""
    if kind == "pdf":
        return label_pdf.render(label, layout)
    return {"png": label_png.render, "zpl": label_zpl.render}[kind](label)
