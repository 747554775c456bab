"""What the licence pages send."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from app.core import csv as csv_safe
from app.core.errors import Refused
from app.licences.actions import BadTerms, Terms, VariantTerms

HEADINGS = {"key", "keys", "licence", "license", "licence key", "license key", "code", "serial"}
LARGEST = 4 * 1024 * 1024
"""Of an imported file, in bytes; ten thousand long keys fit."""


def terms(form: Mapping[str, str], variants: Iterable[UUID]) -> Terms:
    """The product's terms, and those of variants that were ticked to differ. Raises BadTerms naming the field."""
    return Terms(
        source="listed" if form.get("source") == "listed" else "generated",
        prefix="".join(form.get("prefix", "").split()).upper(),
        activation_limit=number(form, "activation_limit"),
        valid_days=number(form, "valid_days"),
        lease_days=number(form, "lease_days") or 30,
        warn_below=_whole(form, "warn_below", 10),
        variants={one: _variant(form, one) for one in variants if form.get(f"terms-{one}", "same") != "same"},
    )


def _variant(form: Mapping[str, str], variant_id: UUID) -> VariantTerms:
    enabled = form.get(f"terms-{variant_id}") == "own"
    if not enabled:
        return VariantTerms(False, None, None)
    return VariantTerms(True, number(form, f"limit-{variant_id}"), number(form, f"days-{variant_id}"))


def number(form: Mapping[str, str], field: str) -> int | None:
    """A whole number above zero, or None when the field is empty. Raises BadTerms."""
    raw = form.get(field, "").strip()
    if not raw:
        return None
    if not raw.isdecimal() or len(raw) > 7 or int(raw) == 0:
        raise BadTerms("Enter a whole number above zero, or leave it empty for no limit.", field=field)
    return int(raw)


def _whole(form: Mapping[str, str], field: str, default: int) -> int:
    raw = form.get(field, "").strip()
    if raw and (not raw.isdecimal() or len(raw) > 5):
        raise BadTerms("Enter a whole number, zero or more.", field=field)
    return int(raw) if raw else default


def day(form: Mapping[str, str], field: str) -> datetime | None:
    """The end of a day in UTC, or None when the field is empty. Raises BadTerms."""
    raw = form.get(field, "").strip()
    if not raw:
        return None
    try:
        chosen = date.fromisoformat(raw)
    except ValueError as error:
        raise BadTerms("Choose a day, such as 2027-01-31, or leave it empty.", field=field) from error
    if not 2000 <= chosen.year <= 9998:
        raise BadTerms("Choose a day between 2000 and 9998.", field=field)
    return datetime.combine(chosen, time(23, 59, 59), UTC)


def pasted(form: Mapping[str, str], sent: Any) -> list[str]:
    """Keys out of the field and the file `sent` (an upload or None), one on each line; of a CSV file the column that is called key, else the first.

    Raises Refused for a file that is not text.
    """
    typed = form.get("keys", "").splitlines()
    if sent is None or not sent.filename:
        return typed
    raw = sent.stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Refused("This file is larger than 4 MB. Import it in parts; nothing was stored.", field="file")
    return [*typed, *_column(_text(raw))]


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError as error:
        raise Refused(
            "This file is not text in UTF-8. Save it as CSV or plain text; nothing was stored.", field="file"
        ) from error


def _column(text: str) -> list[str]:
    """Cells with their spreadsheet's protection against formulas taken off."""
    delimiter = next((one for one in (";", "\t") if one in text.partition("\n")[0]), ",")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    heads = [cell.strip().lower() for cell in rows[0]] if rows else []
    at = next((index for index, head in enumerate(heads) if head in HEADINGS), None)
    body = rows if at is None else rows[1:]
    cells = [row[at or 0] if len(row) > (at or 0) else "" for row in body]
    return [cell[1:] if cell[:1] == "'" and cell[1:2] in csv_safe.STARTERS else cell for cell in cells]
