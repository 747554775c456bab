"""docs/security.md names tests and places that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")


def rows() -> list[list[str]]:
    """The cells of each row of the tables, heads and rulers left out."""
    lines = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in cells] for cells in lines if cells[0].strip() != "item"]


def named(cell: str) -> list[tuple[str, str]]:
    """(file, function) of each test in a cell; `::name` alone goes on with the file before it."""
    found, file = [], ""
    for path, function in re.findall(r"`([\w/.]*)::(\w+)`", cell):
        file = path or file
        found.append((file, function))
    return found


def test_each_promise_names_tests_that_exist() -> None:
    table = rows()
    assert len(table) > 35
    assert [item for item, _, held in table if not named(held)] == []
    missing = [
        f"{file}::{function}"
        for _, _, held in table
        for file, function in named(held)
        if not (ROOT / file).is_file() or f"def {function}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_each_promise_names_places_that_exist() -> None:
    places = {place for _, where, _ in rows() for place in re.findall(r"`([\w-]+/[\w/.-]*)`", where)}
    assert len(places) > 25
    assert [place for place in places if not (ROOT / place).exists()] == []
