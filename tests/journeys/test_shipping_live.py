"""A parcel on its way: seller's list and buyer's page follow it without being reloaded, and the buyer gets a mail."""

import re
import time
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, PHONE, Town, Walker
from tests.journeys.desk import SLOW, Desk, listen, look
from tests.journeys.warehouse import BUYER, Warehouse

pytestmark = pytest.mark.journey


def test_list_and_tracking_page_follow_the_parcel(walker: Any, town: Town, warehouse: Warehouse) -> None:
    book, desk, number = Desk(walker(**DESKTOP), warehouse), Desk(walker(**DESKTOP), warehouse), warehouse.alone["live"]
    row = book.go("orders?view=all&q=Live+Journey").locator("#order-rows tr", has_text=f"#{number}")
    row.get_by_role("checkbox").check()
    expect(row).to_contain_text("To ship")
    page = desk.go(f"shipping/orders/{number}")
    page.get_by_role("button", name="Pack and get rates").click()
    expect(page.get_by_role("radio").first).to_be_checked(timeout=SLOW)
    page.get_by_role("button", name="Buy this label").click()
    expect(row).to_contain_text("Label bought", timeout=SLOW)
    expect(row.get_by_role("checkbox")).to_be_checked()

    buyer, code = walker(**PHONE), _number(desk)
    buyer.sign_in(BUYER)
    _open_tracking(buyer, desk)
    for step, heading, said in (
        ("accepted", "On its way", "On its way"),
        ("out_for_delivery", "Out for delivery", "Out for delivery"),
        ("delivered", "Delivered", "Delivered"),
    ):
        moved = requests.post(f"{town.sandbox}/_sandbox/parcels/{code}/scans", json={"step": step}, timeout=20)
        assert moved.ok, moved.text
        expect(row).to_contain_text(said, timeout=SLOW)
        expect(buyer.page.get_by_role("heading", level=1)).to_have_text(heading, timeout=SLOW)
    look(buyer)
    book.look()
    assert _mail(town, "Your parcel was delivered", number)
    desk.go("shipping?view=delivered")
    expect(desk.page.locator("tr", has_text=f"#{number}")).to_contain_text("Delivered")
    desk.look()


def _number(desk: Desk) -> str:
    """The tracking number that the order's page shows."""
    found = desk.page.locator(".label-line").get_by_text(re.compile(r"^\d{12,}$|^1Z"))
    expect(found).to_be_visible(timeout=SLOW)
    return str(found.inner_text())


def _open_tracking(buyer: Walker, desk: Desk) -> None:
    """The page that the buyer will find in the mail; the seller's page links to it."""
    listen(buyer)
    link = desk.page.get_by_role("link", name="The buyer's tracking page")
    expect(link).to_be_visible()
    buyer.page.goto(link.get_attribute("href") or "")
    expect(buyer.page.get_by_role("heading", level=1)).to_have_text("Being packed")
    look(buyer)


def _mail(town: Town, subject: str, number: int) -> bool:
    """Whether the mailbox has it for the buyer; mails are sent by a worker, so it may take a moment."""
    for _ in range(150):
        mails = requests.get(f"{town.sandbox}/_sandbox/mails", params={"to": BUYER}, timeout=20).json()
        if any(mail["subject"] == f"{subject} (order {number} from {_shop(mail)})" for mail in mails):
            return True
        time.sleep(0.2)
    return False


def _shop(mail: dict[str, Any]) -> str:
    return str(mail["subject"]).rpartition(" from ")[2].rstrip(")")
