"""The layout of our own label: 812 × 1218 dots, which is 4 × 6 inches at 203 dpi and 288 × 432 points exactly.

Everything is placed in printer dots, so that a bar is as wide on paper as it was meant, whatever draws it.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.pdfbase import pdfmetrics

from app.core import fonts
from app.core.errors import ProviderError
from app.shipping.carriers import own_bars

NAME = "Own label"
DPI = 203
WIDTH, HEIGHT = 4 * DPI, 6 * DPI
MARGIN = 28
LEADING = 1.22
QR_ROOM = 208


@dataclass(frozen=True)
class Sheet:
    """What one label says. Addresses are lines as they are printed, the country last."""

    sender: Sequence[str]
    recipient: Sequence[str]
    service: str
    note: str
    number: int
    of: int
    weight_g: int
    tracking_number: str
    tracking_page: str = ""
    is_return: bool = False


@dataclass(frozen=True)
class Line:
    """Text whose top left corner is at (x, y), `size` dots high."""

    x: int
    y: int
    size: int
    text: str
    face: str


@dataclass(frozen=True)
class Rule:
    """A filled box."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Bars:
    """A Code 128; `x` is where the first bar begins, `dots` is the width of a module."""

    x: int
    y: int
    height: int
    dots: int
    value: str


@dataclass(frozen=True)
class Squares:
    """A QR code; `dots` is the side of a square."""

    x: int
    y: int
    dots: int
    value: str


Mark = Line | Rule | Bars | Squares


def checked(sheet: Sheet) -> Sheet:
    """The sheet in composed letters. Raises ProviderError (permanent) for what cannot be printed legibly (LABELS.md)."""
    fonts.register()
    composed = Sheet(
        [compose(line) for line in sheet.sender if line.strip()],
        [compose(line) for line in sheet.recipient if line.strip()],
        compose(sheet.service),
        compose(sheet.note),
        sheet.number,
        sheet.of,
        sheet.weight_g,
        sheet.tracking_number,
        sheet.tracking_page,
        sheet.is_return,
    )
    for line in (*composed.sender, *composed.recipient, composed.service, composed.note):
        _legible(line)
    if not own_bars.dots_per_module(sheet.tracking_number, WIDTH - 2 * MARGIN):
        raise ProviderError(NAME, "cannot print a tracking number this long as bars; shorten it", permanent=True)
    list(marks(composed))
    return composed


def compose(line: str) -> str:
    """One line of composed letters: e and a dot below become ẹ, which the typeface has."""
    return " ".join(unicodedata.normalize("NFC", line).split())


def _legible(line: str) -> None:
    lacking = fonts.missing(line)
    backwards = "".join(dict.fromkeys(sign for sign in line if unicodedata.bidirectional(sign) in ("R", "AL")))
    if lacking or backwards:
        raise ProviderError(
            NAME,
            f"cannot print «{(lacking or backwards)[:12]}» in «{line[:40]}». Write it in Latin letters, as foreign "
            "carriers read them; nothing was bought",
            permanent=True,
            remote_code="glyph_missing",
        )


def marks(sheet: Sheet) -> Iterator[Mark]:
    """Everything that is printed, from the top down. Raises ProviderError when an address does not fit."""
    inside = WIDTH - 2 * MARGIN
    aside = QR_ROOM + 24 if sheet.tracking_page else 0
    yield from block("FROM", sheet.sender, MARGIN, (inside - aside, QR_ROOM), (28, 18))
    if sheet.tracking_page:
        yield _squares(sheet.tracking_page)
    yield Rule(MARGIN, 262, inside, 4)
    yield from _service(sheet, inside)
    yield Rule(MARGIN, 408, inside, 4)
    yield from block("SHIP TO", sheet.recipient, 428, (inside, 452), (56, 26), bold=True)
    yield Rule(MARGIN, 900, inside, 4)
    yield from _bars(sheet.tracking_number, inside)


def _service(sheet: Sheet, inside: int) -> Iterator[Mark]:
    said = f"RETURN · {sheet.service}" if sheet.is_return else sheet.service
    yield from _row(said, 282, 48, inside, bold=True)
    facts = [sheet.note, f"Parcel {sheet.number} of {sheet.of}", weight(sheet.weight_g)]
    yield from _row("  ·  ".join(filter(None, facts)), 350, 34, inside)


def _row(text: str, y: int, size: int, room: int, *, bold: bool = False) -> Iterator[Mark]:
    """One line, made smaller until it fits. Raises ProviderError when it would be too small to read."""
    face = face_for(text, bold)
    while size > 18 and width(text, face, size) > room:
        size -= 2
    if width(text, face, size) > room:
        raise ProviderError(NAME, f"has no room for «{text[:40]}…»; shorten it", permanent=True)
    yield Line(MARGIN, y, size, text, face)


def block(
    title: str, lines: Sequence[str], y: int, room: tuple[int, int], sizes: tuple[int, int], *, bold: bool = False
) -> Iterator[Mark]:
    """A title and an address below it, as large as fits the room (width, height), from the larger size to the smaller.

    Somewhat smaller letters come before broken lines: a postcode alone in a line is easily overlooked.
    """
    across, down = room
    size, least = sizes
    yield Line(MARGIN, y, 22, title, fonts.BOLD)
    top, smaller = y + 32, size * 2 // 3
    whole = [(fit, False) for fit in range(size, max(least, smaller) - 1, -2)]
    for fit, broken in [*whole, *((fit, True) for fit in range(size, least - 1, -2))]:
        wrapped = [part for line in lines for part in wrap(line, face_for(line, bold), fit, across)]
        if not all(wrapped) or (len(wrapped) > len(lines) and not broken):
            continue
        if len(wrapped) * fit * LEADING <= down - 32:
            for place, part in enumerate(wrapped):
                yield Line(MARGIN, round(top + place * fit * LEADING), fit, part, face_for(part, bold))
            return
    raise ProviderError(NAME, f"has no room for the address after {title}; shorten its lines", permanent=True)


def wrap(line: str, face: str, size: int, room: int) -> list[str]:
    """The words of a line in rows of at most `room` dots; [""] when one word alone is wider."""
    found: list[str] = []
    for word in line.split():
        longer = f"{found[-1]} {word}" if found else word
        if width(word, face, size) > room:
            return [""]
        if found and width(longer, face, size) <= room:
            found[-1] = longer
        else:
            found.append(word)
    return found


def width(text: str, face: str, size: int) -> float:
    """Dots, rounded by nobody: font units times size."""
    return float(pdfmetrics.stringWidth(text, face, size))


def face_for(text: str, bold: bool) -> str:
    """Bold where the bold face has all of it; it knows fewer letters than the regular one."""
    if not bold:
        return fonts.REGULAR
    glyphs = pdfmetrics.getFont(fonts.BOLD).face.charToGlyph
    return fonts.BOLD if all(ord(sign) in glyphs for sign in text if not sign.isspace()) else fonts.REGULAR


def weight(grams: int) -> str:
    return f"{grams} g" if grams < 1000 else f"{grams / 1000:.3f}".rstrip("0").rstrip(".") + " kg"


def _squares(page: str) -> Squares:
    count = len(own_bars.qr(page))
    dots = max(2, QR_ROOM // (count + 4))
    return Squares(WIDTH - MARGIN - count * dots, MARGIN + 2 * dots, dots, page)


def _bars(number: str, inside: int) -> Iterator[Mark]:
    dots = own_bars.dots_per_module(number, inside)
    wide = sum(own_bars.code128(number)) * dots
    yield Bars((WIDTH - wide) // 2, 926, 190, dots, number)
    spaced = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
    size = 36
    while width(spaced, fonts.BOLD, size) > inside:
        size -= 2
    yield Line(round((WIDTH - width(spaced, fonts.BOLD, size)) / 2), 1134, size, spaced, fonts.BOLD)
