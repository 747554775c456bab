"""A visitor buys from two sellers at once, downloads, and both sellers see it arrive without reloading."""

import hashlib
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Town

pytestmark = pytest.mark.journey
PRINT, PACK = "/s/deep-field-prints/quiet-corner-of-the-sky", "/s/tessera-textures/sea-glass"


def into_the_cart(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("link", name="View cart")).to_be_visible()


def check_out(page: Page, email: str) -> None:
    """From the cart to the payment page, as a guest."""
    page.goto("/cart")
    page.get_by_role("button", name="Check out").first.click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Name").first.fill("Grete Sommer")
    page.get_by_role("button", name="Continue to").click()
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Street and number").fill("4 Quay Street")
    page.get_by_label("Postcode").fill("BS1 4DJ")
    page.get_by_label(re.compile("^(City|Town|Post town)")).first.fill("Bristol")
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name=re.compile(r"^Pay ")).last.click()


def pay(page: Page, town: Town, card: str = "4242") -> None:
    """On the sandbox's hosted page: fill a test card and press Pay."""
    page.wait_for_url(lambda url: url.startswith(town.sandbox), timeout=30_000)
    page.get_by_role("button", name=re.compile(rf"{card}")).first.click()
    page.get_by_role("button", name=re.compile(r"^Pay ")).click()


def download_the_pack(page: Page) -> bytes:
    expect(page.get_by_role("heading", name="Your downloads are ready")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Open", exact=True).first.click()
    page.wait_for_url(re.compile("/library/"))
    with page.expect_download() as started:
        page.get_by_role("button", name=re.compile("Download")).first.click()
    return started.value.path().read_bytes()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_two_sellers_one_payment(walker: Any, town: Town, device: dict[str, Any]) -> None:
    sellers = []
    for email, place in (("nadia@demo.guildhall.example", "deep-field"), ("tomas@demo.guildhall.example", "tessera")):
        seller = walker(**DESKTOP)
        seller.sign_in(email)
        seller.page.goto(f"/w/{place}/orders")
        sellers.append(seller.page)
    buyer = walker(**device)
    buyer.page.goto("/discover?q=quiet+cornr")
    expect(buyer.page.get_by_role("link", name=re.compile("Quiet corner")).first).to_be_visible()
    into_the_cart(buyer.page, PRINT)
    into_the_cart(buyer.page, PACK)
    check_out(buyer.page, "grete@example.test")
    pay(buyer.page, town)
    buyer.page.wait_for_url(re.compile(r"/checkout/.+/done"), timeout=30_000)
    expect(buyer.page.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible(timeout=30_000)
    for page in sellers:
        expect(page.get_by_text(re.compile(r"\d+ new order"))).to_be_visible(timeout=10_000)
    data = download_the_pack(buyer.page)
    assert data.startswith(b"PK\x03\x04")
    assert hashlib.sha256(data).hexdigest() == _sold_hash()


def _sold_hash() -> str:
    """What Tomás uploaded, made again: the demo's wares are made the same every time."""
    import zipfile
    from io import BytesIO

    from app.seeds.wares import tessera

    ware = next(one for one in tessera.WARES if one.title == "Sea glass")
    data = ware.files[0][1]()
    assert zipfile.ZipFile(BytesIO(data)).testzip() is None
    return hashlib.sha256(data).hexdigest()


def test_the_same_without_javascript(walker: Any, town: Town) -> None:
    buyer = walker(**DESKTOP, java_script_enabled=False)
    page = buyer.page
    page.goto(PACK)
    page.get_by_role("button", name="Add to cart").click()
    page.goto("/cart")
    page.get_by_role("button", name="Check out").first.click()
    page.get_by_label("E-mail").fill("noscript@example.test")
    page.get_by_label("Name").first.fill("No Script")
    page.get_by_role("button", name="Continue to").click()
    page.get_by_role("button", name=re.compile(r"^Pay ")).last.click()
    pay(page, town)
    page.wait_for_url(re.compile(r"/checkout/.+/done"), timeout=30_000)
    expect(page.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible(timeout=30_000)
    assert download_the_pack(page).startswith(b"PK\x03\x04")


def test_a_declined_card_keeps_the_cart(walker: Any, town: Town) -> None:
    buyer = walker(**PHONE)
    into_the_cart(buyer.page, PACK)
    buyer.page.goto("/cart")
    buyer.page.get_by_role("button", name="Check out").first.click()
    buyer.page.get_by_label("E-mail").fill("declined@example.test")
    buyer.page.get_by_label("Name").first.fill("De Clined")
    buyer.page.get_by_role("button", name="Continue to").click()
    buyer.page.get_by_role("button", name=re.compile(r"^Pay ")).last.click()
    pay(buyer.page, town, card="0002")
    expect(buyer.page.get_by_role("alert").first).to_contain_text("not been charged")
    buyer.page.get_by_role("link", name=re.compile("Back to")).click()
    buyer.page.goto("/cart")
    expect(buyer.page.get_by_text("Sea glass").first).to_be_visible()


def test_pages_pass_axe_on_a_narrow_phone(walker: Any, town: Town) -> None:
    person = walker(viewport={"width": 320, "height": 700})
    findings = {}
    for path in ("/", "/discover", "/s/kiln-whisker", PRINT, "/cart", "/sign-in", "/sign-up"):
        person.page.goto(path)
        if found := person.axe():
            findings[path] = found
        assert person.page.evaluate("document.documentElement.scrollWidth") <= 320, path
    assert findings == {}


def test_seller_pages_pass_axe(walker: Any, town: Town) -> None:
    seller = walker(**DESKTOP)
    seller.sign_in("nadia@demo.guildhall.example")
    findings = {}
    for path in (
        "",
        "orders",
        "products",
        "inventory",
        "shops",
        "discounts",
        "payouts",
        "members",
        "audit",
        "settings",
    ):
        answer = seller.page.goto(f"/w/deep-field/{path}")
        assert answer is not None and answer.status == 200, path
        if found := seller.axe():
            findings[path] = found
    assert findings == {}
