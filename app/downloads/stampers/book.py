"""EPUB: a colophon page at the end, and marks in every chapter, in the package file and in the archive."""

import html
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from app.downloads import marks
from app.downloads.stamper import Found, Stamp, Unstampable
from app.downloads.stampers import zipped

MIMETYPE, CONTAINER = "mimetype", "META-INF/container.xml"
TYPE = b"application/epub+zip"
COLOPHON, ITEM = "guildhall-copy.xhtml", "guildhall-copy"
LARGEST_CHAPTER = 64 * 1024 * 1024
OBFUSCATED = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
OPF, DC = "http://www.idpf.org/2007/opf", "http://purl.org/dc/elements/1.1/"
_BODY_END = re.compile(rb"</(?:\w+:)?body\s*>", re.I)
_HEAD_END = re.compile(rb"</(?:\w+:)?head\s*>", re.I)
_SAFE = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
DAMAGED = "This EPUB is damaged: {what}. Export it again and upload that."


class BookStamper:
    """Reflowed by another program, a book keeps at least its anchors and its colophon."""

    def check(self, source: Path) -> None:
        with zipped.opened(source, "EPUB") as archive:
            _package(archive)

    def stamp(self, source: Path, target: Path, stamp: Stamp) -> None:
        with zipped.opened(source, "EPUB") as archive, zipfile.ZipFile(target, "w", allowZip64=True) as made:
            package, tree = _package(archive)
            chapters = _chapters(tree, package)
            made.writestr(zipped.added(MIMETYPE, stored=True), TYPE)
            for member in archive.infolist():
                self._carry(archive, member, made, _rewriter(member.filename, package, tree, chapters, stamp))
            folder = posixpath.dirname(package)
            made.writestr(zipped.added(posixpath.join(folder, COLOPHON)), _colophon(stamp))
            made.comment = marks.written(stamp.mark).encode()

    def _carry(
        self,
        archive: zipfile.ZipFile,
        member: zipfile.ZipInfo,
        made: zipfile.ZipFile,
        rewrite: Callable[[bytes], bytes] | None,
    ) -> None:
        if member.filename == MIMETYPE or member.filename.endswith("/" + COLOPHON):
            return
        if rewrite is None:
            zipped.pour(archive, member, made)
        else:
            made.writestr(zipped.fresh(member), rewrite(archive.read(member)))

    def find(self, source: Path) -> list[Found]:
        try:
            with zipfile.ZipFile(source) as archive:
                return [
                    *(Found(mark, "archive_comment") for mark in marks.found_in(archive.comment.decode("latin-1"))),
                    *(one for member in archive.infolist() for one in _of_member(archive, member)),
                ]
        except zipped.BROKEN:
            return [Found(mark, "salvaged") for mark in marks.found_in(source.read_bytes().decode("latin-1"))]


def _rewriter(
    name: str, package: str, tree: etree._Element, chapters: set[str], stamp: Stamp
) -> Callable[[bytes], bytes] | None:
    if name == package:
        return lambda _: _with_colophon(tree, stamp)
    return (lambda text: marked(text, stamp.mark)) if name in chapters else None


def _package(archive: zipfile.ZipFile) -> tuple[str, etree._Element]:
    """The path of the package file, and what is in it. Raises Unstampable."""
    _refuse_locked(archive)
    try:
        found = _parsed(archive, CONTAINER).find(".//{*}rootfile")
        path = unquote(found.get("full-path", "")) if found is not None else ""
        tree = _parsed(archive, path)
    except (KeyError, etree.XMLSyntaxError) as error:
        raise Unstampable(DAMAGED.format(what="its table of contents cannot be read")) from error
    if tree.find("{*}manifest") is None or tree.find("{*}spine") is None:
        raise Unstampable(DAMAGED.format(what="it lists no chapters"))
    if not _chapters(tree, path) & set(archive.namelist()):
        raise Unstampable(DAMAGED.format(what="its chapters are missing"))
    return path, tree


def _parsed(archive: zipfile.ZipFile, name: str) -> etree._Element:
    return etree.fromstring(zipped.beginning(archive, archive.getinfo(name)), _SAFE)


def _refuse_locked(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if "META-INF/signatures.xml" in names:
        raise Unstampable("This EPUB is signed, and a stamp would break the signature. Upload it without.")
    if "META-INF/encryption.xml" in names:
        text = zipped.beginning(archive, archive.getinfo("META-INF/encryption.xml")).decode("utf-8", "replace")
        ways = set(re.findall(r"EncryptionMethod[^>]*Algorithm=[\"']([^\"']+)", text))
        if ways - set(OBFUSCATED):
            raise Unstampable("This EPUB is locked by copy protection. Upload it without.")


def _chapters(tree: etree._Element, package: str) -> set[str]:
    folder = posixpath.dirname(package)
    kinds = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
    return {
        posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "").partition("#")[0])))
        for item in tree.iterfind("{*}manifest/{*}item")
        if item.get("media-type") in kinds
    }


def marked(text: bytes, mark: str) -> bytes:
    """A chapter with an anchor and a comment at the end of its body, and a comment at the end of its head."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return marked(text.decode("utf-16").encode(), mark).replace(b'encoding="UTF-16"', b'encoding="UTF-8"', 1)
    code = marks.written(mark).encode()
    ends, heads = list(_BODY_END.finditer(text)), list(_HEAD_END.finditer(text))
    if ends:
        at = ends[-1].start()
        text = text[:at] + b'<span id="' + code + b'"></span><!-- ' + code + b" -->" + text[at:]
    if heads:
        at = heads[0].start()
        text = text[:at] + b"<!-- " + code + b" -->" + text[at:]
    return text


def _with_colophon(tree: etree._Element, stamp: Stamp) -> bytes:
    """The package file with the colophon in manifest and spine, and the code among the metadata."""
    namespace = etree.QName(tree).namespace or OPF
    manifest, spine, metadata = tree.find("{*}manifest"), tree.find("{*}spine"), tree.find("{*}metadata")
    for old in [
        *tree.iterfind(f"{{*}}manifest/{{*}}item[@id='{ITEM}']"),
        *tree.iterfind(f"{{*}}spine/{{*}}itemref[@idref='{ITEM}']"),
    ]:
        parent = old.getparent()
        if parent is not None:
            parent.remove(old)
    if manifest is not None and spine is not None:
        item = {"id": ITEM, "href": COLOPHON, "media-type": "application/xhtml+xml"}
        etree.SubElement(manifest, f"{{{namespace}}}item", item)
        etree.SubElement(spine, f"{{{namespace}}}itemref", {"idref": ITEM})
    if metadata is not None:
        etree.SubElement(metadata, f"{{{DC}}}source").text = "urn:guildhall:copy:" + marks.written(stamp.mark)
    return etree.tostring(tree, xml_declaration=True, encoding="utf-8")


def _colophon(stamp: Stamp) -> bytes:
    said = "".join(f"<p>{html.escape(line)}</p>" for line in (stamp.line, *stamp.about.splitlines()) if line.strip())
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml">'
        f'<head><title>This copy</title></head><body id="{marks.written(stamp.mark)}"><h1>This copy</h1>{said}</body></html>'
    ).encode()


def _of_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Found]:
    name = member.filename.lower()
    if not name.endswith((".xhtml", ".html", ".htm", ".opf", ".xml")) or member.file_size > LARGEST_CHAPTER:
        return
    text = zipped.beginning(archive, member, LARGEST_CHAPTER).decode("latin-1")
    kind = "colophon" if name.endswith(COLOPHON) else "package" if name.endswith(".opf") else ""
    for mark in marks.found_in(text):
        if kind:
            yield Found(mark, kind, member.filename)
            continue
        code = marks.written(mark)
        yield from (Found(mark, how, member.filename) for how, sign in _SIGNS if sign.format(code) in text)


_SIGNS = (("anchor", '"{}"'), ("comment", "<!-- {} -->"))
