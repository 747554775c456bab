"""Files that belong to rows: what is for sale, pictures, papers. Their names in an archive are made of ids, never of typed words."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, select

from app.archives.rows import stream
from app.catalogue.models import File, Media
from app.channels.models import ChannelShipment
from app.forum import actions as forum
from app.forum.models import ForumPicture
from app.payments.models import DisputeFile
from app.shipping.models import Label, LabelBatch, Manifest, Return

SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


@dataclass(frozen=True)
class Kept:
    """`name` in the archive, `key` in storage, and the row it belongs to."""

    name: str
    key: str


def _sold(row: Any) -> Iterator[Kept]:
    found = SUFFIX.search(row.name)
    yield Kept(f"files/{row.id}{found.group() if found else ''}", row.storage_key)


def _original(row: Any) -> Iterator[Kept]:
    yield Kept(f"pictures/{row.id}", row.original_key)


def _drawn(row: Any) -> Iterator[Kept]:
    """The original is gone once a picture of the forum was made again; the widest is what is left of it."""
    yield Kept(f"forum-pictures/{row.id}.webp", forum.rendition(row, 1 << 20))


def _paper(row: Any) -> Iterator[Kept]:
    yield Kept(f"disputes/{row.id}", row.storage_key)


def _labels(row: Any) -> Iterator[Kept]:
    for kind, key in sorted(row.files.items()):
        yield Kept(f"labels/{row.id}.{kind}", key)


def _documents(row: Any) -> Iterator[Kept]:
    for kind, key in sorted(row.documents.items()):
        yield Kept(f"label-batches/{row.id}-{kind}.pdf", key)


def _manifest(row: Any) -> Iterator[Kept]:
    yield Kept(f"manifests/{row.id}.pdf", row.file)


def _photos(row: Any) -> Iterator[Kept]:
    for number, key in enumerate(row.photos, 1):
        yield Kept(f"returns/{row.id}-{number}.webp", key)


def _document(row: Any) -> Iterator[Kept]:
    yield Kept(f"channel-labels/{row.id}.pdf", row.document)


WHERE: tuple[tuple[Executable, Callable[[Any], Iterator[Kept]]], ...] = (
    (select(File.id, File.name, File.storage_key), _sold),
    (select(Media.id, Media.original_key).where(Media.state != "refused"), _original),
    (select(ForumPicture.id, ForumPicture.key, ForumPicture.width).where(ForumPicture.state == "ready"), _drawn),
    (select(DisputeFile.id, DisputeFile.storage_key), _paper),
    (select(Label.id, Label.files), _labels),
    (select(LabelBatch.id, LabelBatch.documents), _documents),
    (select(Manifest.id, Manifest.file).where(Manifest.file != ""), _manifest),
    (select(Return.id, Return.photos), _photos),
    (select(ChannelShipment.id, ChannelShipment.document).where(ChannelShipment.document != ""), _document),
)


def kept() -> Iterator[Kept]:
    """Every stored file of the open workspace."""
    for wanted, names in WHERE:
        for row in stream(wanted):
            yield from names(row)
