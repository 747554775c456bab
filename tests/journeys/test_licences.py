"""A program's key from the checkout to the refund: bought, used by a program, freed by its buyer, and closed with the money."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Town
from tests.journeys.test_first_sale import into_the_cart, pay

pytestmark = pytest.mark.journey
WEAVE = "/s/tessera-textures/weave-the-texture-mixer"
PATIENCE = 120


def ask(page: Page, town: Town, verb: str, key: str, **sent: str) -> dict[str, Any]:
    """What the program hears; it has nothing of the browser but its network."""
    answer = page.context.request.post(
        f"{town.url}/api/v1/licences/{verb}", data={"key": key, "workspace": "tessera", **sent}
    )
    return dict(answer.json())


def buy(page: Page, town: Town) -> str:
    """As a guest. Returns the order's number."""
    into_the_cart(page, WEAVE)
    page.goto("/cart")
    page.get_by_role("button", name="Check out").first.click()
    page.get_by_label("E-mail").fill("weaver@example.test")
    page.get_by_label("Name").first.fill("Wanda Weaver")
    page.get_by_role("button", name="Continue to").click()
    page.get_by_role("button", name=re.compile(r"^Pay ")).last.click()
    pay(page, town)
    page.wait_for_url(re.compile(r"/checkout/.+/done"), timeout=30_000)
    expect(page.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="Your downloads are ready")).to_be_visible(timeout=60_000)
    return page.get_by_text(re.compile(r"^#\d+$")).first.inner_text().removeprefix("#")


def refund(page: Page, number: str) -> None:
    page.goto(f"/w/tessera/orders/{number}/refunds/new")
    page.get_by_label("Units").fill("1")
    page.get_by_label("Amount").fill("39.00")
    page.get_by_role("button", name="Preview what happens").click()
    expect(page.get_by_text("1 licence key closes")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Refund ")).click()
    page.wait_for_url(re.compile(rf"/orders/{number}"))


def test_a_key_is_bought_used_freed_and_closed(walker: Any, town: Town) -> None:
    buyer, seller = walker(**PHONE), walker(**DESKTOP)
    page = buyer.page
    number = buy(page, town)
    key = page.get_by_text(re.compile(r"^WEAVE(-[0-9A-Z]{5}){6}$")).first.inner_text()
    page.get_by_role("link", name="Open", exact=True).first.click()
    expect(page.get_by_text("0 of 3 seats used")).to_be_visible()
    made = ask(page, town, "activate", key, fingerprint="walker-1", name="Loom laptop")
    assert made["activated"] is True and made["file"]["format"] == "guildhall-licence-1"
    page.reload()
    expect(page.get_by_text("1 of 3 seats used")).to_be_visible()
    assert buyer.axe() == []
    page.get_by_role("button", name="Free this seat: Loom laptop").click()
    expect(page.get_by_text("0 of 3 seats used")).to_be_visible()
    assert ask(page, town, "validate", key, fingerprint="walker-1")["code"] == "activation_not_found"
    seller.sign_in("tomas@demo.guildhall.example")
    seller.page.goto(f"/w/tessera/orders/{number}")
    expect(seller.page.get_by_role("heading", name="Licences")).to_be_visible()
    seller.page.get_by_role("link", name=f"…{key[-5:]}").click()
    expect(seller.page.get_by_text("Freed by the buyer: Loom laptop")).to_be_visible()
    assert seller.axe() == []
    refund(seller.page, number)
    until = time.monotonic() + PATIENCE
    while ask(page, town, "validate", key)["code"] != "licence_revoked":
        assert time.monotonic() < until, "the refund never reached the key"
        page.wait_for_timeout(2_000)
    page.reload()
    expect(page.get_by_text("This was refunded, so the key is closed.", exact=False)).to_be_visible()
    expect(page.get_by_text(key)).to_have_count(0)
