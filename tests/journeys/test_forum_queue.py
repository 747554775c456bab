"""A moderator works through the queue with the keyboard, and the one concerned answers; with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from app.core import db
from app.forum import actions
from app.forum.actions import flagging
from app.forum.models import Post, Thread
from tests.forum.conftest import Town, actor
from tests.journeys.conftest import PHONE
from tests.journeys.desk import look
from tests.journeys.gathering import Gathering

pytestmark = pytest.mark.journey
SOON = 60_000
"""Milliseconds that a slow machine may take."""


def fill(town: Town) -> None:
    """Three posts to decide on: a first one with a link, and two that Fay flags."""
    world = town.world
    thread = town.start(world.alice, "Which lamp for a north window?")
    with town.inside(world.charlie):
        here = db.get(Thread, thread.id)
        actions.reply(actor(world.charlie), here, "I sell good ones: [my shop](https://lamps.example)")
    for words, reason in (("Only fools buy those.", "unkind"), ("My holiday was nice.", "off_topic")):
        post = town.reply(world.vera, thread, words)
        town.trust(world.fay)
        with town.inside(world.fay):
            flagging.flag(actor(world.fay), db.get(Post, post.id), reason)


def queue(page: Page, town: Town) -> Page:
    page.goto(f"/w/{town.world.north.slug}/forum/queue")
    return page


def test_the_queue_is_worked_through_with_the_keyboard(forum: Gathering) -> None:
    town, world = forum.town, forum.town.world
    fill(town)
    team = forum.reader(world.bob)
    page = queue(team.page, town)
    cases = page.locator("[data-case]")
    expect(cases).to_have_count(3)
    look(team)
    page.keyboard.press("j")
    expect(cases.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(cases.nth(1)).to_have_class("case card is-current")
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(cases).to_have_count(2, timeout=SOON)
    page.keyboard.press("h")
    dialog = page.get_by_role("dialog", name="Hide this post")
    expect(dialog).to_be_visible(timeout=SOON)
    look(team)
    dialog.get_by_label("Unkind to others").check()
    dialog.get_by_label("In your words").fill("Please stay kind.")
    dialog.get_by_role("button", name="Hide").click()
    expect(cases).to_have_count(1, timeout=SOON)
    page.keyboard.press("w")
    page.get_by_role("dialog", name="Warn its author").get_by_label("Not about the topic").check(timeout=SOON)
    page.get_by_role("dialog").get_by_role("button", name="Warn").click()
    expect(page.get_by_text("Nothing waits for a decision")).to_be_visible(timeout=SOON)
    look(team)


def test_a_decision_is_read_and_answered_without_scripts(forum: Gathering) -> None:
    town, world = forum.town, forum.town.world
    fill(town)
    team = forum.reader(world.bob, java_script_enabled=False)
    page = queue(team.page, town)
    page.locator("[data-case]").nth(0).get_by_role("link", name="Hide", exact=False).first.click()
    page.get_by_label("Advertising or spam").check()
    page.get_by_role("button", name="Hide").click()
    expect(page.locator("[data-case]")).to_have_count(2)
    charlie = forum.reader(world.charlie, **PHONE)
    told = charlie.page
    told.goto(f"{town.path}/decisions")
    look(charlie)
    told.get_by_text("Appeal against this decision").click()
    told.get_by_label("Your words to the team").fill("It is a lamp, and he asked for lamps.")
    told.get_by_role("button", name="Send appeal").click()
    expect(told.get_by_text("Waiting for an answer")).to_be_visible(timeout=SOON)
    expect(queue(page, town).get_by_text("A colleague answers")).to_be_visible()
    page = forum.reader(world.ada, java_script_enabled=False).page
    queue(page, town).get_by_role("link", name="Answer").click()
    page.get_by_label("Undo it").check()
    page.get_by_label("Your words to the person").fill("You are right.")
    page.get_by_role("button", name="Answer").click()
    told.reload()
    expect(told.get_by_text("You are right.").first).to_be_visible(timeout=SOON)
    visitor = forum.reader()
    visitor.page.goto(f"{town.path}/moderation")
    expect(visitor.page.get_by_text("agreed with an appeal")).to_be_visible()
    look(visitor)
