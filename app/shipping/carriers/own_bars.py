"""Bars and squares as whole printer dots: Code 128, QR, and a check digit for our own tracking numbers."""

import hashlib
from itertools import count

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CLEAR = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which people mistake for each other."""
PREFIX, LENGTH = "GH", 10
WIDTHS = {"a": 1, "b": 2, "c": 3, "d": 4}
QUIET = 10
"""Modules that stay white on both sides, or scanners do not see where the bars begin."""

HAIR = 0.05
"""Of a dot, left out at each side of a bar in a PDF: an edge right between two dots is rounded to either of them."""


def check_sign(number: str) -> str:
    """ISO 7064 MOD 37,36: finds every wrong sign and nearly all that changed places. `number` is of 0-9A-Z."""
    rest = 36
    for sign in number:
        rest = (rest + SIGNS.index(sign)) % 36 or 36
        rest = rest * 2 % 37
    return SIGNS[(37 - rest) % 36]


def is_ours(number: str) -> bool:
    """Whether a scanned or typed number is one of ours and was read without a mistake."""
    right = len(number) == len(PREFIX) + LENGTH + 1 and number.startswith(PREFIX) and set(number) <= set(SIGNS)
    return right and check_sign(number[:-1]) == number[-1]


def own_number(reference: str) -> str:
    """The tracking number of a label of ours; the same reference always gives the same."""
    for attempt in count():
        value = int.from_bytes(hashlib.sha256(f"{reference}|{attempt}".encode()).digest(), "big")
        number = PREFIX + "".join(CLEAR[value >> 5 * place & 31] for place in range(LENGTH))
        if (sign := check_sign(number)) in CLEAR:
            return number + sign
    raise AssertionError("unreachable")


def code128(value: str) -> list[int]:
    """Widths in modules: bar, space, bar, … Raises ValueError for signs that Code 128 has not."""
    code = Code128(value)
    code.validate()
    if not code.valid:
        raise ValueError(f"no Code 128 for {value!r}")
    code.encode()
    code.decompose()
    return [WIDTHS[letter.lower()] for letter in code.decomposed]


def dots_per_module(value: str, room: int) -> int:
    """The widest whole number of dots with which the bars and their quiet zones fit `room` dots; 0 when two do not."""
    modules = sum(code128(value)) + 2 * QUIET
    return next((dots for dots in (4, 3, 2) if modules * dots <= room), 0)


def qr(text: str) -> list[list[bool]]:
    """Rows of squares, true where black, with medium error correction and without the white margin."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    return [[bool(square) for square in row] for row in code.modules]
