"""Listening, watching and reading in the browser: the right bytes for the right browser, no limit used up, a place remembered."""

import io
import re
import zipfile
from typing import Any

import pytest
from sqlalchemy import select, update

from app.access import actions as access
from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.downloads.models import Download, Position
from tests.orders.selling import pay, place
from tests.world import World

MP3 = b"ID3" + bytes(range(256)) * 2000
PDF = b"%PDF-1.7 not drawn by the server"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)
CHAPTER = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/>
<script>alert(1)</script><style>p{color:red}</style></head><body onload="alert(1)"><h1 id="cart-link">One</h1><p style="x">Words of <em>one</em>
<a href="two.xhtml#far">on</a> <a href="https://example.org/">out</a> <a href="javascript:alert(1)">js</a> <a href="/me">ours</a></p>
<img src="../art/cover.png" onerror="alert(1)"/><img src="https://evil.example/x.png"/><img src="../art/evil.svg"/>
<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="../art/cover.png"/><script>alert(2)</script></svg>
<form action="/sign-out"><input name="x"/></form><iframe src="/me"></iframe><div hx-get="/me" data-hx-get="/me" class="dialog">div</div></body></html>"""
PACKAGE = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>The Book &amp; more</dc:title><dc:language>en-GB</dc:language></metadata><manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/><item id="a" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="text/two.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>"""
NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="toc"><ol>
<li><a href="text/one.xhtml">First <b>chapter</b></a><ol><li><a href="text/two.xhtml#far">Far</a></li></ol></li></ol></nav></body></html>"""
CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
MEMBERS = {
    "META-INF/container.xml": CONTAINER,
    "OPS/book.opf": PACKAGE,
    "OPS/nav.xhtml": NAV,
    "OPS/text/one.xhtml": CHAPTER,
    "OPS/text/two.xhtml": "<html><body><p id='far'>Second</p></body></html>",
    "OPS/art/evil.svg": "<svg onload='alert(1)'/>",
}


def epub(**changed: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, words in {**MEMBERS, **changed}.items():
            archive.writestr(name, words)
        archive.writestr("OPS/art/cover.png", PICTURE)
    return made.getvalue()


FILES = {
    "one.mp3": ("audio/mpeg", MP3),
    "two.mp3": ("audio/mpeg", MP3[::-1]),
    "paper.pdf": ("application/pdf", PDF),
    "book.epub": ("application/epub+zip", epub()),
    "pack.zip": ("application/zip", b"PK"),
}


@pytest.fixture
def bought(world: World, run_jobs: Any, client: Any) -> dict[str, Any]:
    """Fay bought a recording that is only listened to, a paper, a book and a pack; each may be downloaded once."""
    product = world.product(world.shop(world.north), "Course", ships=False, state="draft")
    with db.workspace(world.north.id):
        row = db.lock(product)
        row.downloads, row.state = True, "listed"
    rows = {}
    for number, (name, (kind, data)) in enumerate(FILES.items()):
        rows[name] = world.file(product, data, name, position=number, download_limit=1, stream_only=name == "one.mp3")
        with db.workspace(world.north.id) as session:
            session.execute(update(File).where(File.id == rows[name].id).values(content_type=kind))
    pay(place(world, world.fay.id, (product, 1)), run_jobs)
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
    return {"grant": grant, "client": world.sign_in(client, world.fay), "files": rows, "world": world}


def at(bought: dict[str, Any], name: str, what: str) -> str:
    return f"/library/{bought['grant'].id}/files/{bought['files'][name].id}/{what}"


def page(bought: dict[str, Any], name: str, what: str, query: str = "") -> str:
    answer = bought["client"].get(at(bought, name, what) + query)
    assert answer.status_code == 200, answer.status
    return str(answer.get_data(as_text=True))


def source(words: str) -> str:
    return re.search(r'"(/d/look/[^"#]+)', words).group(1)  # type: ignore[union-attr]


def post(bought: dict[str, Any], path: str, client: Any = None, **form: str) -> Any:
    client = client or bought["client"]
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/discover").get_data(as_text=True))
    return client.post(path, data={"csrf_token": token.group(1), **form})  # type: ignore[union-attr]


def log(bought: dict[str, Any]) -> list[Download]:
    with db.workspace(bought["grant"].workspace_id) as session:
        return list(session.scalars(select(Download).execution_options(populate_existing=True)))


def test_the_page_of_a_purchase_offers_what_each_file_can(bought: dict[str, Any]) -> None:
    words = bought["client"].get(f"/library/{bought['grant'].id}").get_data(as_text=True)
    for label in ("Listen one.mp3", "Listen two.mp3", "Read paper.pdf", "Read book.epub", "Download two.mp3"):
        assert f'aria-label="{label}"' in words, label
    assert 'aria-label="Download one.mp3"' not in words
    assert post(bought, at(bought, "one.mp3", "links")).status_code == 403
    assert log(bought) == []


def test_a_recording_plays_in_parts_and_uses_up_nothing(bought: dict[str, Any]) -> None:
    words = page(bought, "two.mp3", "player")
    assert "<audio" in words and 'controlslist="nodownload"' in words and "one" in words
    for _ in range(3):
        whole = bought["client"].get(source(words))
        assert (whole.status_code, whole.data, whole.mimetype) == (200, MP3[::-1], "audio/mpeg")
    part = bought["client"].get(source(words), headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.data) == (206, MP3[::-1][1000:2000])
    assert part.headers["Content-Disposition"].startswith("attachment")
    assert part.headers["Content-Security-Policy"].startswith("sandbox")
    (row,) = log(bought)
    assert (row.way, row.counted, row.completed_at, row.bytes_sent) == ("play", False, None, 3 * len(MP3) + 1000)
    world = bought["world"]
    path = f"/w/{world.north.slug}/orders/{bought['grant'].order_id}/downloads"
    seen = world.sign_in(bought["client"].application.test_client(), world.bob).get(path).get_data(as_text=True)
    assert "Played here" in seen and "Whole file" not in seen
    assert post(bought, at(bought, "two.mp3", "links")).status_code == 303


def test_the_link_plays_for_the_browser_that_opened_it_alone(bought: dict[str, Any], app: Any) -> None:
    address = source(page(bought, "one.mp3", "player"))
    stranger = bought["world"].sign_in(app.test_client(), bought["world"].charlie)
    for client in (stranger, app.test_client()):
        assert client.get(address).status_code == 403
        assert client.get(at(bought, "one.mp3", "player")).status_code == 404
        assert post(bought, at(bought, "one.mp3", "positions"), client, spot="5").status_code == 404
    assert bought["client"].get(address, headers={"Sec-Fetch-Dest": "document"}).status_code == 403
    assert bought["client"].get(address[:-2] + "xx").status_code == 410
    with db.workspace(bought["grant"].workspace_id):
        access.revoke([bought["grant"].source_id], "refund")
    assert bought["client"].get(address).status_code == 403
    assert bought["client"].get(at(bought, "one.mp3", "player")).status_code == 403


def test_each_device_has_its_own_place_and_a_new_one_takes_the_newest(bought: dict[str, Any], app: Any) -> None:
    phone = bought["world"].sign_in(app.test_client(), bought["world"].fay)
    page(bought, "one.mp3", "player"), phone.get(at(bought, "one.mp3", "player"))
    assert post(bought, at(bought, "one.mp3", "positions"), spot="75").status_code == 204
    assert post(bought, at(bought, "one.mp3", "positions"), phone, spot="300").status_code == 204
    assert "#t=75" in page(bought, "one.mp3", "player") and "1:15" in page(bought, "one.mp3", "player")
    tablet = bought["world"].sign_in(app.test_client(), bought["world"].fay)
    assert "#t=300" in tablet.get(at(bought, "one.mp3", "player")).get_data(as_text=True)
    assert post(bought, at(bought, "one.mp3", "positions"), spot="-5").status_code == 422
    with db.buyer(bought["world"].fay.id) as session:
        assert sorted(session.scalars(select(Position.spot))) == [75, 300]


def test_a_pdf_is_drawn_by_the_browser_from_our_origin_alone(bought: dict[str, Any]) -> None:
    words = page(bought, "paper.pdf", "reader")
    assert "vendor/pdfjs/pdf.worker" in words
    answer = bought["client"].get(source(words))
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    worker = re.search(r'data-worker="([^"]+)"', words).group(1)  # type: ignore[union-attr]
    policy = bought["client"].get(worker).headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; script-src 'self'; connect-src 'self'"
    assert [row.way for row in log(bought)] == ["read"]


def test_a_chapter_is_words_and_pictures_and_nothing_that_runs(bought: dict[str, Any]) -> None:
    words = page(bought, "book.epub", "reader")
    article = re.search(r"<article.*?</article>", words, re.S).group(0)  # type: ignore[union-attr]
    assert "Words of <em>one</em>" in article and 'lang="en-GB"' in article and "The Book &amp; more" in words
    for bad in (
        "script",
        "alert",
        "style=",
        "hx-get",
        "<form",
        "<input",
        "iframe",
        "evil",
        'class="dialog',
        'id="cart-link"',
        "/me",
    ):
        assert bad not in article, bad
    assert f'href="{at(bought, "book.epub", "reader")}?chapter=1#e-far"' in article
    assert 'href="https://example.org/" rel="noopener noreferrer nofollow"' in article
    assert re.findall(r">(First chapter|Far)</a>", words) == ["First chapter", "Far"]
    pictures = re.findall(r'src="(/d/picture/[^"]+)"', article)
    assert len(pictures) == 2
    picture = bought["client"].get(pictures[0])
    assert (picture.data, picture.mimetype) == (PICTURE, "image/png")
    assert picture.headers["Content-Security-Policy"].startswith("sandbox")


def test_a_book_opens_where_it_was_left_also_without_scripts(bought: dict[str, Any]) -> None:
    assert "Second" in page(bought, "book.epub", "reader", "?chapter=1&size=5")
    again = page(bought, "book.epub", "reader")
    assert "Second" in again and "book-size-5" in again and 'rel="prev"' in again
    for query in ("?chapter=99999", "?chapter=-1", "?chapter=x&size=0", "?size=999999999999999"):
        page(bought, "book.epub", "reader", query)
    assert not any(row.counted for row in log(bought))


def test_larger_letters_keep_the_place(bought: dict[str, Any]) -> None:
    assert 'data-part="400"' in page(bought, "book.epub", "reader", "?chapter=1&size=4&part=400")
    for query in ("", "?chapter=1", "?chapter=1&part=x"):
        assert 'data-part="400"' in page(bought, "book.epub", "reader", query)
    assert 'data-part="1000"' in page(bought, "book.epub", "reader", "?chapter=1&part=9999")
    assert 'data-part="0"' in page(bought, "book.epub", "reader", "?chapter=0")


@pytest.mark.parametrize(
    "broken",
    [
        b"no zip",
        epub(**{"META-INF/container.xml": "<a"}),
        epub(**{"OPS/book.opf": "<package><spine/></package>"}),
        epub(**{"META-INF/container.xml": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}),
    ],
)
def test_a_book_that_cannot_be_shown_says_so(bought: dict[str, Any], broken: bytes) -> None:
    from app.core import storage

    storage.put_bytes(bought["files"]["book.epub"].storage_key, broken)
    answer = bought["client"].get(at(bought, "book.epub", "reader"))
    assert answer.status_code == 409 and "Download it" in answer.get_data(as_text=True)


def test_what_is_neither_played_nor_read_has_no_such_page(bought: dict[str, Any]) -> None:
    assert bought["client"].get(at(bought, "pack.zip", "player")).status_code == 404
    assert bought["client"].get(at(bought, "pack.zip", "reader")).status_code == 404
    assert bought["client"].get(at(bought, "paper.pdf", "player")).status_code == 303
