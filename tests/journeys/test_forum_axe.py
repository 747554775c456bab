"""The forum's pages for those who cannot see, or use no mouse: axe on every page, every action of a thread by keyboard."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core import db
from app.forum import actions
from app.forum.models import Following, Post, Thread, Vote
from tests.cli.test_run import soon
from tests.forum.conftest import Town, actor
from tests.journeys.conftest import PHONE
from tests.journeys.gathering import Gathering, Reader

pytestmark = pytest.mark.journey
SOON = 25_000
BODY = "Some **bold** words, `code`, a [link](https://example.com) and\n\n> a quote\n\n1. one\n2. two\n\n```\nprint('long line of code')\n```"


def talked(town: Town) -> tuple[Thread, Post]:
    """A solved thread with every kind of mark, one that is locked and pinned, one for owners alone. Returns the first and a reply in it."""
    world = town.world
    town.give(world.fay)
    thread = town.start(world.fay, "Which paper for linocuts?", BODY, tags=["paper", "ink"])
    answer = town.reply(world.alice, thread, BODY)
    town.reply(world.charlie, thread, "Thank you!", parent=answer)
    with town.inside(world.fay):
        actions.accept(actor(world.fay), db.get(Thread, thread.id), answer)
    other = town.start(world.alice, "House rules", "Be kind.")
    town.start(world.alice, "For owners", "Secrets.", category=town.buyers)
    with db.workspace(world.north.id):
        row = db.get(Thread, other.id)
        row.locked_at = row.pinned_at = db.now()
    return thread, answer


def public(town: Town, thread: Thread) -> list[str]:
    searches = ("", "paper is:solved", "linocutts", "zebra before:soon")
    return [
        "/c",
        town.path,
        f"{town.path}/{town.general.slug}",
        f"{town.path}?tag=paper",
        f"{town.path}/{town.buyers.slug}",
        f"/threads/{thread.id}",
        f"{town.path}/moderation",
        *(f"{town.path}/search?q={words}" for words in searches),
    ]


def own(town: Town, thread: Thread, post: Post) -> list[str]:
    """Pages of somebody signed in who wrote the post."""
    return [
        f"/threads/{thread.id}",
        f"{town.path}?tab=unread",
        f"{town.path}/new",
        f"/posts/{post.id}/edit",
        f"/posts/{post.id}/history",
        f"{town.path}/drafts",
        f"{town.path}/decisions",
    ]


def team(town: Town, post: Post) -> list[str]:
    desk = f"/w/{town.world.north.slug}/forum"
    return [
        desk,
        f"{desk}/settings",
        f"{desk}/categories/new",
        f"{desk}/categories/{town.buyers.id}",
        f"{desk}/queue",
        f"{desk}/questions",
        f"{desk}/posts/{post.id}/decide?verb=hide",
        f"/w/{town.world.north.slug}/search?q=paper",
    ]


def seen(reader: Reader, paths: list[str]) -> None:
    """All pages are looked at before what was found is told."""
    found: list[str] = []
    reader.page.on(
        "response", lambda answer: found.append(f"{answer.status} {answer.url}") if answer.status > 399 else None
    )
    for path in paths:
        answer = reader.page.goto(path)
        wide, screen = reader.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        found += [f"{path}: {one}" for one in reader.axe()]
        found += [f"{path}: {wide} px wide"] if wide > screen else []
        found += [f"{path}: not shown"] if answer is None or answer.status != 200 else []
    assert found + reader.troubles == []


@pytest.mark.parametrize(
    "screen", [{"color_scheme": "light"}, {"color_scheme": "dark", **PHONE}], ids=["desk", "phone"]
)
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(
    forum: Gathering, screen: dict[str, Any]
) -> None:
    town, world = forum.town, forum.town.world
    thread, answer = talked(town)
    first = town.row(Thread, thread.id)
    with db.workspace(world.north.id) as session:
        question = session.scalars(select(Post).where(Post.thread_id == first.id, Post.number == 1)).one()
    seen(forum.reader(None, **screen), public(town, thread))
    seen(forum.reader(world.fay, **screen), own(town, thread, question))
    seen(forum.reader(world.alice, **screen), [*own(town, thread, answer), *team(town, answer)])


FOCUSED = """() => { const on = document.activeElement, style = getComputedStyle(on);
  return { name: (on.getAttribute("aria-label") || on.innerText || on.value || "").trim(), whole: on === document.body,
    ring: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none" }; }"""


def press(page: Page, words: str) -> None:
    """Tab until what is called so has the focus, and can be seen to have it; then Enter."""
    for _ in range(80):
        page.keyboard.press("Tab")
        on = page.evaluate(FOCUSED)
        assert on["whole"] or on["ring"], f"focus is not visible on {on['name']!r}"
        if not on["whole"] and re.search(words, on["name"]):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never came to {words!r}")


def test_every_action_of_a_thread_can_be_reached_and_used_by_keyboard(forum: Gathering) -> None:
    """Alice, who owns the shop and asked: vote, follow, reply, choose the answer, edit, and find it again; no mouse."""
    town, world = forum.town, forum.town.world
    thread = town.start(world.alice, "Which paper?", "For linocuts.")
    reply = town.reply(world.fay, thread, "Matte, 200 g.")
    reader = forum.reader(world.alice)
    page, path = reader.page, f"/threads/{thread.id}"

    page.goto(path)
    press(page, "^Vote for this post")
    expect(page.locator("#post-2 [data-score]")).to_have_text("1", timeout=SOON)
    _kept(town, lambda: [row.value for row in db.session().scalars(select(Vote))] == [1])

    page.goto(path)
    press(page, "Follow")
    with page.expect_navigation():  # the next page may not be asked for while this form's answer is on its way
        press(page, "Every reply")
    _kept(
        town,
        lambda: (
            [row.level for row in db.session().scalars(select(Following).where(Following.user_id == world.alice.id))]
            == ["everything"]
        ),
    )

    page.goto(path)
    press(page, "More about post 2")
    expect(page.locator("#post-2 details.menu[open]")).to_be_visible(timeout=SOON)
    press(page, "This is the answer")
    expect(page.locator("#post-2")).to_contain_text("Answer", timeout=SOON)
    assert town.row(Thread, thread.id).accepted_id == reply.id

    page.goto(path)
    page.keyboard.press("r")
    expect(page.get_by_label("Your reply")).to_be_focused()
    page.keyboard.type("Thank you, Fay.")
    press(page, "^Post reply")
    expect(page.locator("#posts > .post", has_text="Thank you, Fay.")).to_have_count(1, timeout=SOON)
    _kept(town, lambda: db.get(Thread, thread.id).posts == 3)

    page.goto(f"{path}?at=3")
    press(page, "More about post 3")
    expect(page.locator("#post-3 details.menu[open]")).to_be_visible(timeout=SOON)
    press(page, "^Edit")
    field = page.get_by_label("Text")
    expect(field).to_be_visible(timeout=SOON)
    _tab_into(page, field)
    page.keyboard.press("End")
    page.keyboard.type(" Matte it is.")
    press(page, "^Save")
    expect(page.locator("#post-3")).to_contain_text("Matte it is.", timeout=SOON)

    page.goto(town.path)
    _tab_into(page, page.get_by_label("Search this community"))
    page.keyboard.type("matte")
    page.keyboard.press("Enter")
    expect(page.locator("#forum-results mark").first).to_have_text("Matte", timeout=SOON)
    press(page, "Which paper")
    page.wait_for_url("**/threads/**")


def _tab_into(page: Page, field: Any) -> None:
    for _ in range(60):
        if field.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never came to the field")


def _kept(town: Town, true: Any) -> None:
    """A page may show it before the database has it."""

    def look_up() -> bool:
        with db.workspace(town.world.north.id):
            return bool(true())

    assert soon(look_up, SOON / 1000)
