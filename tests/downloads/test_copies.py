"""With stamping on every buyer gets a copy of their own, and nobody the original, whatever fails."""

import hashlib
import io
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select

from app.catalogue.models import File
from app.core import db, storage
from app.core.mail import Mail
from app.downloads import actions, confined
from app.downloads.actions import copies
from tests.downloads.stamped import Sale, pdf, sell, stamped
from tests.world import World

PDF = pdf()


@pytest.fixture
def sale(world: World, run_jobs: Any, client: Any) -> Sale:
    return sell(world, run_jobs, client, PDF, "Book.pdf")


def test_a_copy_is_made_once_and_says_whose_it_is(sale: Sale, world: World) -> None:
    first = sale.fetch()
    assert first.status_code == 409 and "being made" in first.text
    assert sale.fetch().status_code == 409  # pressing again asks for nothing more
    assert sale.copies() == 1
    sale.run_jobs()
    got = sale.fetch()
    assert got.status_code == 200 and got.data != PDF
    assert hashlib.sha256(got.data).hexdigest() == sale.copy().sha256
    assert "Book.pdf" in got.headers["Content-Disposition"]
    with pikepdf.open(io.BytesIO(got.data)) as made:
        assert len(made.pages) == 2
    assert sale.fetch().data == got.data  # kept, so that half a download can be resumed
    assert sale.copies() == 1


def test_another_text_is_another_copy_with_its_own_mark(sale: Sale, world: World) -> None:
    sale.fetch()
    sale.run_jobs()
    before = sale.copy()
    stamped(world.north.id, sale.file, "Somebody else's {order}")
    assert sale.fetch().status_code == 409
    sale.run_jobs()
    assert sale.fetch().status_code == 200
    assert sale.copies() == 2 and sale.copy().mark != before.mark


def _broken(*_: Any, **__: Any) -> None:
    raise RuntimeError("the stamper broke")


def test_a_stamper_that_breaks_gives_nothing_away(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "stamp", _broken)
    sale.fetch()
    sale.run_jobs()
    refused = sale.fetch()
    assert refused.status_code == 409 and PDF not in refused.data
    assert sale.copy().state in ("waiting", "failed")


def test_storage_that_is_away_gives_nothing_away(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(storage, "stream", _away)
        sale.fetch()
        sale.run_jobs()
        refused = sale.fetch()
        assert refused.status_code == 409 and PDF not in refused.data


def _away(*_: Any) -> Any:
    raise storage.StorageAway


def test_a_job_that_is_killed_half_way_gives_nothing_away(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is done but opening the copy."""
    with monkeypatch.context() as patch:
        patch.setattr(copies, "_open", _broken)
        sale.fetch()
        sale.run_jobs()
        assert sale.fetch().status_code == 409
    copy = sale.copy()
    actions.make(copy.workspace_id, copy.id)
    assert sale.fetch().status_code == 200 and sale.copy().mark == copy.mark


def test_a_refusing_file_is_said_to_both_sides_and_tried_again(world: World, run_jobs: Any, client: Any) -> None:
    sale = sell(world, run_jobs, client, b"%PDF-1.7\nnothing of a PDF", "Book.pdf", stamp=False)
    with db.workspace(world.north.id) as session:
        session.get_one(File, (sale.grant.workspace_id, sale.file.id)).stamped = True
    sale.fetch()
    run_jobs()
    refused = sale.fetch()
    assert refused.status_code == 409 and b"nothing of a PDF" not in refused.data
    assert sale.copy().state == "failed" and "damaged" in sale.copy().error
    page = client.get(f"/library/{sale.grant.id}").text
    assert "could not be made" in page and "copies" in page
    assert sale.press("copies").status_code == 303 and sale.copy().state == "waiting"


def test_switched_on_between_link_and_download(world: World, run_jobs: Any, client: Any) -> None:
    sale = sell(world, run_jobs, client, PDF, "Book.pdf", stamp=False)
    link = sale.press("links").headers["Location"]
    assert client.get(link).data == PDF
    stamped(world.north.id, sale.file)
    refused = client.get(link)
    assert refused.status_code == 409 and PDF not in refused.data
    assert client.get(link, headers={"Range": "bytes=0-99"}).status_code == 409
    run_jobs()
    assert client.get(link).status_code == 200 and client.get(link).data != PDF


def test_who_waited_long_gets_a_letter(sale: Sale) -> None:
    sale.fetch()
    copy = sale.copy()
    with db.workspace(copy.workspace_id) as session:
        row = session.get_one(type(copy), (copy.workspace_id, copy.id))
        row.asked_at -= copies.SLOW * 2
    sale.run_jobs()
    with db.system("test world") as session:
        assert [one.to for one in session.scalars(select(Mail).where(Mail.template == "copy_ready"))] == [
            "fay@guildhall.test"
        ]


def test_copies_that_nobody_wants_are_cleared_and_made_again(sale: Sale) -> None:
    sale.fetch()
    sale.run_jobs()
    before = sale.copy()
    with db.workspace(before.workspace_id) as session:
        row = session.get_one(type(before), (before.workspace_id, before.id))
        row.ready_at = row.used_at = db.now() - copies.KEPT * 2
    actions.sweep_copies()
    sale.run_jobs()
    assert sale.copy().state == "cleared" and not storage.exists(before.storage_key)
    assert sale.fetch().status_code == 409
    sale.run_jobs()
    assert sale.fetch().status_code == 200 and sale.copy().mark == before.mark


def test_a_library_that_hangs_or_crashes_is_a_refusal(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is ended, the next file gets a new one."""
    source = tmp_path / "a.pdf"
    source.write_bytes(PDF)
    confined.check("pdf", source)
    assert confined._process.running is not None
    confined._process.running.kill()
    confined._process.running.wait()
    confined.check("pdf", source)
    monkeypatch.setattr(confined, "CHECK_SECONDS", 0)
    with pytest.raises(confined.Unstampable):
        confined.check("pdf", source)
    monkeypatch.undo()
    confined.check("pdf", source)
