"""Twenty orders at once: a dry run, the purchase seen live, one file in the picked order, and the one that failed."""

import csv
import io
import re
import time
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP
from tests.journeys.desk import SLOW, Desk
from tests.journeys.warehouse import BATCH, Warehouse

pytestmark = pytest.mark.journey


def test_a_batch_of_twenty_with_one_bad_address(walker: Any, warehouse: Warehouse) -> None:
    desk = Desk(walker(**DESKTOP), warehouse)
    page = desk.go("orders?q=Batch&sort=-buyer")
    picked = list(reversed(warehouse.batch))
    expect(page.locator("#order-rows .row-link")).to_have_text([f"#{number}" for number in picked])
    page.get_by_label("Select all").check()
    expect(page.locator("[data-selected-count]")).to_have_text(str(BATCH))
    desk.look()
    page.get_by_role("button", name="Buy labels").click()
    page.wait_for_url(re.compile(r"/shipping/batches/\d+$"))
    _never_again(page)
    expect(page.get_by_role("heading", name="19 will get labels, 1 cannot")).to_be_visible(timeout=2 * SLOW)
    bad = page.locator("tr", has_text="Batch 03")
    expect(bad).to_contain_text("address")
    desk.look()
    page.get_by_role("button", name="Buy 19 labels").click()
    _never_again(page)
    expect(page.get_by_role("heading", name="19 of 20 labels bought")).to_be_visible(timeout=2 * SLOW)
    _mend(desk, page)
    page.get_by_role("button", name="Try the rest again").click()
    expect(page.get_by_role("heading", name="1 will get a label")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Buy 1 label").click()
    expect(page.get_by_role("heading", name="20 of 20 labels bought")).to_be_visible(timeout=SLOW)
    desk.look()
    _one_file(page, picked)
    _result(page, picked)


def _never_again(page: Page) -> None:
    """From here on the page changes by itself alone: loading it anew would wipe the mark out."""
    page.evaluate("window.mark = true")


def _mend(desk: Desk, batch: Page) -> None:
    """In another tab: the row's own link leads to the order, where its address is corrected."""
    assert batch.evaluate("window.mark") is True, "the progress was not live"
    page = desk.walker.open()
    page.goto(batch.locator("tr", has_text="Batch 03").get_by_role("link", name="Fix it").get_attribute("href") or "")
    page.get_by_text("Correct the address for this parcel").click()
    page.get_by_label("Address", exact=True).fill("179 N Harbor Dr")
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_role("radio").first).to_be_checked(timeout=SLOW)
    page.close()


def _one_file(page: Page, picked: list[int]) -> None:
    """A page per order, each with its order's number, in the order of the list."""
    shown = page.get_by_role("link", name="Labels", exact=True).or_(page.get_by_role("button", name="Print labels"))
    expect(shown).to_be_visible(timeout=SLOW)
    for _ in range(100):
        if (file := page.request.get(f"{page.url}/labels.pdf")).status != 409:  # still being drawn
            break
        time.sleep(0.3)
    assert file.ok and file.headers["content-type"] == "application/pdf"
    pages = [sheet.get_textpage().get_text_range() for sheet in pypdfium2.PdfDocument(file.body())]
    assert len(pages) == BATCH
    assert [number for number, words in zip(picked, pages, strict=True) if f"#{number}" not in words] == []


def _result(page: Page, picked: list[int]) -> None:
    with page.expect_download() as started:
        page.get_by_role("link", name="Result as a file").click()
    rows = list(csv.DictReader(io.StringIO(started.value.path().read_text(encoding="utf-8-sig"))))
    assert [int(row["order"]) for row in rows] == picked
    assert {row["state"] for row in rows} == {"Bought"} and len({row["tracking_number"] for row in rows}) == BATCH
