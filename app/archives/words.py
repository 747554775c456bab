"""Archives in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from app.archives.coming import COMES, STAYS
from app.archives.models import ArchiveImport

STATES = {
    "asked": ("queued", "Waiting for its turn"),
    "running": ("running", "Being made"),
    "ready": ("ready", "Ready"),
    "failed": ("failed", "Not made"),
    "gone": ("expired", "Removed after seven days"),
}


def day(moment: datetime | None) -> str:
    """«2026-11-22», for the name of a file."""
    return f"{moment:%Y-%m-%d}" if moment else "archive"


def many(count: int, one: str, more: str = "") -> str:
    """«1 row», «2,310 rows»."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


COMING = {
    "checking": ("running", "Being looked through"),
    "checked": ("ready", "Ready to come in"),
    "refused": ("failed", "Not taken"),
    "bringing": ("running", "Coming in"),
    "done": ("done", "Brought in"),
    "failed": ("failed", "Not brought in"),
}


@dataclass(frozen=True)
class Outside:
    """What stays out for one reason, and how many rows that is."""

    why: str
    what: str
    rows: int


@dataclass(frozen=True)
class Report:
    """What an archive would bring, or has brought: (words, rows), and what stays outside and why."""

    comes: list[tuple[str, int]]
    outside: list[Outside]
    renamed: list[tuple[str, str]]
    unpaid: int
    files: int
    workspace: str
    made_at: str


def report(row: ArchiveImport) -> Report | None:
    """None until it was looked through."""
    if not row.report:
        return None
    counts = row.report["counts"]
    moment = datetime.fromisoformat(row.report["made_at"]) if row.report["made_at"] else None
    return Report(
        [(words, counts[name]) for name, words in COMES.items() if counts.get(name)],
        list(_outside({name: count for name, count in counts.items() if name in STAYS and count})),
        [
            (_address(before), _address(after, "c/" if before.startswith("c/") else ""))
            for before, after in row.report["renamed"].items()
        ],
        row.report["unpaid"],
        row.report["files"],
        row.report["workspace"],
        day(moment),
    )


def _outside(counts: dict[str, int]) -> Iterator[Outside]:
    names = sorted(counts, key=lambda name: STAYS[name])
    for why, alike in groupby(names, key=lambda name: STAYS[name]):
        same = list(alike)
        yield Outside(
            why, ", ".join(name.replace("_", " ") for name in same).capitalize(), sum(counts[one] for one in same)
        )


def _address(slug: str, before: str = "") -> str:
    """As it stands in the browser: /s/lamps, /c/lamps."""
    whole = f"{before}{slug}"
    return f"/{whole}" if whole.startswith("c/") else f"/s/{whole}"
