"""A seller's upload is cut, reloaded and gone on with; a buyer listens, reads and takes everything as a zip."""

import io
import re
import secrets
import wave
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from tests.journeys.conftest import DESKTOP, Town
from tests.journeys.test_first_sale import into_the_cart, pay

pytestmark = pytest.mark.journey
WARE = "Dry steppe"
LARGE = 20 * 1024 * 1024


def recording(seconds: int) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes([128]) * 8000 * seconds)
    return made.getvalue()


def paper() -> bytes:
    made = io.BytesIO()
    canvas = Canvas(made)
    for number in range(1, 4):
        canvas.drawString(100, 700, f"Words of page {number}")
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def book() -> bytes:
    from tests.downloads.test_looking import epub

    return epub()


@pytest.fixture
def wares(tmp_path: Path) -> dict[str, Path]:
    """A large file, a recording, a paper and a book; each walk brings its own names, and so finds no other's."""
    data = {"large.bin": bytes(LARGE), "lesson.wav": recording(60), "paper.pdf": paper(), "book.epub": book()}
    made = {name: tmp_path / f"{secrets.token_hex(3)}-{name}" for name in data}
    for name, path in made.items():
        path.write_bytes(data[name])
    return made


def choose(page: Page, *files: Path) -> None:
    page.locator("#upload-file input[type=file]").set_input_files(list(files))
    page.get_by_role("button", name="Upload file").click()


def upload_with_a_cut(page: Page, file: Path) -> None:
    """The network goes after the first piece; then the page is loaded again, and the same file chosen."""
    sent = []

    def cut(route: Any) -> None:
        if route.request.method == "PATCH":
            sent.append(route)
            if len(sent) > 1:
                route.abort("connectionreset")
                return
        route.continue_()

    page.route("**/uploads/*", cut)
    choose(page, file)
    expect(page.locator("#sending")).to_contain_text("connection is lost", timeout=60_000)
    page.reload()
    expect(page.locator("#arriving")).to_contain_text("Choose the same file again")
    page.unroute("**/uploads/*")
    with page.expect_request(lambda request: request.method == "PATCH") as gone_on:
        choose(page, file)
    assert int(gone_on.value.headers["upload-offset"]) > 0


def test_from_a_cut_upload_to_a_zip(walker: Any, town: Town, wares: dict[str, Path]) -> None:
    seller = walker(**DESKTOP)
    seller.sign_in("tomas@demo.guildhall.example")
    page = seller.page
    page.goto("/w/tessera/products")
    page.get_by_role("link", name=re.compile(WARE)).first.click()
    upload_with_a_cut(page, wares["large.bin"])
    choose(page, wares["lesson.wav"], wares["paper.pdf"], wares["book.epub"])
    for file in wares.values():
        expect(page.locator(".file-list .file-name", has_text=file.name).first).to_be_visible(timeout=90_000)
    expect(page.locator("#licences")).to_have_count(1)  # the list is drawn anew by itself, with nothing beside it
    lesson = page.locator(".file-item", has_text=wares["lesson.wav"].name)
    lesson.get_by_text("Rename, limit").click()
    lesson.get_by_label("Listen or watch only").check()
    lesson.get_by_role("button", name="Save", exact=True).click()
    expect(lesson.get_by_text("Listen or watch only").first).to_be_visible()
    address = page.get_by_role("link", name="See it in the shop").get_attribute("href")
    buyer = walker(**DESKTOP)
    into_the_cart(buyer.page, str(address))
    check_out_download(buyer.page)
    pay(buyer.page, town)
    buyer.page.wait_for_url(re.compile(r"/checkout/.+/done"), timeout=60_000)
    expect(buyer.page.get_by_role("heading", name="Your downloads are ready")).to_be_visible(timeout=60_000)
    buyer.page.get_by_role("link", name="Open", exact=True).first.click()
    buyer.page.wait_for_url(re.compile("/library/"))
    everything = buyer.page.url
    listens(buyer.page, wares["lesson.wav"])
    buyer.page.goto(everything)
    reads(buyer.page, everything, wares)
    buyer.page.goto(everything)
    assert seller.axe() == [] and buyer.axe() == []
    with buyer.page.expect_download(timeout=90_000) as started:
        buyer.page.get_by_role("button", name="All as a zip").click()
    with zipfile.ZipFile(started.value.path()) as found:
        names = {name.rpartition("/")[2] for name in found.namelist()}
        assert {file.name for file in wares.values()} - names == {wares["lesson.wav"].name}
        assert found.testzip() is None


def check_out_download(page: Page) -> None:
    """As a guest; nothing is shipped."""
    page.goto("/cart")
    page.get_by_role("button", name="Check out").first.click()
    page.get_by_label("E-mail").fill("listener@example.test")
    page.get_by_label("Name").first.fill("Lis Tener")
    page.get_by_role("button", name="Continue to").click()
    page.get_by_role("button", name=re.compile(r"^Pay ")).last.click()


def listens(page: Page, lesson: Path) -> None:
    """Plays to the twentieth second, leaves, and goes on there."""
    page.get_by_role("link", name=f"Listen {lesson.name}").click()
    sound = page.locator("audio")
    expect(sound).to_have_js_property("readyState", 4)
    with page.expect_request(re.compile("/positions$")):
        sound.evaluate("one => { one.muted = true; one.currentTime = 20; return one.play().then(() => one.pause()); }")
    page.reload()
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 20")


def reads(page: Page, purchase: str, wares: dict[str, Path]) -> None:
    page.get_by_role("link", name=f"Read {wares['paper.pdf'].name}").click()
    expect(page.get_by_text("Words of page 1")).to_be_attached()
    page.locator("[data-pdf-page]").fill("3")
    with page.expect_request(re.compile("/positions$")):
        page.keyboard.press("Enter")
    expect(page.get_by_text("Words of page 3")).to_be_attached()
    page.goto(purchase)
    page.get_by_role("link", name=f"Read {wares['book.epub'].name}").click()
    expect(page.locator("article.book")).to_contain_text("Words of one")
    page.get_by_role("link", name="Next").click()
    expect(page.locator("article.book")).to_contain_text("Second")
    page.goto(purchase)
    page.get_by_role("link", name=f"Read {wares['book.epub'].name}").click()
    expect(page.locator("article.book")).to_contain_text("Second")
