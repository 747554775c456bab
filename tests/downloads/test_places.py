"""The whole way of a file, from its pieces to a buyer, with storage in a folder and in S3."""

import io
import os
import re
import zipfile
from typing import Any

import pytest
from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db, storage
from tests.catalogue.editing import Editor
from tests.catalogue.test_uploads import Tus
from tests.core.test_storage import at, place, s3  # noqa: F401  (its fixtures)
from tests.downloads.test_looking import epub
from tests.orders.selling import pay
from tests.orders.selling import place as order
from tests.world import World

LARGE = os.urandom(3 * 1024 * 1024 + 17)
WARES = {"large.bin": LARGE, "song.mp3": b"ID3" + LARGE[:50_000], "book.epub": epub()}


@pytest.fixture
def sold(place: str, world: World, client: Any, app: Any, run_jobs: Any) -> dict[str, Any]:  # noqa: F811
    """Alice sent three files in pieces, Fay bought them."""
    editor = Editor(world, client)
    with db.workspace(world.north.id):
        db.lock(editor.product).downloads = True
    for name, data in WARES.items():
        Tus(editor).send(name, data, step=1_000_000)
    run_jobs()
    with db.workspace(world.north.id) as session:
        db.lock(editor.product).state = "listed"
        files = {one.name: one for one in session.scalars(select(File))}
    pay(order(world, world.fay.id, (editor.product, 1)), run_jobs)
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
    return {"files": files, "here": f"/library/{grant.id}", "buyer": world.sign_in(app.test_client(), world.fay)}


def press(sold: dict[str, Any], path: str) -> str:
    page = sold["buyer"].get("/discover").get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)  # type: ignore[union-attr]
    answer = sold["buyer"].post(sold["here"] + path, data={"csrf_token": token})
    return str(answer.headers["Location"])


def test_a_file_goes_all_the_way(sold: dict[str, Any]) -> None:
    files, buyer = sold["files"], sold["buyer"]
    assert sorted(key for key, _ in storage.everything()) == sorted(one.storage_key for one in files.values())
    link = press(sold, f"/files/{files['large.bin'].id}/links")
    half = len(LARGE) // 2
    first = buyer.get(link, headers={"Range": f"bytes=0-{half - 1}"})
    assert first.data + buyer.get(link, headers={"Range": f"bytes={half}-"}).data == LARGE
    packed = zipfile.ZipFile(io.BytesIO(buyer.get(press(sold, "/archives")).data))
    assert {name.rpartition("/")[2]: packed.read(name) for name in packed.namelist()} == WARES
    player = buyer.get(f"{sold['here']}/files/{files['song.mp3'].id}/player").get_data(as_text=True)
    source = re.search(r'"(/d/look/[^"#]+)', player).group(1)  # type: ignore[union-attr]
    assert buyer.get(source, headers={"Range": "bytes=7-9999"}).data == WARES["song.mp3"][7:10_000]
    reader = buyer.get(f"{sold['here']}/files/{files['book.epub'].id}/reader").get_data(as_text=True)
    assert "Words of <em>one</em>" in reader
    picture = re.search(r'src="(/d/picture/[^"]+)"', reader).group(1)  # type: ignore[union-attr]
    assert buyer.get(picture).mimetype == "image/png"


POLYGLOTS = {
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "code.js": b"alert(1)",
    "feed.xml": b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "song.mp3": b"ID3<html><script>alert(1)</script></html>",
    "paper.pdf": b"%PDF-1.7 <html><script>alert(1)</script></html>",
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_nothing_that_leaves_runs_on_our_origin(world: World, client: Any, app: Any, run_jobs: Any, name: str) -> None:
    """Whichever door it leaves by: download, zip, or the bytes that are played and drawn."""
    editor = Editor(world, client)
    with db.workspace(world.north.id):
        db.lock(editor.product).downloads = True
    Tus(editor).send(name, POLYGLOTS[name])
    run_jobs()
    with db.workspace(world.north.id) as session:
        db.lock(editor.product).state = "listed"
        file = session.scalars(select(File)).one()
    pay(order(world, world.fay.id, (editor.product, 1)), run_jobs)
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
    sold = {"here": f"/library/{grant.id}", "buyer": world.sign_in(app.test_client(), world.fay)}
    doors = [press(sold, f"/files/{file.id}/links"), press(sold, "/archives")]
    for what in ("player", "reader"):
        page = sold["buyer"].get(f"{sold['here']}/files/{file.id}/{what}").get_data(as_text=True)
        doors += re.findall(r'"(/d/look/[^"#]+)', page)
    assert len(doors) == (3 if name in ("song.mp3", "paper.pdf") else 2)
    for door in doors:
        answer = sold["buyer"].get(door)
        assert answer.status_code == 200
        assert answer.mimetype in ("application/octet-stream", "application/zip", "audio/mpeg", "application/pdf")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
