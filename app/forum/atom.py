"""Atom feeds (RFC 4287), written so that whatever people typed is text in them."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

MEDIA_TYPE = "application/atom+xml"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """`url` is absolute and for good: it is the entry's id too. `html` is clean; `summary` is plain text."""

    url: str
    title: str
    author: str
    published: datetime
    updated: datetime
    html: str = ""
    summary: str = ""
    tags: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Feed:
    """`page` is what it tells of and `url` the feed itself, both absolute; `since` stands for its age while it is empty."""

    title: str
    page: str
    url: str
    since: datetime
    entries: Sequence[Entry]

    @property
    def updated(self) -> datetime:
        return max((one.updated for one in self.entries), default=self.since)

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.xml().encode()).hexdigest()[:32]

    @property
    def modified(self) -> str:
        """As HTTP says it."""
        return format_datetime(self.updated, usegmt=True)

    def xml(self) -> str:
        head = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base={_attribute(self.page)}>',
            f"<title>{_text(self.title)}</title><id>{_text(self.url)}</id>",
            f'<link rel="self" type="{MEDIA_TYPE}" href={_attribute(self.url)}/>',
            f'<link rel="alternate" type="text/html" href={_attribute(self.page)}/>',
            f"<updated>{self.updated.isoformat()}</updated>",
        ]
        return "\n".join([*head, *map(_entry, self.entries), "</feed>\n"])


def _entry(one: Entry) -> str:
    tags = "".join(f"<category term={_attribute(tag)}/>" for tag in one.tags)
    content = f'<content type="html">{_text(one.html)}</content>' if one.html else ""
    summary = f"<summary>{_text(one.summary)}</summary>" if one.summary else ""
    return (
        f"<entry><title>{_text(one.title)}</title><id>{_text(one.url)}</id>"
        f'<link rel="alternate" type="text/html" href={_attribute(one.url)}/>'
        f"<published>{one.published.isoformat()}</published><updated>{one.updated.isoformat()}</updated>"
        f"<author><name>{_text(one.author)}</name></author>{tags}{summary}{content}</entry>"
    )


def _text(said: str) -> str:
    return escape(NOT_XML.sub("", said))


def _attribute(said: str) -> str:
    return quoteattr(NOT_XML.sub("", said))
