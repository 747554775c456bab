"""Files that arrive in pieces: resumed, refused with a reason, scanned, swept; and nobody else's."""

import hashlib
import io
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.catalogue import actions
from app.catalogue.models import File, Product, Upload
from app.core import db, settings, storage
from app.core.outbox import OutboxJob
from tests.catalogue.clamd import FINDS, clamd
from tests.catalogue.editing import Editor

DATA = os.urandom(300_000)
TYPE = "application/offset+octet-stream"


@pytest.fixture
def pack(editor: Editor) -> Editor:
    """A product that downloads."""
    with db.workspace(editor.world.north.id):
        db.lock(editor.product).downloads = True
    return editor


class Tus:
    """A client of the protocol, as somebody's browser would be."""

    def __init__(self, editor: Editor, client: Any = None) -> None:
        self.editor, self.client = editor, client or editor.client

    def ask(self, method: str, path: str, data: bytes = b"", **headers: str) -> Any:
        page = self.client.get("/discover").get_data(as_text=True)
        token = re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)  # type: ignore[union-attr]
        sent = {"Tus-Resumable": "1.0.0", "X-CSRF-Token": token} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.open(path, method=method, data=data, headers=sent)

    def begin(self, name: str, size: int, **metadata: str) -> Any:
        said = ",".join(
            f"{key} {b64encode(value.encode()).decode()}" for key, value in {"filename": name, **metadata}.items()
        )
        return self.ask("POST", f"{self.editor.here}/uploads", Upload_Length=str(size), Upload_Metadata=said)

    def piece(self, url: str, offset: int, data: bytes, **headers: str) -> Any:
        return self.ask("PATCH", url, data, Upload_Offset=str(offset), Content_Type=TYPE, **headers)

    def offset(self, url: str) -> int:
        return int(self.ask("HEAD", url).headers["Upload-Offset"])

    def send(self, name: str, data: bytes, step: int = 100_000, **metadata: str) -> str:
        url = str(self.begin(name, len(data), **metadata).headers["Location"])
        for offset in range(0, len(data), step):
            assert self.piece(url, offset, data[offset : offset + step]).status_code == 204
        return url


@pytest.fixture
def tus(pack: Editor) -> Tus:
    return Tus(pack)


def files(editor: Editor) -> list[File]:
    with db.workspace(editor.world.north.id) as session:
        rows = select(File).where(File.product_id == editor.product.id, File.removed_at.is_(None))
        return list(session.scalars(rows.order_by(File.position).execution_options(populate_existing=True)))


def upload(editor: Editor) -> Upload:
    with db.workspace(editor.world.north.id) as session:
        return session.scalars(select(Upload).execution_options(populate_existing=True)).one()


def kept(pack: Editor) -> list[str]:
    mine = f"uploads/{pack.world.north.id}/"
    return sorted(key for key, _ in storage.everything() if key.startswith(mine))


def test_pieces_become_one_file(tus: Tus, pack: Editor, run_jobs: Any) -> None:
    url = tus.send("song.bin", DATA)
    assert (upload(pack).state, files(pack)) == ("checking", [])
    assert "Being checked" in pack.page()
    run_jobs()
    (file,) = files(pack)
    assert (file.name, file.size, file.sha256) == ("song.bin", len(DATA), hashlib.sha256(DATA).hexdigest())
    assert storage.read(file.storage_key) == DATA
    assert file.crc32 is not None
    assert upload(pack).state == "done" and kept(pack) == []
    assert tus.ask("PATCH", url, b"x", Upload_Offset=str(len(DATA)), Content_Type=TYPE).status_code == 409


def test_what_came_before_the_connection_broke_is_kept(tus: Tus, pack: Editor, run_jobs: Any) -> None:
    """Half of a piece is not sent twice."""
    url = tus.begin("song.bin", len(DATA)).headers["Location"]
    assert tus.piece(url, 0, DATA[:1000], Content_Length="200000").status_code == 204
    assert tus.offset(url) == 1000
    assert "Choose the same file again" in pack.page()
    tus.piece(url, 1000, DATA[1000:])
    run_jobs()
    assert storage.read(files(pack)[0].storage_key) == DATA


def test_pieces_out_of_turn_change_nothing(tus: Tus, pack: Editor) -> None:
    url = tus.begin("song.bin", 10).headers["Location"]
    assert tus.piece(url, 5, b"12345").status_code == 409
    assert tus.piece(url, 0, b"12345678901").status_code == 413
    digest = b64encode(hashlib.sha1(b"other").digest()).decode()
    assert tus.piece(url, 0, b"12345", Upload_Checksum=f"sha1 {digest}").status_code == 460
    assert (tus.offset(url), kept(pack)) == (0, [])
    digest = b64encode(hashlib.sha256(b"12345").digest()).decode()
    assert tus.piece(url, 0, b"12345", Upload_Checksum=f"sha256 {digest}").headers["Upload-Offset"] == "5"


@pytest.mark.parametrize(
    ("name", "size", "status"), [("a.bin", 2 * 1024**3 + 1, 413), ("a.bin", 0, 422), ("a.bin", -1, 422)]
)
def test_what_cannot_be_sold_is_refused_before_a_byte_is_sent(
    tus: Tus, pack: Editor, name: str, size: int, status: int
) -> None:
    answer = tus.begin(name, size)
    assert (answer.status_code, answer.mimetype) == (status, "text/plain")
    assert pack.count(Upload) == 0


def test_the_protocol_says_what_it_can(tus: Tus, pack: Editor) -> None:
    answer = tus.ask("OPTIONS", f"{pack.here}/uploads")
    assert answer.headers["Tus-Extension"] == "creation,termination,expiration,checksum"
    assert answer.headers["Tus-Max-Size"] == str(2 * 1024**3)
    assert tus.ask("POST", f"{pack.here}/uploads", Upload_Length="5", Tus_Resumable="0.2.2").status_code == 412
    url = tus.begin("a.bin", 5).headers["Location"]
    assert tus.ask("PATCH", url, b"12345", Upload_Offset="0", Content_Type="text/plain").status_code == 415
    assert "Upload-Expires" in tus.ask("HEAD", url).headers


def test_cancelled_uploads_leave_nothing(tus: Tus, pack: Editor, run_jobs: Any) -> None:
    url = tus.begin("a.bin", len(DATA)).headers["Location"]
    tus.piece(url, 0, DATA[:1000])
    assert tus.ask("DELETE", url).status_code == 204
    run_jobs()
    assert (tus.ask("HEAD", url).status_code, kept(pack), upload(pack).state) == (410, [], "given_up")


def test_the_editor_s_own_button_cancels_too(tus: Tus, pack: Editor, run_jobs: Any) -> None:
    url = tus.begin("a.bin", len(DATA)).headers["Location"]
    assert pack.post(f"{url}/cancellation").status_code == 303
    assert upload(pack).state == "given_up"


def test_abandoned_uploads_are_swept(tus: Tus, pack: Editor, run_jobs: Any) -> None:
    url = tus.begin("a.bin", len(DATA)).headers["Location"]
    tus.piece(url, 0, DATA[:1000])
    with db.system("sweep uploads"):
        assert actions.sweep_uploads() == 0
    with db.workspace(pack.world.north.id) as session:
        session.execute(update(Upload).values(expires_at=db.now() - timedelta(seconds=1)))
    assert tus.ask("HEAD", url).status_code == 410
    with db.system("sweep uploads"):
        assert actions.sweep_uploads() == 1
    run_jobs()
    assert (kept(pack), upload(pack).state) == ([], "given_up")


def test_too_many_at_once_are_refused(tus: Tus, pack: Editor) -> None:
    for number in range(20):
        assert tus.begin(f"{number}.bin", 5).status_code == 201
    answer = tus.begin("one-more.bin", 5)
    assert answer.status_code == 429 and "20 unfinished uploads" in answer.get_data(as_text=True)
    assert pack.count(Upload) == 20


def test_nobody_else_sends_or_sees(tus: Tus, pack: Editor, app: Any) -> None:
    """A viewer of the team may not, a member of another workspace finds nothing."""
    url = tus.begin("a.bin", 10).headers["Location"]
    for person, status in ((pack.world.vera, 403), (pack.world.charlie, 404)):
        other = Tus(pack, pack.world.sign_in(app.test_client(), person))
        for method, path in (("POST", f"{pack.here}/uploads"), ("HEAD", url), ("DELETE", url)):
            assert other.ask(method, path, Upload_Length="5").status_code == status
        assert other.piece(url, 0, b"12345").status_code == status
    forged = pack.client.patch(url, data=b"12345", headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0"})
    assert forged.status_code == 403
    assert (tus.offset(url), kept(pack)) == (0, [])


def test_its_kind_is_told_by_its_bytes(tus: Tus, pack: Editor, run_jobs: Any) -> None:
    wav, pdf = b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(100), b"%PDF-1.7" + bytes(100)
    for name, data in (("song.wav", wav), ("paper.pdf", pdf), ("page.html", b"<!doctype html>")):
        tus.send(name, data)
    run_jobs()
    kinds = {file.name: file.content_type for file in files(pack)}
    assert kinds == {"song.wav": "audio/wav", "paper.pdf": "application/pdf", "page.html": "application/octet-stream"}


LIES = {
    "paper.pdf": b"MZ" + bytes(200),
    "holiday.png": b"<html><script>alert(1)</script>",
    "photo.jpg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "song.mp3": b"\x7fELF" + bytes(200),
    "book.epub": b"%PDF-1.7 ",
    "notes.txt": b"MZ" + bytes(200),
    "pack.zip": b"no zip at all",
}
SAID = {
    "paper.pdf": "This is not a PDF: the bytes of paper.pdf are a program.",
    "book.epub": "This is not an EPUB: the bytes of book.epub are a PDF.",
}


@pytest.mark.parametrize("name", LIES)
def test_what_lies_about_itself_is_refused_beside_it(tus: Tus, pack: Editor, run_jobs: Any, name: str) -> None:
    tus.send(name, LIES[name])
    run_jobs()
    assert (files(pack), kept(pack), upload(pack).state) == ([], [], "refused")
    assert SAID.get(name, f"the bytes of {name} are ") in pack.page()
    assert f'aria-label="Dismiss {name}"' in pack.page()
    assert not [key for key, _ in storage.everything() if key.endswith(str(upload(pack).id))]
    assert pack.post(f"{pack.here}/files", file=(io.BytesIO(LIES[name]), name)).status_code == 422
    assert files(pack) == []


def test_a_lie_cannot_be_told_later_by_renaming(pack: Editor) -> None:
    pack.post(f"{pack.here}/files", file=(io.BytesIO(b"MZ" + bytes(200)), "setup.exe"))
    (file,) = files(pack)
    assert (file.name, file.content_type) == ("setup.exe", "application/octet-stream")
    assert pack.post(f"{pack.here}/files/{file.id}", name="paper.pdf", limit="").status_code == 422
    assert files(pack)[0].name == "setup.exe"


def test_a_new_release_comes_in_pieces_too(tus: Tus, pack: Editor, run_jobs: Any) -> None:
    tus.send("first.bin", DATA)
    run_jobs()
    (old,) = files(pack)
    tus.send("second.bin", DATA[::-1], replaces=str(old.id), notes="Sharper")
    run_jobs()
    (new,) = files(pack)
    assert (new.release, new.replaces_id, new.notes) == (2, old.id, "Sharper")
    tus.send("third.bin", DATA[::-1], replaces=str(new.id))
    run_jobs()
    assert "exactly the bytes that buyers get already" in pack.page()
    assert [file.id for file in files(pack)] == [new.id] and storage.read(new.storage_key) == DATA[::-1]


def test_a_job_that_dies_after_storing_sells_one_file(
    tus: Tus, pack: Editor, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.catalogue.actions import finishing

    def dies(*_: object) -> None:
        raise RuntimeError("the worker is gone")

    tus.send("song.bin", DATA)
    with monkeypatch.context() as patch:
        patch.setattr(finishing, "_sell", dies)
        run_jobs()
    assert (files(pack), upload(pack).state) == ([], "checking")
    with db.system("jobs") as session:
        session.execute(update(OutboxJob).where(OutboxJob.done_at.is_(None)).values(due_at=func.now()))
    run_jobs()
    run_jobs()
    assert [file.sha256 for file in files(pack)] == [hashlib.sha256(DATA).hexdigest()]
    assert len([key for key, _ in storage.everything() if key.startswith(f"files/{pack.world.north.id}/")]) == 1


@pytest.fixture
def scanner(app: Any) -> Iterator[Callable[[str], None]]:
    """Use the daemon at this address until the test ends."""
    chosen = settings.current()

    def use(url: str) -> None:
        object.__setattr__(chosen, "clamav_url", url)

    yield use
    use("")


def test_clean_files_go_on_sale_and_others_are_refused_with_the_finding(
    tus: Tus, pack: Editor, run_jobs: Any, scanner: Callable[[str], None]
) -> None:
    with clamd() as daemon:
        scanner(daemon.url)
        tus.send("clean.bin", DATA)
        run_jobs()
        assert [file.name for file in files(pack)] == ["clean.bin"]
        assert daemon.seen == [DATA]
        tus.send("infected.bin", b"...." + FINDS)
        run_jobs()
    assert [file.name for file in files(pack)] == ["clean.bin"]
    assert "The virus scanner found Eicar-Test-Signature in this file" in pack.page()
    assert kept(pack) == []


def test_nothing_is_on_sale_unscanned(tus: Tus, pack: Editor, run_jobs: Any, scanner: Callable[[str], None]) -> None:
    """While the daemon is away the file waits, says so, and comes back by itself; the plain form is no way around it."""
    scanner("tcp://127.0.0.1:1")
    tus.send("clean.bin", DATA)
    assert pack.post(f"{pack.here}/files", file=(io.BytesIO(DATA), "plain.bin")).status_code == 303
    run_jobs()
    assert files(pack) == []
    assert pack.page().count("It waits for the virus scanner, which does not answer") == 2
    with clamd() as daemon:
        scanner(daemon.url)
        with db.system("jobs") as session:
            session.execute(update(OutboxJob).where(OutboxJob.done_at.is_(None)).values(due_at=func.now()))
        run_jobs()
    assert sorted(file.name for file in files(pack)) == ["clean.bin", "plain.bin"]
    assert "It waits for" not in pack.page()


def test_what_the_scanner_does_not_take_is_refused(
    tus: Tus, pack: Editor, run_jobs: Any, scanner: Callable[[str], None]
) -> None:
    with clamd(limit=1000) as daemon:
        scanner(daemon.url)
        tus.send("large.bin", DATA)
        run_jobs()
    assert (files(pack), upload(pack).state) == ([], "refused")
    assert "larger than the virus scanner takes" in pack.page()


def test_stream_only_is_for_what_browsers_play(pack: Editor) -> None:
    for name, data in (("song.mp3", b"ID3" + bytes(100)), ("pack.bin", b"anything")):
        pack.post(f"{pack.here}/files", file=(io.BytesIO(data), name))
    song, other = files(pack)
    path, form = f"{pack.here}/files", {"limit": "", "stream-shown": "y", "stream_only": "y"}
    assert pack.post(f"{path}/{song.id}", name=song.name, **form).status_code == 303
    assert pack.post(f"{path}/{other.id}", name=other.name, **form).status_code == 422
    assert [file.stream_only for file in files(pack)] == [True, False]
    assert "Listen or watch only" in pack.page()
    with db.workspace(pack.world.north.id):
        assert db.get(Product, pack.product.id).downloads
