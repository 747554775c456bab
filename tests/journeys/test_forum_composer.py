"""Writing a reply in a real browser: buttons, people after an @, the preview, a draft that comes back, and a pasted picture."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core import db
from app.forum import actions
from app.forum.models import Draft, ForumPicture, Post, Thread
from tests.cli.test_run import soon
from tests.journeys.gathering import Gathering, Reader

pytestmark = pytest.mark.journey
SOON = 25_000
PASTE = """async (box) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    canvas.getContext("2d").fillRect(0, 0, 40, 40);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const carried = new DataTransfer();
    carried.items.add(new File([blob], "mug.png", { type: "image/png" }));
    box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
}"""


def opened(reader: Reader, thread: Thread) -> Page:
    """Nothing here waits for news, so the stream need not be open."""
    reader.page.goto(f"/threads/{thread.id}")
    return reader.page


def box_of(page: Page) -> Any:
    return page.get_by_label("Your reply")


def wait_for(forum: Gathering, statement: Any) -> Any:
    """A row that the browser's request leads to."""

    def found() -> Any:
        with db.workspace(forum.town.world.north.id) as session:
            return session.scalars(statement).first()

    soon(lambda: found() is not None, 40)
    return found()


def test_writing_with_buttons_people_preview_and_a_picture(forum: Gathering) -> None:
    town, world = forum.town, forum.town.world
    thread = town.start(world.alice, "Which mug?", "Show us.")
    town.reply(world.fay, thread, "Mine is blue.")
    reader = forum.reader(world.bob)
    page = opened(reader, thread)
    box = box_of(page)

    page.get_by_role("button", name="Bold").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Italic")).to_be_focused()
    box.fill("strong")
    box.press("Control+a")
    page.get_by_role("button", name="Bold").click()
    expect(box).to_have_value("**strong**")
    box.press("End")
    box.press_sequentially(" @fa")
    option = page.get_by_role("option", name="@fay", exact=False)
    expect(option).to_have_attribute("aria-selected", "true", timeout=SOON)
    box.press("Enter")
    expect(box).to_have_value("**strong** @fay ")

    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("strong", timeout=SOON)
    expect(page.locator("#preview a.mention")).to_have_text("@fay")

    wait_for(forum, select(Draft).where(Draft.user_id == world.bob.id, Draft.body == "**strong** @fay "))
    page.evaluate("sessionStorage.clear(); document.querySelectorAll('[data-changed]').forEach((one) => one.removeAttribute('data-changed'))")  # fmt: skip
    page = opened(reader, thread)
    box = box_of(page)
    expect(box).to_have_value("**strong** @fay ")
    expect(page.locator("[data-draft-note]")).to_contain_text("Your draft from")

    box.press("Control+End")
    box.evaluate(PASTE)
    page.get_by_label("What does it show?", exact=False).fill("A black square")
    page.get_by_role("button", name="Add picture").click()
    picture_id = wait_for(forum, select(ForumPicture.id).where(ForumPicture.user_id == world.bob.id))
    with db.workspace(world.north.id):
        actions.render_picture(picture_id)
    expect(page.locator("[data-composer-said]")).to_have_text("The picture is in your text.", timeout=SOON)
    assert f"![A black square](/forum-pictures/{world.north.id}/{picture_id}/" in box.input_value()

    page.get_by_role("button", name="Post reply").click()
    shown = page.locator(f'img[alt="A black square"][src*="{picture_id}"]')
    expect(shown.first).to_be_visible(timeout=SOON)
    made = wait_for(forum, select(Post).where(Post.thread_id == thread.id, Post.number == 3))
    assert "<strong>strong</strong>" in made.html
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Draft).where(Draft.user_id == world.bob.id)).all() == []
        assert session.scalars(select(ForumPicture.post_id)).one() == made.id
        assert session.scalars(select(Thread.posts).where(Thread.id == thread.id)).one() == 3


def test_a_quote_goes_into_the_box(forum: Gathering) -> None:
    town, world = forum.town, forum.town.world
    thread = town.start(world.alice, "Which mug?", "Show us.")
    town.reply(world.fay, thread, "Mine is **blue**.")
    page = opened(forum.reader(world.bob), thread)
    post = page.locator("#post-2")
    post.get_by_label("More about post 2").click()
    post.get_by_role("link", name="Quote").click()
    expect(box_of(page)).to_have_value("@fay\n\n> Mine is blue.\n\n")
