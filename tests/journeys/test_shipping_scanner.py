"""Scanner mode, with a scanner that types and presses Enter: an order, its items, a wrong one, the label, the next order."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP
from tests.journeys.desk import SLOW, Desk
from tests.journeys.warehouse import Warehouse

pytestmark = pytest.mark.journey
EARS = """
class Heard extends AudioContext {
  createOscillator() {
    const tone = super.createOscillator(), start = tone.start.bind(tone);
    tone.start = (...when) => { sessionStorage.tones = (sessionStorage.tones ?? "") + tone.frequency.value + " "; start(...when); };
    return tone;
  }
}
window.AudioContext = Heard;
"""
GOOD, BAD = "880", "196"


def test_scan_verify_print_next(walker: Any, warehouse: Warehouse) -> None:
    desk, number = Desk(walker(**DESKTOP), warehouse), warehouse.alone["scanner"]
    page = desk.go(f"shipping/orders/{number}")
    page.add_init_script(EARS)
    page.get_by_role("button", name="Pack and get rates").click()
    expect(page.get_by_role("radio").first).to_be_checked(timeout=SLOW)
    page.get_by_role("button", name="Buy this label").click()
    expect(page.get_by_role("button", name="Print label")).to_be_visible(timeout=SLOW)

    desk.go("shipping/scan")
    desk.look()
    _scan(page, str(number))
    expect(page.get_by_role("heading", name=f"Order #{number}")).to_be_visible()
    expect(page.get_by_text("3 to scan")).to_be_visible()
    _scan(page, "WRONG-99")
    expect(page.get_by_role("status").filter(has_text="WRONG-99 does not belong in this parcel")).to_be_visible()
    assert _tones(page) == [BAD]
    desk.look()
    for code, left in (("TIDE-01", "2 to scan"), ("MUG-01", "1 to scan")):
        _scan(page, code)
        expect(page.get_by_text(left)).to_be_visible()
    _scan(page, "TIDE-01")
    expect(page.get_by_text("Too many: this parcel takes 1 of TIDE-01")).to_be_visible()
    _scan(page, "mug-01")
    expect(page.get_by_text("Complete", exact=True)).to_be_visible()
    expect(page.get_by_text("Checked", exact=True)).to_be_visible()
    assert _tones(page) == [BAD, GOOD, GOOD, BAD, GOOD]
    desk.look()
    with desk.walker.context.expect_page():
        page.keyboard.press("Enter")
    page.bring_to_front()
    _scan(page, str(warehouse.batch[0]))
    expect(page.get_by_role("heading", name=f"Order #{warehouse.batch[0]}")).to_be_visible()
    desk.go(f"orders/{number}")
    for words in ("Printed the label", "Packed: every item was scanned"):
        expect(page.get_by_text(words)).to_be_visible()


def _scan(page: Page, code: str) -> None:
    """As the scanner does: into whatever has the focus, which must be the field."""
    expect(page.get_by_role("textbox", name="Scan")).to_be_focused()
    page.keyboard.type(code)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _tones(page: Page) -> list[str]:
    """Every tone so far, by its frequency."""
    return str(page.evaluate("sessionStorage.tones ?? ''")).split()
