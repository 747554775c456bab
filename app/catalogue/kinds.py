"""What a file is by its bytes, and whether its name tells the truth about it (SECURITY.md §3, uploads)."""

from typing import IO

from app.core.errors import Refused

HEAD = 1024
"""Bytes at the beginning that tell what a file is."""
PLAIN = "application/octet-stream"
EXECUTABLE, MARKUP = "a program", "a web page or drawing"
"""Kinds that are never told to a browser."""

SIGNATURES = (
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xfa", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!", "application/vnd.rar"),
    (b"MZ", EXECUTABLE),
    (b"\x7fELF", EXECUTABLE),
    (b"\xfe\xed\xfa\xce", EXECUTABLE),
    (b"\xfe\xed\xfa\xcf", EXECUTABLE),
    (b"\xce\xfa\xed\xfe", EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", EXECUTABLE),
)
BRANDS = {
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"avif": "image/avif",
    b"heic": "image/heic",
}
MARKED_UP = (b"<!doctype html", b"<html", b"<svg", b"<script", b"<?xml", b"<body", b"<head", b"<iframe", b"#!/")
ZIPS = frozenset({"application/zip", "application/epub+zip"})
EXPECTED: dict[str, frozenset[str]] = {
    "pdf": frozenset({"application/pdf"}),
    "jpg": frozenset({"image/jpeg"}),
    "jpeg": frozenset({"image/jpeg"}),
    "png": frozenset({"image/png"}),
    "gif": frozenset({"image/gif"}),
    "webp": frozenset({"image/webp"}),
    "mp3": frozenset({"audio/mpeg"}),
    "flac": frozenset({"audio/flac"}),
    "ogg": frozenset({"audio/ogg"}),
    "oga": frozenset({"audio/ogg"}),
    "opus": frozenset({"audio/ogg"}),
    "wav": frozenset({"audio/wav"}),
    "m4a": frozenset({"audio/mp4", "video/mp4"}),
    "m4b": frozenset({"audio/mp4", "video/mp4"}),
    "mp4": frozenset({"video/mp4", "audio/mp4", "video/quicktime"}),
    "m4v": frozenset({"video/mp4", "audio/mp4"}),
    "mov": frozenset({"video/quicktime", "video/mp4"}),
    "webm": frozenset({"video/webm"}),
    "mkv": frozenset({"video/x-matroska", "video/webm"}),
    "epub": ZIPS,
    "zip": ZIPS,
    "docx": ZIPS,
    "xlsx": ZIPS,
    "pptx": ZIPS,
    "7z": frozenset({"application/x-7z-compressed"}),
    "rar": frozenset({"application/vnd.rar"}),
    "gz": frozenset({"application/gzip"}),
}
WORDS = frozenset({"txt", "md", "csv", "json", "rtf", "srt", "svg", "tif", "tiff", "psd", "heic", "avif", "doc", "xls"})
"""Endings that promise no program, of kinds whose bytes we do not know."""


class NotWhatItSays(Refused):
    message = "{name} is not what its name says: its bytes are {found}. Nothing was changed. Give it its true ending, or send the right file."


def of(head: bytes) -> str:
    """By the first bytes (HEAD of them): a media type, EXECUTABLE, MARKUP, or PLAIN for what we do not know."""
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], PLAIN)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"PK\x03\x04") and head[30:58] == b"mimetypeapplication/epub+zip":
        return "application/epub+zip"
    found = next((kind for start, kind in SIGNATURES if head.startswith(start)), PLAIN)
    if found == EXECUTABLE and b"\0" not in head[:64]:  # a text that begins with these letters
        found = PLAIN
    return MARKUP if found == PLAIN and _marked_up(head) else found


def _marked_up(head: bytes) -> bool:
    words = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return words.startswith(MARKED_UP)


def content_type(source: IO[bytes]) -> str:
    """What the file is delivered as; what we do not know, and what a browser might run, is plain bytes."""
    found = of(_head(source))
    return PLAIN if found in (EXECUTABLE, MARKUP) else found


def check_name(source: IO[bytes], name: str) -> None:
    """Raises NotWhatItSays when the bytes are something else than the name's ending promises."""
    head = _head(source)
    found, ending = of(head), name.rpartition(".")[2].lower() if "." in name else ""
    expected = EXPECTED.get(ending)
    if head and expected is not None and found not in expected and not (ending == "pdf" and _late_pdf(found, head)):
        raise NotWhatItSays(name=name, found=_in_words(found))
    if ending in WORDS and found == EXECUTABLE:
        raise NotWhatItSays(name=name, found=_in_words(found))


def check_renaming(kind: str, before: str, name: str, field: str) -> None:
    """Raises NotWhatItSays when a file of this media type would get an ending that promises another."""
    ending = name.rpartition(".")[2].lower()
    if ending != before.rpartition(".")[2].lower() and kind not in EXPECTED.get(ending, (kind,)):
        raise NotWhatItSays(field=field, name=name, found=_in_words(kind))


def _late_pdf(found: str, head: bytes) -> bool:
    """Some programs write a few bytes before a PDF's first line, and readers forgive that."""
    return found == PLAIN and b"%PDF-" in head


def _head(source: IO[bytes]) -> bytes:
    source.seek(0)
    head = source.read(HEAD)
    source.seek(0)
    return head


def _in_words(kind: str) -> str:
    return "of no kind with that ending" if kind == PLAIN else kind
