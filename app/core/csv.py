"""CSV for people's spreadsheets: no cell can become a formula (SECURITY.md §3, CSV)."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

STARTERS = tuple("=+-@\t\r\n＝＋－＠")
INNER = re.compile(r"([;\t\r\n][\s\"']*)(?=[=+\-@＝＋－＠])")
"""Where a spreadsheet set to semicolons, as most of Europe's are, would begin a new cell inside of ours."""


def safe_cell(value: Any) -> str:
    """The value as text, with an apostrophe before anything that a spreadsheet would calculate. Plain numbers stay numbers."""
    text = INNER.sub(r"\1'", "" if value is None else str(value))
    bare = text.lstrip()
    if not text.startswith(STARTERS) and not bare.startswith(STARTERS):
        return text
    return text if _is_number(text) else f"'{text}"


def _is_number(text: str) -> bool:
    return text[:1] in "+-" and text[1:].replace(".", "", 1).isdigit()


def lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The file line by line, starting with a byte order mark, so that spreadsheets read it as UTF-8."""
    yield "\ufeff" + _line(header)
    for row in rows:
        yield _line(safe_cell(value) for value in row)


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(list(cells))
    return buffer.getvalue()
