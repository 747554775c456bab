"""Files for sale and pictures: moved, renamed, replaced with their history, refused with a reason."""

import io
from typing import Any

import pytest
from sqlalchemy import select

from app.catalogue.models import File, Media
from app.core import db, storage
from tests.catalogue.editing import Editor


@pytest.fixture
def pack(editor: Editor) -> Editor:
    """A product that downloads."""
    editor.product = editor.world.product(editor.shop, "Texture pack", ships=False, state="draft")
    with db.workspace(editor.world.north.id):
        db.lock(editor.product).downloads = True
    editor.here = f"{editor.base}/products/{editor.product.id}"
    return editor


def offered(editor: Editor) -> list[File]:
    with db.workspace(editor.world.north.id) as session:
        rows = select(File).where(File.product_id == editor.product.id, File.removed_at.is_(None))
        return list(session.scalars(rows.order_by(File.position, File.id).execution_options(populate_existing=True)))


def upload(editor: Editor, name: str, data: bytes, path: str = "", field: str = "file", **more: Any) -> Any:
    size = more.pop("size", str(len(data)))
    return editor.post(path or f"{editor.here}/files", **{field: (io.BytesIO(data), name)}, size=size, **more)


def test_files_are_moved_up_and_down(pack: Editor) -> None:
    for name in ("a.stl", "b.stl", "c.stl"):
        upload(pack, name, name.encode())
    c = offered(pack)[2]
    pack.post(f"{pack.here}/files/{c.id}", do="earlier")
    assert [one.name for one in offered(pack)] == ["a.stl", "c.stl", "b.stl"]
    pack.post(f"{pack.here}/files/{c.id}", do="later")
    pack.post(f"{pack.here}/files/{c.id}", do="later")
    assert [one.name for one in offered(pack)] == ["a.stl", "b.stl", "c.stl"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Stones", "Stones.stl"), ("stones.obj", "stones.obj"), ("../../etc/stones.stl", "stones.stl"), ("  ", "a.stl")],
)
def test_a_name_is_cleaned_and_keeps_its_ending(pack: Editor, typed: str, kept: str) -> None:
    upload(pack, "a.stl", b"bytes")
    file = offered(pack)[0]
    answer = pack.post(f"{pack.here}/files/{file.id}", name=typed, limit="")
    assert answer.status_code == (422 if kept == "a.stl" else 303)
    assert offered(pack)[0].name == kept


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_that_is_none_is_refused_beside_its_field(pack: Editor, limit: str) -> None:
    upload(pack, "a.stl", b"bytes")
    file = offered(pack)[0]
    answer = pack.post(f"{pack.here}/files/{file.id}", name="b.stl", limit=limit, part=f"file-{file.id}")
    assert answer.status_code == 422
    assert f'id="limit-{file.id}-error"' in answer.get_data(as_text=True)
    assert (offered(pack)[0].name, offered(pack)[0].download_limit) == ("a.stl", None)


def test_a_new_release_takes_the_place_and_keeps_the_old_one(pack: Editor) -> None:
    upload(pack, "first.stl", b"one")
    upload(pack, "other.stl", b"other")
    old = offered(pack)[0]
    pack.post(f"{pack.here}/files/{old.id}", name="first.stl", limit="3")
    path = f"{pack.here}/files/{old.id}/releases"
    assert upload(pack, "second.stl", b"two", path, f"release-{old.id}", notes="Sharper edges").status_code == 303
    new = offered(pack)[0]
    assert (new.release, new.replaces_id, new.notes, new.download_limit) == (2, old.id, "Sharper edges", 3)
    assert [one.name for one in offered(pack)] == ["second.stl", "other.stl"]
    assert storage.read(pack.fresh(old).storage_key) == b"one"
    page = pack.page()
    assert "1 earlier release" in page and "Sharper edges" in page


def test_the_same_bytes_are_no_new_release(pack: Editor) -> None:
    upload(pack, "first.stl", b"one")
    old = offered(pack)[0]
    answer = upload(pack, "again.stl", b"one", f"{pack.here}/files/{old.id}/releases", f"release-{old.id}")
    assert (answer.status_code, "exactly the bytes" in answer.get_data(as_text=True)) == (422, True)
    assert [one.id for one in offered(pack)] == [old.id]
    assert pack.count(File) == 1


def test_two_tabs_cannot_replace_one_release_twice(pack: Editor) -> None:
    upload(pack, "first.stl", b"one")
    old = offered(pack)[0]
    path = f"{pack.here}/files/{old.id}/releases"
    assert upload(pack, "two.stl", b"two", path, f"release-{old.id}").status_code == 303
    assert upload(pack, "three.stl", b"three", path, f"release-{old.id}").status_code == 422
    assert [one.name for one in offered(pack)] == ["two.stl"]


@pytest.mark.parametrize("replacing", [False, True], ids=["new", "release"])
def test_a_cut_upload_is_refused_with_its_reason_in_its_own_form(pack: Editor, replacing: bool) -> None:
    """What the progress script gets back is the form alone, to be put where it was."""
    upload(pack, "first.stl", b"one")
    old = offered(pack)[0]
    path, field = (f"{pack.here}/files/{old.id}/releases", f"release-{old.id}") if replacing else ("", "file")
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "form#upload-file"}
    answer = upload(pack, "two.stl", b"half of it", path, field, size="4000", headers=headers)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "ended before the whole file arrived" in text
    assert "<html" not in text
    assert [one.name for one in offered(pack)] == ["first.stl"]
    assert storage.read(pack.fresh(old).storage_key) == b"one"


def test_the_only_file_of_a_listed_product_stays(pack: Editor) -> None:
    upload(pack, "first.stl", b"one")
    file = offered(pack)[0]
    with db.workspace(pack.world.north.id):
        db.lock(pack.product).state = "listed"
    answer = pack.post(f"{pack.here}/files/{file.id}", do="remove")
    assert (answer.status_code, "Buyers would get nothing" in answer.get_data(as_text=True)) == (422, True)
    assert [one.id for one in offered(pack)] == [file.id]


def test_to_stop_offering_a_file_is_asked_first(pack: Editor) -> None:
    """The bin opens a question, which says that past buyers keep it; its form needs no script."""
    upload(pack, "first.stl", b"one")
    file = offered(pack)[0]
    page = pack.page()
    assert (
        f'commandfor="stop-{file.id}" command="show-modal"' in page and 'value="remove"' not in page.split("<dialog")[0]
    )
    question = page.split(f'<dialog id="stop-{file.id}"')[1].split("</dialog>")[0]
    assert "Stop offering first.stl?" in question and "Whoever bought it keeps it." in question
    form = pack.form(f"{pack.here}/files/{file.id}", f"<dialog{question}")
    assert form == {"do": "remove"}
    assert pack.post(f"{pack.here}/files/{file.id}", **form).status_code == 303
    assert offered(pack) == [] and pack.fresh(file).removed_at is not None


def test_the_files_section_refreshes_alone(pack: Editor) -> None:
    """Whatever else came with it would be put behind it once more at each piece of news."""
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#files"}
    part = pack.client.get(pack.here, headers=headers).text.strip()
    assert part.startswith('<section class="card" id="files"') and part.count("<section") == 1


def test_pictures_move_one_step_with_buttons(editor: Editor) -> None:
    with db.workspace(editor.world.north.id):
        shots = [
            db.add(Media(product_id=editor.product.id, original_key=f"none/{n}", state="ready", alt=str(n), position=n))
            for n in range(3)
        ]
    editor.post(f"{editor.here}/pictures/{shots[2].id}", do="earlier")
    with db.workspace(editor.world.north.id) as session:
        rows = select(Media.alt).where(Media.product_id == editor.product.id).order_by(Media.position)
        assert list(session.scalars(rows)) == ["0", "2", "1"]


def test_the_pictures_section_refreshes_alone_when_sizes_are_made(editor: Editor) -> None:
    """The stream's news make htmx ask for this element; the answer is the section and nothing around it."""
    page = editor.page()
    assert 'hx-trigger="catalogue.PictureReady from:body' in page
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#pictures"}
    part = editor.client.get(editor.here, headers=headers).get_data(as_text=True)
    assert part.strip().startswith('<section class="card" id="pictures"')
    assert "</section>" in part and "<html" not in part
