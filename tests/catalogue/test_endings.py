"""Half a file is refused, as what is sold for the first time and as the next release; whole ones of every producer are not."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from app.catalogue import endings, kinds
from app.catalogue.models import File, Upload
from app.core import db, storage
from tests.catalogue.editing import Editor
from tests.catalogue.test_uploads import Tus
from tests.downloads.sick import MADE
from tests.downloads.stamped import pdf
from tests.downloads.wares import picture, recording

FOUND = sorted((Path(__file__).parents[1] / "downloads" / "corpus").glob("*/*.pdf"))
CUT = {"378014596.pdf"}
"""Of the found ones: its last lines are mangled, and no page is left of it."""


@pytest.fixture
def pack(editor: Editor) -> Editor:
    """A product that downloads."""
    with db.workspace(editor.world.north.id):
        db.lock(editor.product).downloads = True
    return editor


def box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + name + data


def film(brand: bytes = b"isom", moov: bytes = b"moov", large: bool = False) -> bytes:
    """Boxes as a film has them, its pictures before what tells where they are."""
    data = bytes(3000)
    pictures = struct.pack(">I4sQ", 1, b"mdat", len(data) + 16) + data if large else box(b"mdat", data)
    return box(b"ftyp", brand + bytes(12)) + pictures + box(moov, bytes(400))


def photograph() -> bytes:
    """With a smaller whole picture inside, as cameras write it, before its own."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x927C] = picture(width=60, height=40)
    Image.open(io.BytesIO(picture())).save(made, "JPEG", exif=exif, quality=95)
    return made.getvalue()


def updated() -> bytes:
    """Saved in steps: an end mark lies in its middle."""
    return MADE["incremental"][0]()


WHOLE = {
    "guide.pdf": pdf(40),
    "steps.pdf": updated(),
    "web.pdf": MADE["linearised"][0](),
    "late.pdf": b"\r\n" + pdf(2),
    "film.mp4": film(),
    "large.mp4": film(large=True),
    "clip.mov": film(b"qt  "),
    "song.m4a": film(b"M4A "),
    "hum.wav": recording(),
    "dots.png": picture("PNG"),
    "stars.jpg": photograph(),
}


def files(editor: Editor) -> list[File]:
    with db.workspace(editor.world.north.id) as session:
        rows = select(File).where(File.product_id == editor.product.id, File.removed_at.is_(None))
        return list(session.scalars(rows.order_by(File.position).execution_options(populate_existing=True)))


def send(editor: Editor, name: str, data: bytes, old: File | None = None, **more: str) -> Any:
    path, field = (
        (f"{editor.here}/files", "file")
        if old is None
        else (f"{editor.here}/files/{old.id}/releases", f"release-{old.id}")
    )
    return editor.post(path, **{field: (io.BytesIO(data), name)}, **more)


@pytest.mark.parametrize("name", WHOLE)
def test_half_a_file_is_refused_and_the_whole_one_is_not(pack: Editor, name: str) -> None:
    assert send(pack, name, WHOLE[name]).status_code == 303
    (whole,) = files(pack)
    for part in (0.4, 0.7, 0.95):
        for old in (None, whole):
            answer = send(pack, name, WHOLE[name][: int(len(WHOLE[name]) * part)], old, notes="Sharper")
            assert answer.status_code == 422
            assert "was cut off. Export or upload it again. Nothing was stored." in answer.text
            assert old is None or ">Sharper</textarea>" in answer.text
    assert [one.id for one in files(pack)] == [whole.id] and storage.read(whole.storage_key) == WHOLE[name]


def test_half_a_file_that_came_in_pieces_says_so_beside_the_others(pack: Editor, run_jobs: Any) -> None:
    Tus(pack).send("guide.pdf", WHOLE["guide.pdf"][:2500])
    run_jobs()
    assert files(pack) == [] and "This PDF was cut off." in pack.page()


@pytest.mark.parametrize("name", WHOLE)
def test_bytes_behind_the_end_do_no_harm(name: str) -> None:
    for more in (b"\0" * 20_000, b"\r\n<!-- sent by a gateway -->\r\n", zlib.compress(bytes(range(256)) * 900)):
        source = io.BytesIO(WHOLE[name] + more)
        endings.check(source, kinds.content_type(source), name)
        assert source.tell() == 0


def test_a_recording_from_a_pipe_knows_no_length() -> None:
    for said in (b"\xff\xff\xff\xff", b"\0\0\0\0"):
        endings.check(io.BytesIO(b"RIFF" + said + recording()[8:]), "audio/wav", "hum.wav")


def test_a_film_that_nothing_explains_is_cut() -> None:
    with pytest.raises(endings.CutOff, match="This film was cut off"):
        endings.check(io.BytesIO(film(moov=b"free")), "video/mp4", "film.mp4")


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_of_the_found_ones_those_are_cut_that_lost_their_pages(path: Path) -> None:
    with path.open("rb") as source:
        if path.name not in CUT:
            endings.check(source, "application/pdf", path.name)
            return
        with pytest.raises(endings.CutOff):
            endings.check(source, "application/pdf", path.name)


@pytest.mark.parametrize("name", MADE)
def test_of_the_made_ones_one_is_cut(name: str) -> None:
    source = io.BytesIO(MADE[name][0]())
    if name != "truncated":
        endings.check(source, "application/pdf", "made.pdf")
        return
    with pytest.raises(endings.CutOff):
        endings.check(source, "application/pdf", "made.pdf")


FAMILIES = [
    (
        "guide.pdf",
        pdf(1),
        "hum.mp3",
        b"ID3" + bytes(100),
        "A new release of guide.pdf is a PDF too. Add hum.mp3 as a file of its own; nothing was changed.",
    ),
    ("guide.pdf", pdf(1), "guide.stl", b"solid", "is a PDF too"),
    ("stars.jpg", picture(), "stars.png", picture("PNG"), ""),
    ("stars.jpg", picture(), "stars.tif", b"II*\0", ""),
    ("stars.jpg", picture(), "film.mp4", film(), "is a picture too"),
    ("hum.mp3", b"ID3" + bytes(100), "hum.wav", recording(), ""),
    ("song.m4a", film(), "hum.wav", recording(), ""),
    ("pack.7z", b"7z\xbc\xaf\x27\x1c", "pack.rar", b"Rar!", ""),
    ("pack.7z", b"7z\xbc\xaf\x27\x1c", "setup.exe", b"MZ" + bytes(100), ""),
    ("pack.7z", b"7z\xbc\xaf\x27\x1c", "guide.pdf", pdf(1), "is an archive too"),
    ("notes.txt", b"words", "notes.md", b"# words", ""),
    ("stone.stl", b"solid", "stone.obj", b"v 0 0 0", ""),
]


@pytest.mark.parametrize(("name", "data", "next_name", "next_data", "refused"), FAMILIES)
def test_a_release_is_of_the_kind_that_buyers_have(
    pack: Editor, run_jobs: Any, name: str, data: bytes, next_name: str, next_data: bytes, refused: str
) -> None:
    """By the plain form and in pieces; what was typed stays."""
    send(pack, name, data)
    (old,) = files(pack)
    if not refused:
        assert send(pack, next_name, next_data, old).status_code == 303
        assert [one.name for one in files(pack)] == [next_name]
        return
    answer = send(pack, next_name, next_data, old, notes="Everything is new")
    assert answer.status_code == 422 and refused in answer.text and "Everything is new" in answer.text
    Tus(pack).send(next_name, next_data, replaces=str(old.id), notes="Everything is new")
    run_jobs()
    page = pack.page()
    assert refused in page and ">Everything is new</textarea>" in page
    assert [one.id for one in files(pack)] == [old.id] and pack.count(File) == 1


LOCKED = MADE["user-password"][0]()


@pytest.fixture
def stamped(pack: Editor, run_jobs: Any) -> File:
    """A guide on sale, each copy stamped."""
    send(pack, "guide.pdf", pdf(3))
    (guide,) = files(pack)
    pack.post(f"{pack.here}/files/{guide.id}/stamps", **pack.form(f"{pack.here}/files/{guide.id}/stamps"), stamped="y")
    run_jobs()
    (guide,) = files(pack)
    assert guide.stamped and guide.stampable == ""
    return guide


@pytest.mark.parametrize("in_pieces", [False, True], ids=["form", "pieces"])
def test_what_cannot_be_stamped_is_no_release_of_what_is(
    pack: Editor, run_jobs: Any, stamped: File, in_pieces: bool
) -> None:
    """The last good release stays on sale, the reason and the words of the seller stand on the page."""
    if in_pieces:
        Tus(pack).send("locked.pdf", LOCKED, replaces=str(stamped.id), notes="Now with glazes")
    else:
        assert send(pack, "locked.pdf", LOCKED, stamped, notes="Now with glazes").status_code == 303
    assert [one.id for one in files(pack)] == [stamped.id]
    run_jobs()
    page = pack.page()
    assert "locked.pdf cannot be stamped. This PDF opens with a password only" in page
    assert "Until then guide.pdf stays on sale." in page and "buyers of it get nothing" not in page
    assert ">Now with glazes</textarea>" in page
    assert [one.id for one in files(pack)] == [stamped.id] and pack.count(File) == 1
    assert not [key for key, _ in storage.everything() if key.endswith(str(upload(pack).id))]
    send(pack, "guide.pdf", pdf(4), stamped, notes="Now with glazes")
    run_jobs()
    (new,) = files(pack)
    assert (new.release, new.stamped, new.notes) == (2, True, "Now with glazes")


def upload(editor: Editor) -> Upload:
    with db.workspace(editor.world.north.id) as session:
        return session.scalars(select(Upload)).one()


def test_what_cannot_be_stamped_says_why_and_offers_nothing(pack: Editor, run_jobs: Any) -> None:
    """Not a switch that would be refused; where stamping is on already, the way out of it alone."""
    send(pack, "locked.pdf", LOCKED)
    run_jobs()
    (file,) = files(pack)
    here, page = f"{pack.here}/files/{file.id}/stamps", pack.page()
    assert "This file cannot be stamped" in page and f'action="{here}"' not in page
    with db.workspace(pack.world.north.id) as session:
        session.get_one(File, (pack.world.north.id, file.id)).stamped = True
    form = pack.form(here)
    assert "stamped" not in form and "Switch stamping off" in pack.page()
    assert pack.post(here, **form).status_code == 303
    assert not files(pack)[0].stamped
