"""A mail taken apart: readable headers, the text, the HTML, and what is attached. Never raises on a broken mail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Part

FOLD = re.compile(r"\r?\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a mail; `number` counts the parts of the mail, `cid` is how its HTML refers to it."""

    number: int
    name: str
    kind: str
    cid: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as people read it; `text` and `html` are None when the mail has no such part."""

    headers: list[tuple[str, str]]
    text: str | None
    html: str | None
    attachments: list[Attachment]

    def header(self, name: str) -> str:
        """The first header of that name, empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def read(raw: bytes) -> Message:
    """Take a mail apart: the first plain and the first HTML part are its bodies, all others are attached."""
    whole = message_from_bytes(raw)
    bodies: dict[str, str] = {}
    attachments = []
    for number, part in enumerate(_leaves(whole), 1):
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and kind not in bodies and not _is_file(part):
            bodies[kind] = _text(part)
        else:
            attachments.append(_attachment(number, part))
    headers = [(name, readable(str(value))) for name, value in whole.raw_items()]
    return Message(headers, bodies.get("text/plain"), bodies.get("text/html"), attachments)


def readable(value: str) -> str:
    """A header unfolded, its encoded words and bare UTF-8 decoded."""
    plain = FOLD.sub("", scrubbed(value)).strip()
    try:
        return str(make_header(decode_header(plain)))
    except (LookupError, UnicodeError, HeaderParseError):
        return plain


def scrubbed(value: str) -> str:
    """Bytes that were smuggled through as surrogates, read as UTF-8."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _leaves(part: Part) -> Iterator[Part]:
    """The parts that hold content; a mail within the mail counts as one."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for inner in part.get_payload():
            yield from _leaves(inner)  # type: ignore[arg-type]
    else:
        yield part


def _is_file(part: Part) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None


def _bytes(part: Part) -> bytes:
    if part.is_multipart():
        return b"".join(inner.as_bytes() for inner in part.get_payload())  # type: ignore[union-attr]
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(part: Part) -> str:
    """A body with plain line ends, as SMTP's own are of no interest to readers."""
    content = _bytes(part).replace(b"\r\n", b"\n")
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _attachment(number: int, part: Part) -> Attachment:
    name = readable(part.get_filename() or "")
    return Attachment(
        number=number,
        name=re.sub(r"[\\/\x00-\x1f]+", "_", name) or f"part-{number}",
        kind=part.get_content_type(),
        cid=str(part.get("Content-ID", "")).strip().strip("<>"),
        content=_bytes(part),
    )
