"""Which stamper a file is for, by its bytes."""

from pathlib import Path

HEAD = 1024
_ZIP, _EPUB = b"PK\x03\x04", b"mimetypeapplication/epub+zip"
KINDS = {"pdf": "PDF", "picture": "Picture", "book": "EPUB", "archive": "Zip", "audio": "Recording"}
_SIGNS = (
    (b"\xff\xd8\xff", "picture"),
    (b"\x89PNG\r\n\x1a\n", "picture"),
    (b"fLaC", "audio"),
    (b"OggS", "audio"),
    (b"ID3", "audio"),
    (b"PK\x05\x06", "archive"),
)
_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")


def of(head: bytes) -> str:
    """A key of KINDS, or "" for what takes no stamp. `head` is the first HEAD bytes, or all of a shorter file.

    Readers of PDF take a header anywhere in there, so whatever else such a file is, it is one; but a zip whose first member is
    stored as it is has that member's beginning in there too, and stays a zip. An EPUB's first member is named and typed right
    after the 30 bytes that begin a zip (OCF 3.3 §4.3.2).
    """
    if head.startswith(_ZIP):
        return "book" if head.startswith(_EPUB, 30) else "archive"
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "picture", b"WAVE": "audio"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return "audio" if head[8:12] in (b"M4A ", b"M4B ") else ""
    return next((kind for sign, kind in _SIGNS if head.startswith(sign)), "audio" if head[:2] in _FRAMES else "")


def of_file(path: Path) -> str:
    with path.open("rb") as file:
        return of(file.read(HEAD))
