"""Something comes back: asked on the buyer's page with a photo, accepted, labelled, unpacked, refunded; one story for both."""

import io
import re
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Town, Walker
from tests.journeys.desk import SLOW, Desk, listen, look
from tests.journeys.warehouse import BUYER, Warehouse

pytestmark = pytest.mark.journey


def test_a_mug_comes_back(walker: Any, town: Town, warehouse: Warehouse) -> None:
    desk, number = Desk(walker(**DESKTOP), warehouse), warehouse.alone["return"]
    _deliver(desk, town, number)
    buyer = walker(**PHONE)
    listen(buyer)
    buyer.sign_in(BUYER)
    _ask(buyer, warehouse.groups["return"])
    told = buyer.page
    page = _accept(desk)
    expect(told.get_by_text("The shop said yes.")).to_be_visible(timeout=SLOW)
    code = _label(desk, number)
    expect(told.get_by_role("link", name="Open the return label")).to_be_visible(timeout=SLOW)
    label = told.request.get(told.get_by_role("link", name="Open the return label").get_attribute("href") or "")
    assert label.ok and label.body().startswith(b"%PDF")
    expect(page.get_by_text("Label sent", exact=True)).to_be_visible()
    _scan(town, code, "accepted")
    expect(told.get_by_text("Your parcel is on its way to the shop.")).to_be_visible(timeout=SLOW)
    expect(page.get_by_label("1 × Mug")).to_be_visible(timeout=SLOW)
    page.get_by_label("1 × Mug").select_option("restock")
    page.get_by_role("button", name="Received").click()
    expect(page.get_by_role("heading", name="Give the money back")).to_be_visible()
    expect(told.get_by_text("The shop has your parcel.")).to_be_visible(timeout=SLOW)
    desk.look()
    page.get_by_role("button", name="Refund", exact=True).click()
    expect(told.get_by_text("The refund is made.")).to_be_visible(timeout=SLOW)
    look(buyer)
    story = ["Refunded", "Received", "The return is on its way", "Sent the return label", "Accepted", "Asked"]
    for one in (page, told):
        expect(one.locator(".timeline .timeline-body > span:first-child")).to_have_text([re.compile(w) for w in story])
    _on_the_order(desk, number)


def _deliver(desk: Desk, town: Town, number: int) -> None:
    page = desk.go(f"shipping/orders/{number}")
    page.get_by_role("button", name="Pack and get rates").click()
    expect(page.get_by_role("radio").first).to_be_checked(timeout=SLOW)
    page.get_by_role("button", name="Buy this label").click()
    _scan(town, _number(page, "Parcel 1"), "delivered")
    expect(page.locator(".parcel").get_by_text("Delivered", exact=True).first).to_be_visible(timeout=SLOW)


def _number(page: Page, parcel: str) -> str:
    card = page.get_by_role("article", name=parcel, exact=True)
    found = card.locator(".label-line a.num, .label-line p.row > span.num:not(.muted)").last
    expect(card.get_by_role("button", name="Print label")).to_be_visible(timeout=SLOW)
    return str(found.inner_text())


def _scan(town: Town, code: str, step: str) -> None:
    moved = requests.post(f"{town.sandbox}/_sandbox/parcels/{code}/scans", json={"step": step}, timeout=20)
    assert moved.ok, moved.text


def _ask(buyer: Walker, group: str) -> None:
    """From the purchase page: one of the two mugs, with a reason, words and a photo."""
    page = buyer.page
    page.goto(f"/purchases/{group}")
    page.get_by_role("link", name="Send something back").tap()
    expect(page.get_by_role("button", name="Ask for a return")).to_be_visible()
    look(buyer)
    mug = page.get_by_role("group", name="Mug")
    mug.get_by_label("How many come back").fill("1")
    mug.get_by_label("Why").select_option("damaged")
    page.get_by_label("What should the shop know?").fill("The handle broke off.")
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (170, 60, 40)).save(picture, "JPEG")
    photo = {"name": "mug.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    page.get_by_label("Photos").set_input_files([photo])  # type: ignore[list-item]
    page.get_by_role("button", name="Ask for a return").tap()
    expect(page.get_by_text("The shop has your request")).to_be_visible()
    look(buyer)


def _accept(desk: Desk) -> Page:
    page = desk.go("shipping/returns")
    desk.look()
    page.get_by_role("link", name="Return 1", exact=True).click()
    expect(page.get_by_text("The handle broke off.")).to_be_visible()
    shown = page.get_by_role("img", name="Photo 1 from the buyer")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_label("Words for the buyer").fill("Sorry about that. Send it back, the way is on us.")
    desk.look()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name="The label for the way back")).to_be_visible()
    return page


def _label(desk: Desk, number: int) -> str:
    """Buy the label for the parcel back and send it. Returns its tracking number."""
    page = desk.page
    page.get_by_role("link", name="Choose a rate").click()
    expect(page.get_by_role("radio").first).to_be_checked(timeout=SLOW)
    page.get_by_role("button", name="Buy this label").click()
    code = _number(page, "Return parcel")
    desk.go("shipping/returns/1")
    page.get_by_role("button", name="Send the label to the buyer").click()
    expect(page.get_by_text("Label sent", exact=True)).to_be_visible()
    return code


def _on_the_order(desk: Desk, number: int) -> None:
    page = desk.go(f"orders/{number}")
    expect(page.get_by_text("Return 1: refunded the return")).to_be_visible()
    expect(page.get_by_text("Partly refunded").first).to_be_visible(timeout=SLOW)
