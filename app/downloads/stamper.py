"""What makes a buyer's own copy of a file, and finds whose copy a file is; one adapter per kind in `stampers/`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Unstampable(Exception):
    """This file cannot be stamped; the message is for its seller: what is wrong, and what would help."""


@dataclass(frozen=True)
class Stamp:
    """`mark` without prefix; `line` is the seller's text with its placeholders filled, empty for hidden marks alone.

    `manifest` is signed JSON about the copy, `about` what people read of it: both go into archives.
    """

    mark: str
    line: str
    about: str = ""
    manifest: str = ""
    signature: str = ""


@dataclass(frozen=True)
class Found:
    """A code in a file. `kind` says by which mark it was found (`KINDS`), `where` at which place, such as «page 3»."""

    mark: str
    kind: str
    where: str = ""


@dataclass(frozen=True)
class Likeness:
    """How much a picture looks like one copy: `score` in standard deviations above chance, `share` of the picture seen."""

    mark: str
    score: float
    share: float = 1.0


KINDS = {
    "bytes": "the very bytes of this copy",
    "line": "the address on the line that everybody sees",
    "hidden_text": "text on the page that is not drawn",
    "path": "a line on the page that is not drawn",
    "name": "the name of the stamp on the page",
    "private": "private data of the page",
    "info": "document information",
    "xmp": "XMP metadata",
    "id": "the file's identifier",
    "salvaged": "bytes of a part, or of a damaged file",
    "metadata": "the picture's metadata",
    "pattern": "the pattern in the picture's brightness",
    "colophon": "the colophon page",
    "anchor": "an empty anchor in a chapter",
    "comment": "a comment in a chapter",
    "package": "the book's package file",
    "seal": "the manifest, whose signature is ours",
    "manifest": "the manifest",
    "archive_comment": "the archive's comment",
    "extra": "the extra field of an archived file",
    "tag": "a tag of the recording",
    "text": "the pasted text",
    "cut": "the beginning of a code",
}


class Stamper(Protocol):
    """Paths are private to the call. All three read hostile files, so they run confined (`confined.py`)."""

    def check(self, source: Path) -> None:
        """Raises Unstampable."""

    def stamp(self, source: Path, target: Path, stamp: Stamp) -> None:
        """Write the marked copy to `target`. Raises Unstampable; whatever lies at `target` then is worth nothing."""

    def find(self, source: Path) -> list[Found]:
        """Every code in the file, or in what is left of it."""
