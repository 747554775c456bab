"""Files from outside: what sellers really send works, everything else is refused in words and leaves nothing (SECURITY.md §3, uploads).

Names of files, cut uploads and byte-for-byte storage: tests/catalogue, tests/core.
"""

import io
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.access.models import Grant
from app.catalogue.models import File, Media, Product
from app.core import db, settings, storage
from tests.security import samples
from tests.security.stage import Browser, Stage


@pytest.fixture
def editor(stage: Stage) -> "Editor":
    return Editor(stage)


class Editor:
    """Alice in front of a draft without pictures or files."""

    def __init__(self, stage: Stage) -> None:
        self.world = stage.world
        self.product = stage.world.product(stage.rows["shop"], "Draft", downloads=False, state="draft")
        with db.workspace(stage.world.north.id):
            db.get(Product, self.product.id).downloads = True
        self.browser: Browser = stage.browser(stage.world.alice)
        self.here = f"/w/{stage.world.north.slug}/products/{self.product.id}"

    def send(self, part: str, data: bytes, name: str, kind: str = "", **fields: str) -> Any:
        field = "picture" if part == "pictures" else "file"
        file = (io.BytesIO(data), name, kind) if kind else (io.BytesIO(data), name)
        return self.browser.post(f"{self.here}/{part}", {field: file, **fields}, content_type="multipart/form-data")

    def only(self, model: Any) -> Any:
        with db.workspace(self.world.north.id) as session:
            rows = session.scalars(select(model).where(model.product_id == self.product.id)).all()
            return rows[0] if rows else None


def stored() -> set[str]:
    """Every file in storage."""
    return {key for key, _ in storage.everything()}


@pytest.mark.parametrize("which", samples.good())
def test_what_sellers_send_is_shown(editor: Editor, run_jobs: Any, which: str) -> None:
    """Made into plain WebP without anything that was not picture: place, maker, comments, scripts."""
    assert editor.send("pictures", samples.good()[which], "holiday.png", alt="A slope").status_code == 303
    run_jobs(only="catalogue.")
    media = editor.only(Media)
    assert (media.state, media.error) == ("ready", None)
    for key in media.renditions.values():
        data = storage.read(key)
        image = Image.open(io.BytesIO(data))
        assert (image.format, getattr(image, "n_frames", 1)) == ("WEBP", 1)
        assert not image.getexif() and not {"icc_profile", "xmp", "comment"} & set(image.info)
        assert b"script" not in data and b"Secret" not in data


@pytest.mark.parametrize("which", ["16 bits", "print colours", "one bit", "photo with place and comment"])
def test_dark_stays_dark_and_bright_stays_bright(editor: Editor, run_jobs: Any, which: str) -> None:
    """Other colour models and depths are converted, not cut off."""
    editor.send("pictures", samples.good()[which], "slope.png", alt="A slope")
    run_jobs(only="catalogue.")
    image = Image.open(io.BytesIO(storage.read(max(editor.only(Media).renditions.values())))).convert("L")
    turned = which.startswith("photo")
    first = image.crop((0, 0, image.width, image.height // 8) if not turned else (image.width * 7 // 8, 0, *image.size))
    last = image.crop((0, image.height * 7 // 8, *image.size) if not turned else (0, 0, image.width // 8, image.height))
    assert mean(first) < 60 < 190 < mean(last)


def mean(image: Image.Image) -> float:
    histogram = image.histogram()
    return sum(shade * count for shade, count in enumerate(histogram)) / sum(histogram)


@pytest.mark.parametrize("which", samples.bad())
def test_what_is_broken_is_said_so_and_dropped(editor: Editor, run_jobs: Any, which: str) -> None:
    """At the door or by the job; its words say what to do, the original is not kept, and the page still opens."""
    before = stored()
    answer = editor.send("pictures", samples.bad()[which], "holiday.png", alt="Stars")
    run_jobs(only="catalogue.")
    media = editor.only(Media)
    words = answer.get_data(as_text=True) if media is None else media.error
    assert answer.status_code == (422 if media is None else 303)
    assert media is None or (media.state, media.renditions) == ("refused", {})
    assert any(one in words for one in ("damaged", "refused", "larger than", "not a picture", "too long"))
    assert stored() == before
    assert editor.browser.get(editor.here).status_code == 200


@pytest.mark.parametrize("which", samples.no_pictures())
def test_what_is_no_picture_never_gets_in(editor: Editor, which: str) -> None:
    """Whatever its name and its content type claim; what was typed beside it stays."""
    before = stored()
    for name, kind in (("holiday.png", "image/png"), ("holiday.jpg", "image/jpeg"), ("a.webp", "image/webp")):
        answer = editor.send("pictures", samples.no_pictures()[which], name, kind)
        assert answer.status_code == 422
        assert "othing was stored" in answer.get_data(as_text=True)
    assert editor.only(Media) is None
    assert stored() == before


def test_name_and_content_type_decide_nothing(editor: Editor, run_jobs: Any) -> None:
    """A real picture under a wrong name is a picture."""
    for name, kind in (("a.svg", "image/svg+xml"), ("a.html", "text/html"), ("a", "application/x-php")):
        assert editor.send("pictures", samples.good()["one bit"], name, kind, alt="Dots").status_code == 303
    run_jobs(only="catalogue.")
    assert editor.only(Media).state == "ready"


@pytest.mark.parametrize("which", samples.bad_archives())
def test_an_archive_that_would_harm_buyers_is_refused(editor: Editor, which: str) -> None:
    before = stored()
    answer = editor.send("files", samples.bad_archives()[which], "pack.zip")
    assert answer.status_code == 422
    assert "othing was stored" in answer.get_data(as_text=True)
    assert editor.only(File) is None
    assert stored() == before


HOSTILE = {
    "page.html": samples.HTML,
    "drawing.svg": samples.no_pictures()["svg with a script"],
    "code.js": b"alert(1)",
    "style.css": b"body{background:url(//evil.example)}",
    "paper.pdf": samples.no_pictures()["pdf"],
    "picture.gif": samples.bad()["gif that is a script"],
    "feed.xml": samples.no_pictures()["svg with an entity"],
    "flash.swf": b"FWS" + bytes(40),
    "page.png.html": samples.HTML,
    "\u202egnp.html": samples.HTML,
    'quote"; filename="evil.html': samples.HTML,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_buyers_download_never_runs_on_our_origin(stage: Stage, name: str) -> None:
    """Sold as it is, handed over as a file: attachment, sandboxed, never of a type that a browser shows."""
    seller, buyer = stage.browser(stage.world.alice), stage.browser(stage.world.fay)
    product = f"/w/{stage.world.north.slug}/products/{stage.rows['product'].id}"
    sent = {"file": (io.BytesIO(HOSTILE[name]), name)}
    assert seller.post(f"{product}/files", sent, content_type="multipart/form-data").status_code == 303
    with db.workspace(stage.world.north.id) as session:
        file = session.scalars(select(File).order_by(File.created_at.desc()).limit(1)).one()
        grant = session.scalars(select(Grant)).one()
    answer = buyer.get(buyer.post(f"/library/{grant.id}/files/{file.id}/links").headers["Location"])
    assert (answer.status_code, answer.data) == (200, HOSTILE[name])
    assert answer.mimetype not in ("text/html", "image/svg+xml", "text/xml", "application/xml", "text/javascript")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Set-Cookie" not in answer.headers and "\u202e" not in answer.headers["Content-Disposition"]


def test_stored_files_have_no_address_of_their_own(stage: Stage) -> None:
    """What lies in storage can be reached through grants and renditions only, and its names are made here."""
    file = stage.rows["file"]
    for path in (f"/{file.storage_key}", f"/static/{file.storage_key}", f"/static/dist/../{file.storage_key}"):
        assert stage.browser(stage.world.alice).get(path).status_code == 404
    assert file.name not in file.storage_key
    folder = Path(urlsplit(settings.current().storage_url).path)
    assert all((folder / key).resolve().is_relative_to(folder.resolve()) for key in stored())


@pytest.mark.parametrize(
    "path",
    [
        "/static/dist/..%2f..%2fapp%2fwiring.0.py",
        "/static/dist/../../.env",
        "/static/dist/%2e%2e/%2e%2e/requirements.0.txt",
        "/static/dist/..%5c..%5cwsgi.0.py",
        "/static/dist/css/../../wsgi.0.py",
        "/static/dist/a%00.0.css",
        "/.git/config",
        "/.env",
        "/app/wiring.py",
        "/media/..%2f..%2f/x/320.webp",
    ],
)
def test_no_path_leads_out(app: Any, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code in (400, 404)
    assert b"BLUEPRINTS" not in answer.data and b"root:" not in answer.data


def test_pictures_of_a_draft_are_for_members(stage: Stage) -> None:
    """Counted, so that the check itself is proven to look at something."""
    with db.workspace(stage.world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Media)) == 1
    width = f"/w/{stage.world.north.slug}/media/{stage.rows['picture'].id}/320.webp"
    assert stage.browser(stage.world.charlie).get(width).status_code == 404
