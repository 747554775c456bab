"""Code 128 as bar widths, for the formats that have no barcode of their own."""

from reportlab.graphics.barcode.code128 import Code128


def widths(value: str) -> list[int]:
    """Widths in modules of bar, space, bar, …, beginning with a bar."""
    code = Code128(value)
    code.validate()
    code.encode()
    code.decompose()
    return [ord(letter.upper()) - ord("A") + 1 for letter in code.decomposed]
