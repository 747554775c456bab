"""A poll in two browsers: votes and its end arrive where it is read, and what a reader looked at or chose stays."""

import pytest
from playwright.sync_api import expect

from app.core import db
from app.forum import actions
from app.forum.models import Post
from tests.forum.conftest import actor
from tests.journeys.gathering import Gathering

pytestmark = pytest.mark.journey
SOON = 60_000


def test_a_poll_follows_in_place(forum: Gathering) -> None:
    town, world = forum.town, forum.town.world
    thread = town.start(world.alice, "Which paper?", "Choose.")
    with town.inside(world.alice):
        post = db.session().query(Post).filter(Post.thread_id == thread.id).one()
        actions.set_poll(actor(world.alice), post, "Which one?", ["Matte", "Glossy"], many=False, closes_at=None)
    looking, choosing, voting = (
        forum.reader(one).read(f"/threads/{thread.id}") for one in (None, world.fay, world.bob)
    )
    looking.get_by_role("link", name="Show the result").click()
    expect(looking.locator(".poll[data-looking]")).to_be_visible(timeout=SOON)
    choosing.get_by_role("radio", name="Glossy").check()

    voting.get_by_role("radio", name="Matte").check()
    voting.get_by_role("button", name="Vote", exact=True).click()
    expect(voting.locator(".poll-option.is-mine")).to_contain_text("Matte", timeout=SOON)
    expect(looking.locator(".poll-option", has_text="Matte")).to_contain_text("100 %", timeout=SOON)
    expect(choosing.locator("[data-poll-facts]")).to_contain_text("1 person voted", timeout=SOON)
    expect(choosing.get_by_role("radio", name="Glossy")).to_be_checked()

    with town.inside(world.alice):
        actions.close_poll(actor(world.alice), db.get(Post, post.id))
    for page in (looking, choosing, voting):
        expect(page.locator(".poll[data-closed]")).to_contain_text("closed", timeout=SOON)
