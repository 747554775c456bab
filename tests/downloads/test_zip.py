"""All files of a purchase as one zip: readable by others, resumable at any byte, each file counted when it arrived."""

import io
import os
import re
import zipfile
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.downloads.layout import Layout, Member, folder, names
from app.downloads.models import Download
from tests.orders.selling import pay, place
from tests.world import World

FILES = {
    "one.bin": os.urandom(300_000),
    "Über.txt": b"words" * 10_000,
    "one.txt": b"",
    "three.bin": os.urandom(2_000_000),
}
DATA = {name: data or b"x" for name, data in FILES.items()}


@pytest.fixture
def bought(world: World, run_jobs: Any, client: Any) -> dict[str, Any]:
    """Fay bought a pack of four files, one of which may be downloaded once."""
    product = world.product(world.shop(world.north), "Pack: all / of it?", ships=False, state="draft")
    with db.workspace(world.north.id):
        row = db.lock(product)
        row.downloads, row.state = True, "listed"
    rows = {
        name: world.file(product, data, name, position=number, download_limit=1 if name == "one.bin" else None)
        for number, (name, data) in enumerate(DATA.items())
    }
    pay(place(world, world.fay.id, (product, 1)), run_jobs)
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
    return {"grant": grant, "client": world.sign_in(client, world.fay), "files": rows, "world": world}


def press(bought: dict[str, Any], client: Any = None) -> Any:
    client = client or bought["client"]
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/discover").get_data(as_text=True))
    return client.post(f"/library/{bought['grant'].id}/archives", data={"csrf_token": token.group(1)})  # type: ignore[union-attr]


def counted(bought: dict[str, Any]) -> set[str]:
    with db.workspace(bought["grant"].workspace_id) as session:
        rows = select(Download.file_id).where(Download.counted, Download.way == "zip")
        found = set(session.scalars(rows))
    return {name for name, file in bought["files"].items() if file.id in found}


def test_what_arrives_is_a_zip_of_every_file(bought: dict[str, Any]) -> None:
    answer = bought["client"].get(press(bought).headers["Location"])
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as found:
        assert found.testzip() is None
        assert {one: found.read(one) for one in found.namelist()} == {
            f"Pack all  of it/{name}": data for name, data in DATA.items()
        }
    assert counted(bought) == set(DATA)


def test_it_goes_on_at_any_byte_and_counts_each_file_once(bought: dict[str, Any]) -> None:
    """Cut within the last file: the first three count at once, the last when its rest came, by the same link a day later or so."""
    url, client = press(bought).headers["Location"], bought["client"]
    cut = 500_000
    first = client.get(url, headers={"Range": f"bytes=0-{cut - 1}"})
    assert (len(first.data), counted(bought)) == (cut, {"one.bin", "Über.txt", "one.txt"})
    rest = client.get(url, headers={"Range": f"bytes={cut}-", "If-Range": first.headers["ETag"]})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert zipfile.ZipFile(io.BytesIO(first.data + rest.data)).testzip() is None
    assert counted(bought) == set(DATA)
    again = press(bought)
    left = zipfile.ZipFile(io.BytesIO(client.get(again.headers["Location"]).data)).namelist()
    assert [name.rpartition("/")[2] for name in left] == ["Über.txt", "one.txt", "three.bin"]


def test_what_was_never_taken_does_not_count(bought: dict[str, Any]) -> None:
    answer = bought["client"].get(press(bought).headers["Location"], buffered=False)
    next(answer.response)
    answer.close()
    assert counted(bought) == set()
    with db.workspace(bought["grant"].workspace_id) as session:
        assert session.scalars(select(Download)).all() == []


def test_the_rest_of_a_file_that_is_used_up_is_not_a_way_around_its_limit(bought: dict[str, Any]) -> None:
    url, client = press(bought).headers["Location"], bought["client"]
    assert client.get(url).data
    with db.workspace(bought["grant"].workspace_id) as session:
        session.execute(update(Download).values(ip="203.0.113.9"))
    assert client.get(url, headers={"Range": "bytes=1000-"}).status_code == 403
    assert client.get(url).status_code == 403
    assert client.get(url, headers={"Range": f"bytes={len(DATA['one.bin']) + 1000}-"}).status_code == 206


def test_a_changed_purchase_is_another_zip(bought: dict[str, Any]) -> None:
    url, client = press(bought).headers["Location"], bought["client"]
    before = client.head(url).headers["ETag"]
    assert client.get(url, headers={"Range": "bytes=5-", "If-Range": '"another"'}).status_code == 200
    with db.workspace(bought["grant"].workspace_id) as session:
        session.execute(update(File).where(File.name == "Über.txt").values(name="Other.txt"))
    assert client.head(press(bought).headers["Location"]).headers["ETag"] != before


def test_what_is_only_listened_to_is_in_no_zip(bought: dict[str, Any]) -> None:
    def only(some: set[str]) -> None:
        with db.workspace(bought["grant"].workspace_id) as session:
            session.execute(update(File).where(File.name.in_(some)).values(stream_only=True))

    only({"three.bin"})
    packed = bought["client"].get(press(bought).headers["Location"]).data
    assert "three.bin" not in str(zipfile.ZipFile(io.BytesIO(packed)).namelist())
    only(set(DATA))
    assert press(bought).status_code == 409


def test_only_its_buyer_gets_it_and_only_while_it_is_open(bought: dict[str, Any], app: Any) -> None:
    from app.access import actions as access

    url = press(bought).headers["Location"]
    stranger = bought["world"].sign_in(app.test_client(), bought["world"].charlie)
    assert press(bought, stranger).status_code == 404
    assert stranger.get(url[:-3] + "abc").status_code == 410
    with db.workspace(bought["grant"].workspace_id):
        access.revoke([bought["grant"].source_id], "refund")
    assert bought["client"].get(url).status_code == 403
    assert press(bought).status_code == 403


members = st.lists(st.binary(max_size=50), min_size=1, max_size=5)


@settings(deadline=None)
@given(members, st.data())
def test_every_part_of_the_layout_is_that_part_of_the_whole(datas: list[bytes], data: Any) -> None:
    moment = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
    paths = names("Folder", ["a.txt" for _ in datas])
    layout = Layout(
        tuple(Member(path, len(one), zlib.crc32(one), "", moment) for path, one in zip(paths, datas, strict=True))
    )

    def read(first: int, last: int) -> bytes:
        parts = layout.stretches(first, last)
        return b"".join(one.data or datas[one.number][one.first : one.last + 1] for one in parts)

    whole = read(0, layout.size - 1)
    assert len(whole) == layout.size
    with zipfile.ZipFile(io.BytesIO(whole)) as found:
        assert found.testzip() is None and [found.read(one) for one in found.namelist()] == datas
    first = data.draw(st.integers(0, layout.size - 1))
    last = data.draw(st.integers(first, layout.size - 1))
    assert read(first, last) == whole[first : last + 1]


@pytest.mark.parametrize(
    ("title", "kept"),
    [("../../etc", "etc"), ("A/B\\C:D", "ABCD"), ("...", "Files"), ("\u202eevil", "evil"), ("x" * 200, "x" * 80)],
)
def test_folders_have_names_that_every_system_takes(title: str, kept: str) -> None:
    assert folder(title) == kept


def test_same_names_are_told_apart() -> None:
    assert names("F", ["a.txt", "A.txt", "a (2).txt"]) == ["F/a.txt", "F/A (2).txt", "F/a (2) (2).txt"]
