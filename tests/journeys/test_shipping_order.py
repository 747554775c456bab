"""One order from the list to its label and on to the next: with keys alone at a desk, with a thumb alone on a phone."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.desk import SLOW, Desk, focused, tab_to
from tests.journeys.warehouse import Warehouse

pytestmark = pytest.mark.journey


def test_by_keyboard_alone(walker: Any, warehouse: Warehouse) -> None:
    desk, number = Desk(walker(**DESKTOP), warehouse), warehouse.alone["keyboard"]
    page, keys = desk.go("orders?sort=placed"), desk.page.keyboard
    for _ in range(30):
        keys.press("j")
        if focused(page) == f"#{number}":
            break
    keys.press("Enter")
    page.wait_for_url(re.compile(rf"/orders/{number}\?"))
    expect(page.get_by_role("button", name="Pack and get rates")).to_be_visible()
    keys.press("b")
    page.wait_for_url(re.compile(rf"/shipping/orders/{number}$"))
    expect(page.get_by_role("radio").first).to_be_checked(timeout=SLOW)
    desk.look()
    tab_to(page, r"\|\d+\|")
    keys.press("ArrowDown")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    assert focused(page)
    keys.press("Enter")
    expect(page.get_by_role("button", name="Print label")).to_be_visible(timeout=SLOW)
    desk.look()
    with desk.walker.context.expect_page() as opened:
        keys.press("p")
    assert opened.value
    page.bring_to_front()
    expect(page.get_by_role("button", name="Print again")).to_be_visible()
    keys.press("s")
    expect(page.locator(".parcel").get_by_text("Sent", exact=True)).to_be_visible()
    keys.press("j")
    page.wait_for_url(re.compile(rf"/shipping/orders/(?!{number}$)\d+$"))


def test_by_touch_alone(walker: Any, warehouse: Warehouse) -> None:
    desk, number = Desk(walker(**PHONE), warehouse), warehouse.alone["touch"]
    page = desk.go("orders")
    desk.look()
    page.get_by_role("link", name=f"#{number}").tap()
    page.get_by_role("button", name="Pack and get rates").tap()
    expect(page.get_by_role("radio").first).to_be_checked(timeout=SLOW)
    desk.look()
    page.locator("label.rate").nth(1).tap()
    page.get_by_role("button", name="Buy this label").tap()
    expect(page.get_by_role("button", name="Print label")).to_be_visible(timeout=SLOW)
    desk.look()
    with desk.walker.context.expect_page() as opened:
        page.get_by_role("button", name="Print label").tap()
    assert opened.value
    page.bring_to_front()
    page.get_by_role("button", name="It left the house").tap()
    expect(page.locator(".parcel").get_by_text("Sent", exact=True)).to_be_visible()
    page.get_by_role("link", name="Next").tap()
    page.wait_for_url(re.compile(rf"/shipping/orders/(?!{number}$)\d+$"))
