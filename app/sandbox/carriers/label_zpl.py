"""A label as ZPL for a thermal printer of 203 dpi; whatever people typed is escaped."""

import re
from typing import Any

SAFE = re.compile(r"[^A-Za-z0-9 .,/#-]")


def render(label: Any) -> bytes:
    """One label."""
    rows = [
        "^XA^CI28^PW812^LL1218^LH0,0",
        _text(30, 30, 44, label.service),
        "^FO15,95^GB782,3,3^FS",
        *_block(30, 115, 24, label.sender),
        *_block(600, 115, 24, label.about),
        "^FO15,320^GB782,3,3^FS",
        _text(30, 338, 26, "SHIP TO:"),
        *_block(90, 380, 36, label.recipient),
        "^FO15,710^GB782,3,3^FS",
        f"^FO120,740^BY3^BCN,230,Y,N,N,A^FD{label.number}^FS",
        *_block(30, 1060, 24, label.references),
        _text(30, 1160, 28, "SAMPLE - DO NOT MAIL"),
        "^XZ",
    ]
    return ("\n".join(rows) + "\n").encode()


def _block(left: int, top: int, size: int, lines: tuple[str, ...]) -> list[str]:
    return [_text(left, top + row * round(size * 1.2), size, line) for row, line in enumerate(lines)]


def _text(left: int, top: int, size: int, words: str) -> str:
    return f"^FO{left},{top}^A0N,{size},{size}^FH_^FD{escaped(words)}^FS"


def escaped(words: str) -> str:
    """The words as `^FH_` reads them: every byte that could be a command is written as `_` and two hex digits."""
    return SAFE.sub(lambda found: "".join(f"_{byte:02X}" for byte in found[0].encode()), words)
