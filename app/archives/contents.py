"""What an archive of a workspace is made of, piece by piece: rows, tables for people, the forum to read, files, and a list of it all."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.archives import kept, rows, sheets, talk
from app.archives.kept import Kept
from app.archives.packing import Packer
from app.archives.progress import Progress
from app.archives.rules import REASONS, RULES
from app.catalogue.models import Category
from app.core import db, storage
from app.workspaces.models import Workspace

FORMAT = 1
"""Of the archive. Imports read this one."""
MANIFEST, README = "manifest.json", "README.txt"
READ_ME = """{name}, as it was on {moment}

rows/       every table of the workspace, one JSON object a line. Ids are UUIDs, moments are UTC, amounts ending in _minor are
            in the smallest unit of `currency` (cents, yen); where a row has no currency, that of its order or shop.
tables/     orders, order lines, products, stock, ledger and team for a spreadsheet
forum/      every thread to read, in Markdown
files/      what is for sale, named by the id of its row; pictures/, labels/ and so on likewise
manifest.json  the format, how many rows of what, the SHA-256 of every file, and what was left out and why

Bring it into an empty workspace of any Guildhall under Settings, Data.
"""


@dataclass
class Contents:
    """Once `pieces` has ended, `rows` and `files` say how many there are."""

    workspace_id: UUID
    progress: Progress
    moment: datetime = field(default_factory=db.now)
    counts: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    categories: dict[str, str] = field(default_factory=dict)
    files: int = 0

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    def pieces(self) -> Iterator[bytes]:
        """The zip. Rows are all of one moment; files, which never change once stored, are packed after them."""
        packer = Packer()
        with db.snapshot(db.Scope("workspace", self.workspace_id)):
            self.moment = db.clock()
            place = db.session().get_one(Workspace, self.workspace_id)
            found = list(kept.kept())
            self.categories = {
                str(row.id): row.slug for row in db.session().execute(select(Category.id, Category.slug))
            }
            self.progress.begin("Counting", sum(rows.count(rule) for rule in rows.leaving()) + len(found))
            yield from self._rows(packer)
            yield from self._to_read(packer)
        yield from self._files(packer, found)
        yield from packer.add(README, [self._read_me(place.name)])
        yield from packer.add(MANIFEST, [self._manifest(packer, place)])
        yield from packer.finish()

    def _rows(self, packer: Packer) -> Iterator[bytes]:
        for rule in rows.leaving():
            self.progress.begin(f"Packing {rule.table.replace('_', ' ')}")
            before = self.progress.done
            yield from packer.add(f"rows/{rule.table}.jsonl", rows.lines(rule, self.progress))
            self.counts[rule.table] = self.progress.done - before

    def _to_read(self, packer: Packer) -> Iterator[bytes]:
        self.progress.begin("Writing tables and the forum to read")
        for name, parts in sheets.sheets():
            yield from packer.add(name, parts)
        for name, parts in talk.threads():
            yield from packer.add(name, parts)
            self.progress.went(0)

    def _files(self, packer: Packer, found: list[Kept]) -> Iterator[bytes]:
        self.progress.begin("Packing files and pictures")
        for one in found:
            try:
                size = storage.size(one.key)
            except storage.Missing:
                self.missing.append(one.name)
                continue
            yield from packer.add(one.name, self._stored(one.key, size), packed=True)
            self.files += 1
            self.progress.went()

    def _stored(self, key: str, size: int) -> Iterator[bytes]:
        for piece in storage.stream(key, 0, size - 1):
            self.progress.went(0)
            yield piece

    def _read_me(self, name: str) -> bytes:
        return READ_ME.format(name=name, moment=self.moment.strftime("%d %B %Y, %H:%M UTC")).encode()

    def _manifest(self, packer: Packer, place: Workspace) -> bytes:
        said: dict[str, Any] = {
            "product": "guildhall",
            "format": FORMAT,
            "made_at": self.moment.isoformat(),
            "workspace": {"id": str(place.id), "slug": place.slug, "name": place.name, "hue": place.hue},
            "rows": self.counts,
            "categories": self.categories,
            "members": {one.name: {"size": one.size, "sha256": one.sha256} for one in packer.members},
            "left_out": left_out(),
            "missing": self.missing,
        }
        return json.dumps(said, indent=1, ensure_ascii=False).encode()


def left_out() -> dict[str, Any]:
    """What never leaves, and why: whole tables, and single columns."""
    return {
        "tables": {rule.table: rule.stays for rule in RULES.values() if rule.stays},
        "columns": {
            f"{rule.table}.{name}": REASONS[why] for rule in RULES.values() for name, why in rule.withheld.items()
        },
        "people": "accounts, passwords, sessions and e-mail choices belong to each person, who gets them under Your account",
        "payments": "what a buyer paid for several sellers at once is the platform's; each order's own share is here",
    }
