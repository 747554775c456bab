"""A pack from the checkout to the refund: fetched, news of a second release, fetched again, and closed with a page that says why."""

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Town
from tests.journeys.test_first_sale import into_the_cart, pay

pytestmark = pytest.mark.journey
PACK = "/s/tessera-textures/midnight-brick"
THANKS = "Thank you. Lay the bricks at 40 cm."
PATIENCE = 90_000


def buy(page: Page, town: Town) -> str:
    """As Vera, who has an account. Returns the order's number."""
    into_the_cart(page, PACK)
    page.goto("/cart")
    page.get_by_role("button", name="Check out").first.click()
    page.get_by_role("button", name=re.compile(r"^Pay ")).last.click()
    pay(page, town)
    page.wait_for_url(re.compile(r"/checkout/.+/done"), timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Your downloads are ready")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(THANKS)).to_be_visible()
    return page.get_by_text(re.compile(r"^#\d+$")).first.inner_text().removeprefix("#")


def stamp(page: Page) -> None:
    """Every buyer gets a copy of their own from now on."""
    page.goto("/w/tessera/products")
    page.get_by_role("link", name="Midnight brick").first.click()
    item = page.locator(".file-item").first
    item.get_by_text("Stamp each copy", exact=True).click()
    item.get_by_label(re.compile("^Stamp each copy of ")).check(force=True)
    item.get_by_role("button", name="Save").last.click()
    expect(page.locator(".file-item").first).to_contain_text("Stamp each copy")


def write_a_note(page: Page) -> None:
    """Everybody who buys it reads this from now on."""
    page.goto("/w/tessera/products")
    page.get_by_role("link", name="Midnight brick").first.click()
    page.get_by_role("link", name="Note to buyers").click()
    page.get_by_label("What buyers read").fill(THANKS)
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("#seen")).to_contain_text(THANKS)


def copy(page: Page) -> bytes:
    """Ask for one's own, wait while it is made, and fetch it. A first walk that was cut short left the file another name."""
    page.get_by_role("button", name=re.compile("^Get your copy of ")).first.click()
    ready = page.get_by_role("button", name=re.compile("^Download your copy of "))
    expect(ready.first).to_be_visible(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as started:
        ready.first.click()
    return started.value.path().read_bytes()


def members(archive: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


def trace(page: Page, leaked: Path, number: str) -> None:
    """What turned up elsewhere leads back to the order."""
    page.goto("/w/tessera/leaks")
    page.locator("input[type=file]").first.set_input_files(leaked)
    page.get_by_role("button", name="Look whose copy it is").click()
    expect(page.get_by_role("link", name=f"Order {number}")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Certain").first).to_be_visible()


def publish(page: Page, folder: Path, notes: str) -> None:
    """Replace the file, write what changed, look who gets it, and send it."""
    page.goto("/w/tessera/products")
    page.get_by_role("link", name="Midnight brick").first.click()
    item = page.locator(".file-item").first
    item.get_by_text("Replace", exact=False).first.click()
    item.locator("input[type=file]").set_input_files(_second(folder, notes))
    item.get_by_label("What changed").fill(notes)
    item.get_by_role("button", name="Replace").click()
    expect(page.locator(".file-item").first).to_contain_text(notes, timeout=PATIENCE)
    page.get_by_role("link", name="Updates and delivery").click()
    expect(page.get_by_label("What changed")).to_have_value(notes)
    page.get_by_role("button", name="See who gets it").click()
    expect(page.get_by_role("heading", name="Who gets it")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Send it to ")).click()
    expect(page.get_by_role("link", name="Read it in the forum")).to_be_visible(timeout=PATIENCE)


def _second(folder: Path, notes: str) -> Path:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("second.txt", notes)
    path = folder / "brick.zip"
    path.write_bytes(made.getvalue())
    return path


def refund(page: Page, number: str) -> None:
    page.goto(f"/w/tessera/orders/{number}/refunds/new")
    page.get_by_label("Units").fill("1")
    page.get_by_label("Amount").fill("14.00")
    page.get_by_role("button", name="Preview what happens").click()
    expect(page.get_by_text("Downloads end for")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Refund ")).click()
    page.wait_for_url(re.compile(rf"/orders/{number}"))


def test_a_pack_is_bought_renewed_and_closed(walker: Any, town: Town, tmp_path: Path) -> None:
    buyer, seller = walker(**PHONE), walker(**DESKTOP)
    buyer.sign_in("vera@demo.guildhall.example")
    seller.sign_in("tomas@demo.guildhall.example")
    page = buyer.page
    stamp(seller.page)
    write_a_note(seller.page)
    assert seller.axe() == []
    number = buy(page, town)
    page.get_by_role("link", name="Open", exact=True).first.click()
    page.wait_for_url(re.compile("/library/"))
    expect(page.get_by_text(THANKS)).to_be_visible()
    leaked = tmp_path / "leaked.zip"
    leaked.write_bytes(copy(page))
    trace(seller.page, leaked, number)
    notes = f"The mortar is softer now ({datetime.now(UTC):%H:%M:%S})"  # in words of this walk
    purchase = page.url.partition("#")[0]  # with a fragment, going there again would load nothing
    publish(seller.page, tmp_path, notes)
    page.goto("/library")
    expect(page.locator(".library-state", has_text="Updated").first).to_be_visible(timeout=PATIENCE)
    assert buyer.axe() == []
    page.goto(purchase)
    expect(page.locator("#changes")).to_contain_text(notes)
    expect(page.get_by_text(re.compile(r"Older releases \(\d\)"))).to_be_visible()
    assert "second.txt" in members(copy(page))
    page.goto("/inbox")
    expect(page.get_by_text("Midnight brick").first).to_be_visible(timeout=PATIENCE)
    page.goto(purchase)
    refund(seller.page, number)
    expect(page.get_by_text("This was refunded, so its files are closed.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name=re.compile("^Download"))).to_have_count(0)
    assert buyer.axe() == [] and seller.axe() == []
