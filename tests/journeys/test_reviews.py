"""A review from the library of a phone to the product's page, with the seller's answer, a report, and what the platform makes of it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Town, Walker
from tests.journeys.test_first_sale import into_the_cart, pay

pytestmark = pytest.mark.journey
PACK = "/s/tessera-textures/whitewashed-brick"
WORDS = "Lime that looks like lime.\nIt repeats without a seam."
ANSWER = "Thank you! The next pack has moss."
PATIENCE = 90_000


def buy(page: Page, town: Town) -> None:
    into_the_cart(page, PACK)
    page.goto("/cart")
    page.get_by_role("button", name="Check out").first.click()
    page.get_by_role("button", name=re.compile(r"^Pay ")).last.click()
    pay(page, town)
    page.wait_for_url(re.compile(r"/checkout/.+/done"), timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Your downloads are ready")).to_be_visible(timeout=PATIENCE)


def look(walker: Walker) -> None:
    """Nothing serious for axe, and nothing wider than the screen."""
    assert walker.axe() == [], walker.page.url
    wide, screen = walker.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen, f"{walker.page.url} is {wide} px wide"


def begin_anew(page: Page) -> None:
    """On the page of the purchase: what an earlier walk through this town left behind is taken back."""
    page.goto("/library")
    page.get_by_role("link", name="Whitewashed brick").first.click()
    gone = page.get_by_role("button", name="Delete it")
    if gone.is_visible():
        gone.click()
        expect(page.get_by_text("Your review is deleted.")).to_be_visible()


def write(buyer: Walker) -> None:
    """By keyboard alone: the stars are radio buttons."""
    page = buyer.page
    mine = page.locator("#review")
    expect(mine.get_by_role("heading", name="What do you think of it?")).to_be_visible()
    look(buyer)
    mine.get_by_role("radio", name="1 star: Poor").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(mine.get_by_role("radio", name="4 stars: Very good")).to_be_checked()
    mine.get_by_label("Your words").fill(WORDS)
    mine.get_by_role("button", name="Publish the review").click()
    expect(page.get_by_text("Thank you. Your review is published.")).to_be_visible()
    expect(page.locator("#review")).to_contain_text("Lime that looks like lime.")
    look(buyer)


def answer(seller: Walker) -> None:
    """The list that was open before shows the review by itself."""
    page = seller.page
    case = page.locator(".opinion-case", has_text="Lime that looks like lime.").first
    expect(case).to_be_visible(timeout=PATIENCE)
    case.locator("summary", has_text="Answer").click()
    case.get_by_label("Your answer").fill(ANSWER)
    look(seller)
    case.get_by_role("button", name="Publish the answer").click()
    expect(page.get_by_text("Your answer stands below the review.")).to_be_visible()
    look(seller)


def read(visitor: Walker) -> None:
    """Somebody without an account and without scripts."""
    page = visitor.page
    page.goto(PACK)
    review = page.locator(".opinion", has_text="Lime that looks like lime.").first
    expect(review).to_contain_text("Verified buyer")
    expect(review).to_contain_text(ANSWER)
    expect(review.get_by_role("img", name="4 of 5 stars")).to_be_visible()
    page.locator(".product-buy a[href='#reviews']").click()
    expect(page.get_by_role("heading", name="Reviews", exact=True)).to_be_in_viewport()
    page.goto(f"{PACK}/reviews?stars=4")
    expect(page.locator(".opinion", has_text="Lime that looks like lime.").first).to_be_visible()


def report(seller: Walker) -> None:
    page = seller.page
    page.goto("/w/tessera/reviews")
    case = page.locator(".opinion-case", has_text="Lime that looks like lime.").first
    case.locator("summary", has_text="Report").click()
    case.get_by_label("What is wrong with it").select_option("elsewhere")
    case.get_by_label("Which words, and why").fill("This is about the weather.")
    case.get_by_role("button", name="Report it").click()
    expect(page.get_by_text(re.compile("^Reported. Somebody from Guildhall reads it"))).to_be_visible()


def decide(operator: Walker) -> None:
    page = operator.page
    page.goto("/admin/reviews")
    case = page.locator(".opinion-case", has_text="Lime that looks like lime.").first
    look(operator)
    case.get_by_label("Why, in words for both sides").fill("It is about a wall, and so is the pack.")
    case.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("It stays where everybody reads it.")).to_be_visible()


def test_a_review_is_written_answered_read_and_kept(walker: Any, town: Town) -> None:
    buyer, seller, operator = walker(**PHONE), walker(**DESKTOP), walker(**DESKTOP)
    buyer.sign_in("elif@demo.guildhall.example")
    seller.sign_in("tomas@demo.guildhall.example")
    operator.sign_in("nadia@demo.guildhall.example")
    buy(buyer.page, town)
    begin_anew(buyer.page)
    seller.page.goto("/w/tessera/reviews")
    write(buyer)
    answer(seller)
    read(walker(**DESKTOP, java_script_enabled=False))
    for path in (PACK, f"{PACK}/reviews"):
        buyer.page.goto(path)
        look(buyer)
    report(seller)
    decide(operator)
    buyer.page.goto("/inbox")
    expect(buyer.page.get_by_text("answered your review").first).to_be_visible(timeout=PATIENCE)
    buyer.page.goto(PACK)
    expect(buyer.page.locator(".opinion", has_text="Lime that looks like lime.").first).to_be_visible()
