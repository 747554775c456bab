"""Range requests for one range (RFC 9110 §14): what part of the file a request wants."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """First and last byte, both included."""

    first: int
    last: int


UNSATISFIABLE = Span(-1, -1)


def wanted(header: str | None, if_range: str | None, size: int, etag: str) -> Span | None:
    """None for the whole file, UNSATISFIABLE for a part beyond it. Several ranges at once get the whole file."""
    if not header or (if_range and if_range != etag):
        return None
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return Span(max(size - int(last), 0), size - 1) if int(last) else UNSATISFIABLE
    if int(first) >= size or (last and int(last) < int(first)):
        return UNSATISFIABLE
    return Span(int(first), min(int(last), size - 1) if last else size - 1)


def is_rest(header: str | None) -> bool:
    """Whether the request wants a later part alone, as one does who goes on with a download."""
    match = re.fullmatch(r"bytes=(\d+)-\d*", (header or "").strip())
    return match is not None and int(match[1]) > 0


def covers(spans: list[Span], size: int) -> bool:
    """Whether the spans together hold every byte of the file."""
    reached = 0
    for span in sorted(spans, key=lambda span: span.first):
        if span.first > reached:
            break
        reached = max(reached, span.last + 1)
    return reached >= size
