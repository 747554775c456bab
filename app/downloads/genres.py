"""What a file is to somebody who looks for it in a library: by its type, else by the end of its name."""

from app.catalogue.models import File

KINDS = {
    "pdf": "PDF",
    "book": "Book",
    "audio": "Audio",
    "video": "Video",
    "picture": "Picture",
    "archive": "Archive",
    "licence": "Licence",
    "other": "Other",
}
ICONS = {
    "pdf": "file-text",
    "book": "book-open",
    "audio": "music",
    "video": "video",
    "picture": "image",
    "archive": "archive",
    "licence": "key-round",
    "other": "file-down",
}
ENDINGS = {
    "pdf": ("pdf",),
    "book": ("epub", "mobi", "azw3", "cbz"),
    "audio": ("mp3", "m4a", "m4b", "flac", "wav", "ogg", "opus", "aac", "aiff"),
    "video": ("mp4", "mov", "mkv", "webm", "m4v", "avi"),
    "picture": ("jpg", "jpeg", "png", "gif", "webp", "tif", "tiff", "psd", "heic"),
    "archive": ("zip", "7z", "rar", "tar", "gz", "tgz"),
}
BY_ENDING = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}


def kind_of(file: File) -> str:
    """One of KINDS but licence, which no file is."""
    return BY_ENDING.get(file.name.rpartition(".")[2].lower(), _by_type(file.content_type))


def _by_type(content_type: str) -> str:
    family = content_type.partition("/")[0]
    known = {"audio": "audio", "video": "video", "image": "picture"}
    return known.get(family, {"application/pdf": "pdf", "application/epub+zip": "book"}.get(content_type, "other"))


def endings(kind: str) -> str:
    """A pattern (PostgreSQL, on the name in lower case) of names of this kind; of `other`: of all kinds that are known."""
    wanted = [one for kinds in ENDINGS.values() for one in kinds] if kind == "other" else ENDINGS[kind]
    return rf"\.({'|'.join(wanted)})$"
