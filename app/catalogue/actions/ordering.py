"""Order of pictures and files: a step at a time, or all at once after dragging."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from app.catalogue.models import File, Media

Row = TypeVar("Row", Media, File)


def step(rows: list[Row], row: Row, by: int) -> None:
    """Move `row` earlier (-1) or later (+1); at the ends it stays."""
    index = rows.index(row)
    rows.insert(min(max(index + by, 0), len(rows) - 1), rows.pop(index))
    _number(rows)


def arrange(rows: list[Row], ids: Sequence[UUID]) -> bool:
    """In the order of `ids`. False, and nothing moved, when these are not exactly the rows."""
    places = {row_id: place for place, row_id in enumerate(ids)}
    if len(ids) != len(places) or {row.id for row in rows} != set(places):
        return False
    _number(sorted(rows, key=lambda row: places[row.id]))
    return True


def _number(rows: Sequence[Row]) -> None:
    for position, row in enumerate(rows):
        row.position = position
