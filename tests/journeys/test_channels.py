"""A marketplace is connected and sells: its consent page and back, an order arrives live, its own label, tracking, and the numbers agree."""

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Town
from tests.journeys.desk import SLOW, listen, look

pytestmark = pytest.mark.journey
SELLER, PLACE = "nadia@demo.guildhall.example", "/w/deep-field"
SKU = "QUIET-CORNER-OF-THE-SKY-A4"


def test_a_tiktok_shop_is_connected_and_sells(walker: Any, town: Town) -> None:
    seller, phone = walker(**DESKTOP), walker(**PHONE)
    for one in (seller, phone):
        listen(one)
        one.sign_in(SELLER)
    page = seller.page
    _connect(page)
    page.goto(f"{PLACE}/channels")
    card = page.get_by_role("article").filter(has_text="Deep Field Prints on TikTok")
    expect(card.get_by_text("30 of 30 matched")).to_be_visible(timeout=2 * SLOW)
    expect(card.get_by_text("Webhooks arrive")).to_be_visible(timeout=SLOW)
    look(seller)

    page.goto(f"{PLACE}/orders?view=all&channel=tiktok")
    shop = _shop(town)
    before = _stock(town, shop)
    placed = _door(town, f"market/tiktok/{shop}/orders", sku=SKU, quantity=2, platform_ships=True)[0]
    expect(page.locator("#new-orders")).to_contain_text("new order", timeout=2 * SLOW)
    row = page.locator("#order-rows tr").first
    for _ in range(60):  # the first orders of a new shop come at the same time: this one may not be here yet
        page.goto(f"{PLACE}/orders?view=all&q={placed['id']}")
        if row.count():
            break
        page.wait_for_timeout(1000)
    expect(row).to_contain_text("TikTok Shop")
    row.get_by_role("link").first.click()
    _label(page)
    look(seller)

    package = _look(town, f"market/tiktok/{shop}/orders/{placed['id']}")["packages"][0]
    assert package["tracking"]
    _door(town, f"market/tiktok/{shop}/orders/{placed['id']}/collect")
    expect(page.get_by_text(f"On its way, says the platform {package['tracking']}")).to_be_visible(timeout=2 * SLOW)

    phone.page.goto(f"{PLACE}/inventory/channels?q={SKU}")
    expect(phone.page.get_by_text("Agrees").first).to_be_visible(timeout=SLOW)
    look(phone)
    assert _stock(town, shop) <= before - 2, "others of the shop's first orders may have come meanwhile"


def _connect(page: Page) -> None:
    """Our page, TikTok's page of consent, and back."""
    page.goto(f"{PLACE}/channels")
    if page.get_by_role("article").filter(has_text="Deep Field Prints on TikTok").count():
        return  # by a first walk that was cut short
    page.get_by_role("link", name="TikTok Shop").click()
    page.get_by_role("button", name="Continue to TikTok Shop").click()
    page.get_by_role("button", name="Open the demo shop").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Deep Field Prints on TikTok is connected")).to_be_visible(timeout=2 * SLOW)


def _label(page: Page) -> None:
    """TikTok ships by itself, so only its own label is offered; it comes as a file of ours."""
    wanted = page.get_by_role("button", name="Get TikTok Shop’s label")
    expect(wanted).to_be_visible(timeout=2 * SLOW)
    expect(page.get_by_role("button", name="Pack and get rates")).to_have_count(0)
    wanted.click()
    expect(page.get_by_role("radio").first).to_be_visible(timeout=2 * SLOW)
    page.get_by_role("button", name="Get the label").click()
    expect(page.get_by_role("link", name="Print label")).to_be_visible(timeout=2 * SLOW)


def _door(town: Town, path: str, **body: Any) -> Any:
    answer = requests.post(f"{town.sandbox}/_sandbox/{path}", json=body, timeout=20)
    assert answer.ok, answer.text
    return answer.json()


def _look(town: Town, path: str) -> Any:
    answer = requests.get(f"{town.sandbox}/_sandbox/{path}", timeout=20)
    assert answer.ok, answer.text
    return answer.json()


def _shop(town: Town) -> str:
    (found,) = [one for one in _look(town, "market/shops") if one["platform"] == "tiktok"]
    return str(found["id"])


def _stock(town: Town, shop: str) -> int:
    """What buyers at TikTok can still buy of the SKU."""
    products = _look(town, f"market/tiktok/{shop}/products")
    (sku,) = [sku for product in products for sku in product["skus"] if sku["sku"] == SKU]
    return sum(sku["stock"].values())
