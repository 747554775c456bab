"""Somebody is told while they read something else: the bell counts, the tray opens by a key, and it all works by plain pages."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, PHONE, Town, Walker
from tests.journeys.desk import SLOW, listen, look
from tests.journeys.news import tell

pytestmark = pytest.mark.journey


@pytest.fixture
def threads() -> tuple[str, str, str]:
    """Titles that no earlier walk heard of."""
    mark = secrets.token_hex(3)
    return f"Which paper for {mark}?", f"Frames {mark}", f"Sea glass {mark}"


def nothing_new(walker: Walker) -> None:
    """Whatever the demo told them before is read."""
    walker.page.goto("/inbox")
    if walker.page.get_by_role("button", name="Mark all read").count():
        walker.page.get_by_role("button", name="Mark all read").click()
        expect(walker.page.get_by_role("button", name="Mark all read")).to_have_count(0)


def test_the_bell_counts_while_one_looks_and_n_opens_the_tray(
    walker: Any, town: Town, threads: tuple[str, str, str]
) -> None:
    paper, frames, glass = threads
    reader, email = walker(**DESKTOP), "vera@demo.guildhall.example"
    listen(reader)
    reader.sign_in(email)
    nothing_new(reader)
    page = reader.page
    page.goto("/purchases")
    count = page.locator("#inbox-link .inbox-count")
    expect(count).to_be_empty()
    tell(town.folder, email, paper)
    expect(count).to_have_text(re.compile("^1"), timeout=SLOW)
    tell(town.folder, email, paper, frames)
    expect(count).to_have_text(re.compile("^2"), timeout=SLOW)

    page.keyboard.press("n")
    tray = page.get_by_role("dialog", name="Inbox")
    expect(tray.get_by_role("listitem").filter(has_text=paper)).to_contain_text("2 replies")
    expect(tray.get_by_role("button", name=re.compile("Mark read: "))).to_have_count(2)
    look(reader)
    tray.get_by_role("button", name=f"Mark read: {frames}").click()
    expect(tray.get_by_role("button", name=f"Mark read: {frames}")).to_have_count(0)
    expect(count).to_have_text(re.compile("^1"), timeout=SLOW)
    tray.get_by_role("link", name=re.compile(re.escape(paper))).click()
    page.wait_for_url(re.compile("/library$"))
    expect(count).to_be_empty()

    page.goto("/inbox")
    tell(town.folder, email, glass)
    expect(page.get_by_role("listitem").filter(has_text=glass)).to_be_visible(timeout=SLOW)
    look(reader)
    page.goto("/me/notifications")
    look(reader)


def test_the_inbox_works_without_scripts(walker: Any, town: Town, threads: tuple[str, str, str]) -> None:
    paper, frames, _ = threads
    reader, email = walker(**PHONE, java_script_enabled=False), "mei@demo.guildhall.example"
    reader.sign_in(email)
    nothing_new(reader)
    tell(town.folder, email, paper, frames)
    page = reader.page
    page.goto("/library")
    page.get_by_role("link", name=re.compile("Inbox")).first.click()
    page.get_by_role("button", name=f"Mark read: {frames}").click()
    expect(page.get_by_role("button", name=re.compile("Mark read: "))).to_have_count(1)
    page.get_by_role("link", name=re.compile(re.escape(paper))).click()
    page.wait_for_url(re.compile("/library$"))
    page.goto("/inbox?unread=1")
    expect(page.get_by_role("heading", name="Nothing new")).to_be_visible()
    page.goto("/me/notifications")
    page.get_by_label("Replies: e-mail").select_option("never")
    page.get_by_role("button", name="Save choices").click()
    expect(page.get_by_label("Replies: e-mail")).to_have_value("never")
