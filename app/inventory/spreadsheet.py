"""A seller's file of stock, as people's spreadsheets write it: any of the usual delimiters and encodings, headings in their words."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.csv import STARTERS
from app.core.errors import Refused

LARGEST = 1024 * 1024
MOST = 2_000
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
HEADINGS = {
    "sku": ("sku", "variant sku", "item", "item number", "article", "code", "product code"),
    "on_hand": ("on hand", "on_hand", "onhand", "quantity", "qty", "stock", "count", "counted", "units", "available"),
    "location": ("location", "place", "warehouse", "shelf"),
}


class BadSheet(Refused):
    def __init__(self, message: str) -> None:
        super().__init__(f"{message} Nothing was changed.", field="file")


@dataclass(frozen=True)
class Line:
    """`number` counts from 1 below the heading, as spreadsheets do plus one. All three as typed, trimmed."""

    number: int
    sku: str
    on_hand: str
    location: str


def read(data: bytes) -> list[Line]:
    """The lines that hold anything. Raises BadSheet with what to do about it."""
    if not data.strip():
        raise BadSheet("This file is empty.")
    if len(data) > LARGEST:
        raise BadSheet("This file is larger than 1 MB. Split it in two.")
    rows = _rows(_text(data))
    columns = _columns(rows[0])
    if len(rows) - 1 > MOST:
        raise BadSheet(f"This file has {len(rows) - 1:,} lines. Send at most {MOST:,} at a time.")
    lines = [_line(number, row, columns) for number, row in enumerate(rows[1:], 2)]
    if not lines:
        raise BadSheet("This file has a heading and no lines below it.")
    return lines


def _rows(text: str) -> list[list[str]]:
    """Those that hold anything, the heading first. Raises BadSheet."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), _dialect(text)) if any(map(str.strip, row))]
    except csv.Error as error:
        raise BadSheet("This is no CSV file that we can read. Save it as CSV (UTF-8) and send that.") from error
    if not rows:
        raise BadSheet("This file is empty.")
    return rows


def _text(data: bytes) -> str:
    if data.startswith(WORKBOOKS):
        raise BadSheet("This is a workbook. Save its sheet as CSV (UTF-8) and send that.")
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadSheet("This is not a text file that we can read. Save it as CSV (UTF-8) and send that.")


def _dialect(text: str) -> type[csv.Dialect]:
    """By which delimiter the heading has most of; quoting is the usual one."""
    heading = text.lstrip().partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=heading.count)

    return Found


def _columns(heading: Sequence[str]) -> dict[str, int]:
    names = [name.strip().casefold() for name in heading]
    found = {
        column: next((names.index(word) for word in words if word in names), -1) for column, words in HEADINGS.items()
    }
    missing = [label for column, label in (("sku", "SKU"), ("on_hand", "On hand")) if found[column] < 0]
    if missing:
        there = ", ".join(f"«{name.strip()[:40]}»" for name in heading[:8] if name.strip()) or "nothing"
        raise BadSheet(f"There is no column called {' or '.join(missing)}. The first line says {there}.")
    return found


def _line(number: int, row: Sequence[str], columns: Mapping[str, int]) -> Line:
    def cell(column: str) -> str:
        place = columns[column]
        return _unguarded(row[place].strip()[:200]) if 0 <= place < len(row) else ""

    return Line(number, cell("sku"), cell("on_hand"), cell("location"))


def _unguarded(cell: str) -> str:
    """Our export puts an apostrophe before what a spreadsheet would calculate; it is not part of the SKU."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(STARTERS) else cell


def mend(lines: Sequence[Line], typed: Mapping[str, str]) -> list[Line]:
    """With the cells that a person typed anew on the page: `sku-7`, `on_hand-7`, `location-7` for line 7."""

    def typed_anew(line: Line, column: str, before: str) -> str:
        return typed.get(f"{column}-{line.number}", before).strip()[:200]

    return [
        replace(
            line,
            sku=typed_anew(line, "sku", line.sku),
            on_hand=typed_anew(line, "on_hand", line.on_hand),
            location=typed_anew(line, "location", line.location),
        )
        for line in lines
    ]


def write(lines: Sequence[Line]) -> str:
    """The lines as a CSV that `read` reads back to the same; carried from the dry run to its confirmation."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["SKU", "On hand", "Location"])
    writer.writerows([line.sku, line.on_hand, line.location] for line in lines)
    return buffer.getvalue()
