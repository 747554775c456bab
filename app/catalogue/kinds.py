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
SPOKEN_WITH_AN = frozenset(
    {"mp3", "mp4", "m4a", "m4b", "m4v", "mkv", "ogg", "oga", "opus", "epub", "xlsx", "rtf", "srt", "svg", "xls", "md"}
)
"""Endings before which English says «an»."""
FAMILIES: dict[str, frozenset[str]] = {
    "PDF": frozenset({"pdf"}),
    "EPUB": frozenset({"epub"}),
    "picture": frozenset({"jpg", "jpeg", "png", "gif", "webp", "svg", "tif", "tiff", "psd", "heic", "avif"}),
    "recording": frozenset({"mp3", "flac", "ogg", "oga", "opus", "wav", "m4a", "m4b", "aiff", "aif"}),
    "film": frozenset({"mp4", "m4v", "mov", "webm", "mkv"}),
    "document": frozenset(
        {"docx", "xlsx", "pptx", "doc", "xls", "txt", "md", "csv", "json", "rtf", "odt", "ods", "odp"}
    ),
    "archive": frozenset({"zip", "7z", "rar", "gz"}),
}
"""Endings of files that do for each other: a buyer who opens one opens the next."""
OPEN = frozenset({"picture", "document", "archive"})
"""Families with more members than we list: programs come packed and unpacked, and each drawing program has its own ending."""
BY_BYTES: dict[str, str] = {
    "application/pdf": "PDF",
    "application/epub+zip": "EPUB",
    "application/zip": "archive",
    "application/x-7z-compressed": "archive",
    "application/vnd.rar": "archive",
    "application/gzip": "archive",
    "image": "picture",
    "audio": "recording",
    "video": "film",
}
WORDS = frozenset({"txt", "md", "csv", "json", "rtf", "srt", "svg", "tif", "tiff", "psd", "heic", "avif", "doc", "xls"})
"""Endings that promise no program, of kinds whose bytes we do not know."""


class NotWhatItSays(Refused):
    message = "This is not {expected}: the bytes of {name} are {found}. Nothing was changed. Give it its true ending, or send the right file."


class OtherKind(Refused):
    message = "A new release of {old} is {kind} too. Add {name} as a file of its own; nothing was changed."


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
    found, ending = of(head), _ending(name)
    expected = EXPECTED.get(ending)
    if head and expected is not None and found not in expected and not (ending == "pdf" and _late_pdf(found, head)):
        raise NotWhatItSays(name=name, expected=_spoken(ending), found=_in_words(found))
    if ending in WORDS and found == EXECUTABLE:
        raise NotWhatItSays(name=name, expected=_spoken(ending), found=_in_words(found))


def check_renaming(kind: str, before: str, name: str, field: str) -> None:
    """Raises NotWhatItSays when a file of this media type would get an ending that promises another."""
    ending = _ending(name)
    if ending != _ending(before) and kind not in EXPECTED.get(ending, (kind,)):
        raise NotWhatItSays(field=field, name=name, expected=_spoken(ending), found=_in_words(kind))


def family(kind: str, name: str) -> str:
    """A key of FAMILIES, or "" for what we do not know. The ending decides where bytes are those of several, as in books and zips."""
    told = BY_BYTES.get(kind) or BY_BYTES.get(kind.partition("/")[0], "")
    ending = _ending(name)
    by_name = next((one for one, endings in FAMILIES.items() if ending in endings), "")
    return by_name if kind in EXPECTED.get(ending, ()) or not told else told


def check_release(old: str, old_kind: str, name: str, kind: str) -> None:
    """Raises OtherKind when buyers of `old` would find something else in its place."""
    before, after = family(old_kind, old), family(kind, name)
    if before and after != before and (after or before not in OPEN):
        raise OtherKind(old=old, kind=_with_article(before), name=name)


def _with_article(word: str) -> str:
    return f"{'an' if word in ('EPUB', 'archive') else 'a'} {word}"


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _spoken(ending: str) -> str:
    """Such as «a PDF» or «an MP3»."""
    return f"{'an' if ending in SPOKEN_WITH_AN else 'a'} {ending.upper()}"


def _late_pdf(found: str, head: bytes) -> bool:
    """Some programs write a few bytes before a PDF's first line, and readers forgive that."""
    return found == PLAIN and b"%PDF-" in head


def _head(source: IO[bytes]) -> bytes:
    source.seek(0)
    head = source.read(HEAD)
    source.seek(0)
    return head


def _in_words(kind: str) -> str:
    """What somebody's file is, for people: «an archive», «a program»; media types are nobody's words."""
    known = family(kind, "")
    return _with_article(known) if known else "of no kind that we know" if kind == PLAIN else kind
