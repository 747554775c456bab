"""A chapter of a book made safe for our pages: words, headings, lists, tables, pictures and links within the book; nothing that runs."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urlsplit

import nh3

TAGS = {
    *[
        "a",
        "abbr",
        "aside",
        "article",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ]
}
ATTRIBUTES = {
    "*": {"id", "lang", "dir", "title"},
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type", "reversed"},
}
OUTSIDE = ("http", "https", "mailto")
PREFIX = "e-"
"""Before every id of the book, so that none is one of the page's."""
VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|image|path|rect|circle|use"
_CLOSED = re.compile(rf"<(?!(?:{VOID})\b)([A-Za-z][\w:.-]*)((?:\s[^<>]*?)?)\s*/>")
_DRAWN = re.compile(r"<(?:svg:)?image\b([^<>]*?)(?:xlink:href|href)\s*=\s*(\"[^\"]*\"|'[^']*')[^<>]*>", re.I)
_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']""")


class Shown(str):
    """HTML that `clean` made; pages show it as it is."""

    def __html__(self) -> str:
        return self


@dataclass(frozen=True)
class Place:
    """Where a chapter is: its `path`, the reader's address, all chapters, all members, and how a picture's address is made."""

    path: str
    here: str
    chapters: tuple[str, ...]
    members: frozenset[str]
    picture: Callable[[str], str]


@dataclass(frozen=True)
class Page:
    """`weight`: bytes of the book that it shows."""

    html: Shown
    weight: int


def clean(data: bytes, place: Place) -> Page:
    words = _CLOSED.sub(r"<\1\2></\1>", _DRAWN.sub(r"<img src=\2>", _decoded(data)))
    html = nh3.clean(
        words,
        tags=TAGS,
        clean_content_tags={"script", "style", "title", "head", "template", "iframe", "object"},
        attributes=ATTRIBUTES,
        attribute_filter=lambda tag, name, value: _attribute(place, tag, name, value),
        url_schemes=set(OUTSIDE),
        link_rel="noopener noreferrer nofollow",
    )
    return Page(Shown(html), len(data))


def _decoded(data: bytes) -> str:
    said = _ENCODING.match(data)
    try:
        return data.decode(said[1].decode() if said else "utf-8-sig")
    except (LookupError, UnicodeDecodeError):
        return data.decode("utf-8", "replace")


def _attribute(place: Place, tag: str, name: str, value: str) -> str | None:
    if name == "id":
        return PREFIX + value
    if name == "href":
        return _link(place, value)
    if name == "src":
        path = _resolved(place, value)
        drawn = path.lower().endswith((".svg", ".svgz"))  # could hold scripts, and is not shown
        return place.picture(path) if path in place.members and not drawn else None
    return value


def _link(place: Place, href: str) -> str | None:
    """Another place of the book, or another site; anything else is no link."""
    if urlsplit(href).scheme:
        return href if urlsplit(href).scheme.lower() in OUTSIDE else None
    target, fragment = urldefrag(href)
    anchor = f"#{PREFIX}{unquote(fragment)}" if fragment else ""
    if not target:
        return anchor or None
    path = _resolved(place, target)
    return f"{place.here}?chapter={place.chapters.index(path)}{anchor}" if path in place.chapters else None


def _resolved(place: Place, href: str) -> str:
    path = unquote(urldefrag(href)[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(place.path), path)) if path else ""
