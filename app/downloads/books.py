"""An EPUB as the reader shows it: its chapters in order, its table of contents, its pictures. Nothing in it is trusted."""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import IO, Any
from urllib.parse import unquote, urldefrag

from lxml import etree

from app.core import storage
from app.core.errors import NotFound, Refused
from app.core.web.blocking import in_thread
from app.downloads.chapters import Page, Place, clean
from app.downloads.models import Position
from app.downloads.stampers import zipped

CONTAINER = "META-INF/container.xml"
LARGEST_TEXT, LARGEST_PICTURE, MOST_MEMBERS = 8 * 1024**2, 25 * 1024**2, 20_000
MOST_ENTRIES = 2000
BROKEN = (*zipped.BROKEN, etree.XMLSyntaxError, KeyError)
PICTURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
)
_HREF, _TYPE = "href", "{http://www.idpf.org/2007/ops}type"
_SPACES = re.compile(r"\s+")


class Unreadable(Refused):
    status = 409
    title = "This book does not open here"
    message = "This book is built in a way that our reader does not understand. Download it and open it in a reading app; nothing was used up."


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents. `chapter` from 0; `depth` from 0."""

    label: str
    chapter: int
    fragment: str
    depth: int


@dataclass(frozen=True)
class Wanted:
    """What the address asks for, else where the reader was: `chapter` from 0, `part` in thousandths of it, `size` of letters 1 to 5."""

    chapter: int
    part: int
    size: int

    @classmethod
    def read(cls, args: Mapping[str, str], position: Position, count: int) -> "Wanted":
        chapter = _within(args.get("chapter"), position.spot, 0, count - 1)
        known = position.part if chapter == position.spot else 0
        return cls(chapter, _within(args.get("part"), known, 0, 1000), _within(args.get("size"), position.size, 1, 5))


def _within(typed: str | None, otherwise: int, least: int, most: int) -> int:
    number = int(typed) if typed and typed.isascii() and typed.isdecimal() and len(typed) < 7 else otherwise
    return min(max(number, least), most)


def opened(key: str) -> "Book":
    """The stored book. Raises Unreadable, Missing, StorageAway."""
    try:
        archive = zipfile.ZipFile(storage.opened(key))
    except BROKEN as error:
        raise Unreadable from error
    if len(archive.infolist()) > MOST_MEMBERS:
        raise Unreadable
    return Book(archive)


class Book:
    """Read lazily: what a page does not show is not unpacked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())

    @cached_property
    def _package(self) -> tuple[str, Any]:
        """The folder of the package file, and its tree. Raises Unreadable."""
        rootfile = next(_all(self._tree(CONTAINER), "rootfile"), None)
        path = unquote(rootfile.get("full-path", "")) if rootfile is not None else ""
        return posixpath.dirname(path), self._tree(path)

    @cached_property
    def _items(self) -> dict[str, Any]:
        return {item.get("id", ""): item for item in _all(self._package[1], "item")}

    def _path(self, item: Any) -> str:
        return _joined(self._package[0], item.get(_HREF, ""))

    @cached_property
    def chapters(self) -> list[str]:
        """Paths in reading order, at least one. Raises Unreadable."""
        refs = (self._items.get(ref.get("idref", "")) for ref in _all(self._package[1], "itemref"))
        found = [path for item in refs if item is not None and (path := self._path(item)) in self._names]
        if not found:
            raise Unreadable
        return found

    @property
    def title(self) -> str:
        return next((_words(one) for one in _all(self._package[1], "title")), "")

    @property
    def language(self) -> str:
        said = next((_words(one) for one in _all(self._package[1], "language")), "")
        return said if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", said) else ""

    @cached_property
    def contents(self) -> list[Entry]:
        """The book's own table, else its chapters by number."""
        nav = next((one for one in self._items.values() if "nav" in one.get("properties", "").split()), None)
        ncx = next((one for one in self._items.values() if one.get("media-type") == "application/x-dtbncx+xml"), None)
        for item, read in ((nav, _nav), (ncx, _ncx)):
            path = self._path(item) if item is not None else ""
            if path in self._names and (found := self._entries(path, read)):
                return found
        return [Entry(f"Chapter {number + 1}", number, "", 0) for number in range(len(self.chapters))]

    def _entries(self, path: str, read: Callable[[Any], Iterator[tuple[str, str, int]]]) -> list[Entry]:
        found: list[Entry] = []
        for label, href, depth in read(self._tree(path)):
            target, fragment = urldefrag(href)
            place = _joined(posixpath.dirname(path), target)
            if label and place in self.chapters and len(found) < MOST_ENTRIES:
                found.append(Entry(label[:200], self.chapters.index(place), unquote(fragment), min(depth, 3)))
        return found

    def chapter(self, number: int, here: str, picture: Callable[[str], str]) -> Page:
        """One chapter as HTML that is safe on our pages; `picture` makes the address of a picture from its path. Raises Unreadable."""
        path = self.chapters[number]
        place = Place(path, here, tuple(self.chapters), frozenset(self._names), picture)
        return in_thread(partial(clean, self._read(path, LARGEST_TEXT), place))

    def picture(self, path: str) -> tuple[bytes, str]:
        """Bytes of a picture and their media type, by what they are. Raises NotFound, also for drawings that could hold scripts."""
        if path not in self._names:
            raise NotFound
        data = self._read(path, LARGEST_PICTURE)
        kind = next((kind for start, kind in PICTURES if data.startswith(start)), "")
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            kind = "image/webp"
        if not kind:
            raise NotFound
        return data, kind

    def _tree(self, path: str) -> Any:
        try:
            tree = in_thread(partial(_parsed, self._read(path, LARGEST_TEXT)))
        except BROKEN as error:
            raise Unreadable from error
        if tree is None:
            raise Unreadable
        return tree

    def _read(self, path: str, most: int) -> bytes:
        """Raises Unreadable for what is missing, damaged, encrypted, or larger unpacked than `most` bytes."""
        try:
            with self._archive.open(path) as member:
                data = _all_of(member, most)
        except BROKEN as error:
            raise Unreadable from error
        return data


def _parsed(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    return etree.fromstring(data, parser)


def _all_of(member: IO[bytes], most: int) -> bytes:
    data = member.read(most + 1)
    if len(data) > most:
        raise Unreadable
    return data


def _all(tree: Any, name: str) -> Iterator[Any]:
    """Elements of that name in whatever namespace."""
    return iter(tree.iter(f"{{*}}{name}"))


def _words(element: Any) -> str:
    return _SPACES.sub(" ", "".join(element.itertext())).strip()


def _joined(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(urldefrag(href)[0]))) if href else ""


def _nav(tree: Any) -> Iterator[tuple[str, str, int]]:
    """EPUB 3: links in nested lists."""
    every = list(_all(tree, "nav"))
    nav = next((one for one in every if "toc" in one.get(_TYPE, "").split()), every[0] if every else None)
    for link in _all(nav, "a") if nav is not None else ():
        lists = sum(1 for one in link.iterancestors() if etree.QName(one).localname == "ol")
        yield _words(link), link.get(_HREF, ""), max(lists - 1, 0)


def _ncx(tree: Any) -> Iterator[tuple[str, str, int]]:
    """EPUB 2: navPoints within navPoints."""
    for point in _all(tree, "navPoint"):
        label = next((_words(one) for one in point.iterfind("{*}navLabel/{*}text")), "")
        target = next((one.get("src", "") for one in point.iterfind("{*}content")), "")
        depth = sum(1 for one in point.iterancestors() if etree.QName(one).localname == "navPoint")
        yield label, target, depth
