"""The shipping desk: what journeys of fulfilment do and look at again and again."""

import re
from typing import Any

from playwright.sync_api import Page

from tests.journeys.conftest import Walker
from tests.journeys.warehouse import OWNER, Warehouse

SLOW = 30_000
"""Milliseconds for what a worker and a provider have to do first."""


class Desk:
    """A seller's browser in the warehouse. Errors on its console are troubles of the walker, which fail the journey."""

    def __init__(self, walker: Walker, warehouse: Warehouse, email: str = OWNER) -> None:
        self.walker, self.page, self.warehouse = walker, walker.page, warehouse
        listen(walker)
        walker.sign_in(email)

    def go(self, place: str) -> Page:
        self.page.goto(self.warehouse.path(place))
        return self.page

    def look(self) -> None:
        look(self.walker)


def listen(walker: Walker) -> None:
    """Take every error on the console as trouble."""
    walker.page.on("console", lambda said: walker.troubles.append(said.text) if said.type == "error" else None)


def look(walker: Walker) -> None:
    """What holds for every page met: nothing serious for axe, and nothing wider than the screen."""
    page = walker.page
    assert walker.axe() == [], page.url
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen, f"{page.url} is {wide} px wide"


def focused(page: Page) -> str:
    """The text of the element with focus, which must be seen to have it."""
    seen: dict[str, Any] = page.evaluate(
        """() => { const on = document.activeElement, ring = on.closest("label.rate") ?? on, style = getComputedStyle(ring);
        return { text: (on.innerText || on.value || "").trim(), ring: on.matches(":focus-visible") && style.outlineStyle !== "none"
          && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none" }; }"""
    )
    assert seen["ring"], f"focus is not visible on {seen['text']!r}"
    return str(seen["text"])


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the element with these words has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if re.search(words, focused(page)):
            return
    raise AssertionError(f"Tab never came to {words!r}")
