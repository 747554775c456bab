"""Several browsers in one thread: what one writes, the others read, and nobody's place or typed words are lost by it."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.core import db
from app.forum import actions
from app.forum.models import Post, Thread
from tests.forum.conftest import actor
from tests.journeys.conftest import PHONE
from tests.journeys.desk import look
from tests.journeys.gathering import Gathering

pytestmark = pytest.mark.journey
SOON = 60_000
"""Milliseconds that a slow machine may take; what it takes is measured by the bench."""


def write(page: Page, words: str) -> None:
    page.get_by_label("Your reply").fill(words)
    page.get_by_role("button", name="Post reply").click()


def post_with(page: Page, words: str) -> Any:
    return page.locator("#posts > .post", has_text=words)


def count(forum: Gathering, thread: Thread, words: str) -> int:
    """How many posts with these words the database holds."""
    with db.workspace(forum.town.world.north.id) as session:
        return session.query(Post).filter(Post.thread_id == thread.id, Post.body == words).count()


def test_a_reply_reaches_everybody_and_moves_nobody(forum: Gathering) -> None:
    world, thread = forum.town.world, forum.talk(20)
    path = f"/threads/{thread.id}"
    seller, above, typing, visitor = (forum.reader(one) for one in (world.alice, world.fay, world.charlie, None))
    seller.read(path)
    visitor.read(path).locator("#post-20").scroll_into_view_if_needed()
    above.read(path).locator("#post-4").scroll_into_view_if_needed()
    field = typing.read(path).get_by_label("Your reply")
    field.fill("Half a sentence, and")
    field.scroll_into_view_if_needed()
    expect(visitor.page.locator("#thread-presence")).to_contain_text("people are reading", timeout=SOON)
    was = above.page.evaluate("scrollY"), field.bounding_box()

    write(seller.page, "I **glaze** it twice.")
    for one in (seller, visitor, above, typing):
        expect(post_with(one.page, "glaze it twice")).to_have_count(1, timeout=SOON)
    expect(seller.page.locator("[data-sending]")).to_have_count(0, timeout=SOON)
    expect(post_with(visitor.page, "glaze").locator("strong", has_text="glaze")).to_have_count(1)
    pill = above.page.get_by_role("link", name="1 new reply")
    expect(pill).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("Half a sentence, and")
    now = above.page.evaluate("scrollY"), field.bounding_box()
    assert now[0] == was[0] and was[1] and now[1] and abs(now[1]["y"] - was[1]["y"]) < 2

    pill.click()
    expect(above.page.locator("#post-21")).to_be_focused()
    expect(pill).to_have_count(0)
    expect(above.page.locator("#post-21").get_by_role("link", name="Reply")).to_be_visible()
    look(above)


def test_an_answer_stands_below_its_branch_and_the_keys_work(forum: Gathering) -> None:
    world, thread = forum.town.world, forum.talk(12)
    fay, bob = forum.reader(world.fay), forum.reader(world.bob, **PHONE)
    path = f"/threads/{thread.id}"
    page, other = fay.read(path), bob.read(path)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#post-2")).to_be_focused()
    page.locator("#post-3").get_by_role("link", name="Reply").click()
    expect(page.get_by_text("In reply to #3 by Bob.")).to_be_visible()
    expect(page.get_by_label("Your reply")).to_be_focused()
    write(page, "To the third")
    for one in (page, other):
        expect(one.locator("#post-3 + .post-under")).to_contain_text("To the third", timeout=SOON)
    expect(page.locator("#post-13")).to_contain_text("Fay")
    page.locator("#post-13").focus()
    page.keyboard.press("u")
    page.wait_for_url(f"**{forum.town.path}/general")
    look(bob)


def test_votes_edits_and_locks_follow_in_place(forum: Gathering) -> None:
    world, thread = forum.town.world, forum.talk(3)
    fay, bob = forum.reader(world.fay), forum.reader(world.bob)
    page, other = (one.read(f"/threads/{thread.id}") for one in (fay, bob))
    page.locator("#post-2").get_by_role("button", name="Vote for this post").click()
    expect(page.locator("#post-2 .vote").first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#post-2 [data-score]")).to_have_text("1")
    expect(other.locator("#post-2 [data-score]")).to_have_text("1", timeout=SOON)
    page.get_by_label("Your reply").fill("Not yet")

    with forum.town.inside(world.bob):
        row = db.session().query(Post).filter(Post.thread_id == thread.id, Post.number == 3).one()
        actions.edit(actor(world.bob), row, row.version, "Said better")
    expect(page.locator("#post-3")).to_contain_text("Said better", timeout=SOON)
    expect(page.locator("#post-3")).to_contain_text("edited")
    with forum.town.inside(world.alice):
        actions.accept(actor(world.alice), db.get(Thread, thread.id), db.get(Post, row.id))
    expect(page.locator("#post-3.is-accepted")).to_contain_text("Answer", timeout=SOON)
    with forum.town.inside(world.bob):
        actions.take_back(actor(world.bob), db.get(Post, row.id))
    expect(page.locator("#post-3")).to_contain_text("taken away", timeout=SOON)
    expect(page.locator("#post-3")).not_to_contain_text("Said better")
    expect(page.get_by_label("Your reply")).to_have_value("Not yet")


def test_a_refused_vote_is_taken_back(forum: Gathering) -> None:
    thread = forum.talk(2)
    page = forum.reader(forum.town.world.fay).read(f"/threads/{thread.id}")
    page.route("**/votes", lambda route: route.abort())
    page.locator("#post-2").get_by_role("button", name="Vote for this post").click()
    expect(page.get_by_text("Your vote was taken back")).to_be_visible()
    expect(page.locator("#post-2 [data-score]")).to_have_text("0")
    forum.readers[0].troubles.clear()  # the browser itself reports the answer that never came


def test_a_reply_that_failed_is_sent_again_and_is_one_post(forum: Gathering) -> None:
    thread = forum.talk(3)
    reader = forum.reader(forum.town.world.fay)
    page = reader.read(f"/threads/{thread.id}")
    page.route("**/posts", lambda route: route.abort())
    write(page, "Through the tunnel")
    failed = page.locator(".post.is-failed")
    expect(failed).to_contain_text("No answer came")
    page.reload()
    expect(failed).to_contain_text("Through the tunnel")
    expect(failed).to_contain_text("No answer came")
    assert count(forum, thread, "Through the tunnel") == 0

    def lose(route: Route) -> None:
        """It arrives, and the answer does not."""
        headers = route.request.all_headers() | {"sec-fetch-site": "same-origin"}
        assert route.fetch(headers=headers, max_redirects=0).ok
        route.abort()

    page.unroute("**/posts")
    page.route("**/posts", lose)
    failed.get_by_role("button", name="Try again").click()
    expect(post_with(page, "Through the tunnel").locator("[data-score]")).to_have_count(1, timeout=SOON)
    expect(page.locator("[data-sending]")).to_have_count(0)
    assert count(forum, thread, "Through the tunnel") == 1
    page.reload()
    expect(post_with(page, "Through the tunnel")).to_have_count(1)
    reader.troubles.clear()  # the browser itself reports the answers that never came


def test_a_refused_reply_says_why_and_goes_back_into_the_box(forum: Gathering) -> None:
    world, thread = forum.town.world, forum.talk(2)
    reader = forum.reader(world.fay)
    page = reader.read(f"/threads/{thread.id}")
    with db.workspace(world.north.id):
        db.get(Thread, thread.id).locked_at = db.now()
    write(page, "Too late")
    failed = page.locator(".post.is-failed")
    expect(failed).to_contain_text("This thread is locked", timeout=SOON)
    failed.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Your reply")).to_have_value("Too late")
    expect(failed).to_have_count(0)
    assert count(forum, thread, "Too late") == 0
    reader.troubles.clear()  # the browser itself reports the refusal's status


def test_whose_purchase_was_refunded_hears_nothing_more(forum: Gathering) -> None:
    town, world = forum.town, forum.town.world
    town.give(world.fay)
    thread = forum.talk(2, category=town.buyers)
    fay, bob = forum.reader(world.fay), forum.reader(world.bob)
    page, other = (one.read(f"/threads/{thread.id}") for one in (fay, bob))
    stream = page.locator("#live").get_attribute("hx-sse:connect") or ""
    town.take(world.fay)
    town.reply(world.alice, thread, "Secret of the trade")
    expect(post_with(other, "Secret of the trade")).to_have_count(1, timeout=SOON)
    expect(page.get_by_text("News no longer reach this page")).to_be_visible(timeout=SOON)
    expect(post_with(page, "Secret of the trade")).to_have_count(0)
    assert fay.context.request.get(stream).status == 404
    assert "Secret" not in fay.context.request.get(f"/threads/{thread.id}/news?after=0").text()


def test_what_the_team_rearranges_is_seen_where_it_is_read(forum: Gathering) -> None:
    world, source, target = forum.town.world, forum.talk(9, title="Lamp"), forum.talk(4, title="Desk")
    alice = actor(world.alice)
    fay, visitor, beside, late = (forum.reader(one) for one in (world.fay, None, world.charlie, world.fay))
    field = fay.read(f"/threads/{source.id}").get_by_label("Your reply")
    field.fill("Half a sentence, and")
    visitor.read(f"/threads/{source.id}").locator("#post-7").scroll_into_view_if_needed()
    beside.read(f"/threads/{target.id}")
    late.read(f"/threads/{source.id}")

    with db.workspace(world.north.id, world.alice.id) as session:
        third = session.query(Post).filter(Post.thread_id == source.id, Post.number == 3).one()
        actions.split_thread(alice, db.get(Thread, source.id), {third.id}, "Apart")
        actions.move_thread(alice, db.get(Thread, source.id), actions.add_category(alice, name="Show and tell"))
    for one in (fay, visitor):
        expect(post_with(one.page, "Words of number 3.")).to_have_count(0, timeout=SOON)
        expect(one.page.locator("#posts > .post")).to_have_count(8)
        expect(one.page.locator("#post-8")).to_contain_text("Words of number 9.")
        expect(one.page.get_by_label("Breadcrumb")).to_contain_text("Show and tell", timeout=SOON)
        expect(one.page.get_by_label("How far you are in this thread")).to_have_attribute("max", "8")
    expect(field).to_have_value("Half a sentence, and")
    expect(field).to_be_focused()
    look(fay)

    with db.workspace(world.north.id, world.alice.id):
        actions.merge_threads(alice, db.get(Thread, source.id), db.get(Thread, target.id))
    for one in (fay, visitor, late):
        expect(one.page.get_by_role("link", name="Go to that thread")).to_be_visible(timeout=SOON)
    expect(post_with(beside.page, "Words of number 9.")).to_have_count(1, timeout=SOON)
    expect(field).to_have_value("Half a sentence, and")
    look(visitor)
    write(late.page, "Sent from the old page")
    late.page.wait_for_url(f"**/threads/{target.id}?at=13**", timeout=SOON)
    expect(post_with(beside.page, "Sent from the old page")).to_have_count(1, timeout=SOON)
    expect(post_with(beside.page, "Words of number 3.")).to_have_count(1)  # of «Desk»
    visitor.page.get_by_role("link", name="Go to that thread").click()
    expect(visitor.page.locator("#thread-title")).to_have_text("Desk")


def test_a_list_says_what_is_new_and_moves_when_asked(forum: Gathering) -> None:
    world, first = forum.town.world, forum.talk(2, title="The older thread")
    forum.talk(1, title="The newer thread")
    visitor = forum.reader()
    page = visitor.read(forum.town.path)
    titles = page.locator("#threads .thread-row-title")
    expect(titles.first).to_have_text("The newer thread")
    forum.town.reply(world.bob, first, "Something new")
    pill = page.get_by_role("link", name="1 thread with news")
    expect(pill).to_be_visible(timeout=SOON)
    expect(titles.first).to_have_text("The newer thread")
    expect(page.locator(f'[data-row="{first.id}"] .thread-count')).to_contain_text("2")
    forum.town.start(world.alice, "A third thread")
    page.get_by_role("link", name="2 threads with news").click(timeout=SOON)
    expect(titles.first).to_have_text("A third thread")
    expect(titles.nth(1)).to_have_text("The older thread")
    look(visitor)


def test_it_all_works_without_scripts(forum: Gathering) -> None:
    thread = forum.talk(60)
    page = forum.reader(forum.town.world.fay, java_script_enabled=False).page
    page.goto(f"/threads/{thread.id}")
    page.locator("#post-2").get_by_role("button", name="Vote for this post").click()
    expect(page.locator("#post-2 [data-score]")).to_have_text("1")
    page.goto(f"/threads/{thread.id}")
    page.get_by_role("link", name="Show later posts").click()
    expect(page.locator("#post-60")).to_be_visible()
    page.locator("#post-58").get_by_role("link", name="Reply").click()
    expect(page.get_by_text("In reply to")).to_be_visible()
    write(page, "By a plain form")
    expect(page.locator("#post-61")).to_contain_text("By a plain form")
    with db.workspace(forum.town.world.north.id) as session:
        made = session.query(Post).filter(Post.thread_id == thread.id, Post.number == 61).one()
        assert db.get(Post, made.parent_id).number == 58
