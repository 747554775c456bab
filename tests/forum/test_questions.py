"""Questions on a product's page, and the answers that stay there."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import func, select

from app.catalogue.models import Product
from app.core import db
from app.core.web.visitor import cookie_name
from app.forum import actions, queries
from app.forum.actions import answering
from app.forum.models import Answer, Draft, ForumCategory, Post, Thread
from tests.forum.conftest import Town, actor


@pytest.fixture
def page(town: Town) -> str:
    """The product's page."""
    with db.workspace(town.world.north.id):
        row = db.get(Product, town.product.id)
        return f"/s/{row.shop.slug}/{row.slug}"


def category(town: Town) -> ForumCategory | None:
    with db.workspace(town.world.north.id):
        return queries.questions.of_product(town.product.id)


def asked(client: Any, town: Town, page: str, title: str = "Does it fit?", person: Any = None) -> Thread:
    """Through the form on the product's page."""
    sent = town.browser(client, person or town.world.fay).post(f"{page}/questions", title=title, body="")
    assert sent.status_code == 303, sent.text
    found = sent.headers["Location"].rpartition("/")[2]
    with db.workspace(town.world.north.id) as session:
        return session.scalars(select(Thread).where(Thread.id == found)).one()


def answered(town: Town, thread: Thread, body: str = "It fits *every* frame.") -> Post:
    """The seller answers, and it is accepted."""
    post = town.reply(town.world.alice, thread, body)
    with town.inside(town.world.alice):
        actions.accept(actor(town.world.alice), db.get(Thread, thread.id), post)
    return post


def featured(client: Any, town: Town, thread: Thread) -> Any:
    seller = town.browser(client, town.world.alice)
    return seller.post(f"/w/{town.world.north.slug}/forum/threads/{thread.id}/faq")


def test_the_first_question_makes_the_category(client: Any, town: Town, page: str) -> None:
    empty = client.get(page).text
    assert 'id="questions"' in empty and "Nobody has asked yet" in empty and category(town) is None
    thread = asked(client, town, page)
    made = category(town)
    assert made is not None and thread.category_id == made.id and made.audience == "public" and made.threads == 1
    shown = client.get(page).text
    assert "Does it fit?" in shown and "No answer yet" in shown and f"{town.path}/{made.slug}" in shown
    again = asked(client, town, page, "And in blue?")
    assert again.category_id == made.id and town.row(ForumCategory, made.id).threads == 2


def test_questions_are_no_ordinary_category(client: Any, town: Town, page: str) -> None:
    asked(client, town, page)
    made = category(town)
    assert made is not None
    shelves = client.get(f"{town.path}").text.partition("<h1>")[0] + client.get(f"{town.path}/products").text
    assert f"{town.path}/{made.slug}" in shelves
    assert made.id not in {one.row.id for one in _shelves(town)}
    assert "Does it fit?" in client.get(f"{town.path}/{made.slug}").text


def _shelves(town: Town) -> list[Any]:
    with town.inside():
        return queries.threads.categories(town.place())


def test_a_guest_signs_in_and_finds_what_they_typed(client: Any, town: Town, page: str) -> None:
    guest = town.browser(client)
    sent = guest.post(f"{page}/questions", title="Is it waterproof?", body="I live by the sea.")
    assert sent.status_code == 303 and sent.headers["Location"] == f"/sign-in?next={page}/questions/new"
    assert category(town) is None
    cookie = client.get_cookie(cookie_name("visitor"))
    assert cookie is not None
    with db.workspace(town.world.north.id) as session:
        visitor = session.scalars(select(Draft.user_id)).one()
    actions.claim_typed(town.world.fay.id, visitor)
    form = town.browser(client, town.world.fay).get(f"{page}/questions/new").text
    assert "Is it waterproof?" in form and "I live by the sea." in form
    asked(client, town, page, "Is it waterproof?")
    with db.workspace(town.world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_typed_text_stays_when_it_is_refused(client: Any, town: Town, page: str) -> None:
    refused = town.browser(client, town.world.fay).post(f"{page}/questions", title="", body="Only details")
    assert refused.status_code == 422 and "Only details" in refused.text
    assert category(town) is None


def test_no_community_no_questions(client: Any, world: Any) -> None:
    product = world.product(world.shop(world.other), "Pans", ships=True, downloads=False, stock=3)
    with db.workspace(world.other.id):
        row = db.get(Product, product.id)
        page = f"/s/{row.shop.slug}/{row.slug}"
    shown = client.get(page)
    assert shown.status_code == 200 and 'id="questions"' not in shown.text
    assert client.get(f"{page}/questions/new").status_code == 404


def test_the_seller_turns_questions_off_and_on(client: Any, town: Town, page: str) -> None:
    asked(client, town, page)
    desk = f"/w/{town.world.north.slug}/forum"
    seller = town.browser(client, town.world.bob)
    assert seller.post(f"{desk}/products/{town.product.id}/questions", on="no").status_code == 303
    assert 'id="questions"' not in client.get(page).text
    refused = town.browser(client, town.world.fay).post(f"{page}/questions", title="Still there?", body="")
    assert refused.status_code == 404
    seller = town.browser(client, town.world.bob)
    assert seller.post(f"{desk}/products/{town.product.id}/questions", on="yes").status_code == 303
    assert "Does it fit?" in client.get(page).text
    made = category(town)
    assert made is not None and made.threads == 1


def test_an_answer_becomes_the_faq_and_follows_its_post(client: Any, town: Town, page: str) -> None:
    thread = asked(client, town, page)
    post = answered(town, thread)
    assert featured(client, town, thread).status_code == 303
    shown = client.get(page).text
    assert "faq-entry" in shown and "It fits <em>every</em> frame." in shown
    with town.inside(town.world.alice):
        fresh = db.get(Post, post.id)
        actions.edit(actor(town.world.alice), fresh, fresh.version, "Only oak frames.")
    shown = client.get(page).text
    assert "Only oak frames." in shown and "every" not in shown
    assert (
        next(one for one in structured(shown) if one["@type"] == "FAQPage")["mainEntity"][0]["name"] == "Does it fit?"
    )


@pytest.mark.parametrize("how", ["unaccepted", "taken back", "thread deleted"])
def test_the_faq_disappears_with_its_answer(client: Any, town: Town, page: str, how: str) -> None:
    thread = asked(client, town, page)
    post = answered(town, thread)
    featured(client, town, thread)
    alice = actor(town.world.alice)
    with town.inside(town.world.alice):
        if how == "unaccepted":
            actions.accept(alice, db.get(Thread, thread.id), None)
        elif how == "taken back":
            actions.take_back(alice, db.get(Post, post.id))
        else:
            actions.take_back_thread(alice, db.get(Thread, thread.id))
    shown = client.get(page).text
    assert "faq-entry" not in shown and "FAQPage" not in shown and "It fits" not in shown
    desk = town.browser(client, town.world.alice).get(f"/w/{town.world.north.slug}/forum/questions").text
    assert "Not shown: its answer was hidden" in desk


def test_only_the_team_makes_an_faq_and_only_of_an_answer(client: Any, town: Town, page: str) -> None:
    thread = asked(client, town, page)
    assert featured(client, town, thread).status_code == 409
    answered(town, thread)
    address = f"/w/{town.world.north.slug}/forum/threads/{thread.id}/faq"
    for person, status in ((town.world.vera, 403), (town.world.fay, 404), (town.world.charlie, 404)):
        assert town.browser(client, person).post(address).status_code == status
    other = f"/w/{town.world.other.slug}/forum/threads/{thread.id}/faq"
    assert town.browser(client, town.world.charlie).post(other).status_code == 404
    with db.workspace(town.world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Answer)) == 0


def test_faq_entries_are_put_in_order_and_removed(client: Any, town: Town, page: str) -> None:
    threads = [asked(client, town, page, title) for title in ("First one", "Second one", "Third one")]
    for thread in threads:
        answered(town, thread)
        featured(client, town, thread)
    with db.workspace(town.world.north.id, town.world.alice.id) as session:
        rows = session.scalars(select(Answer).order_by(Answer.position)).all()
        answering.move(rows[2], True)
        answering.remove(actor(town.world.alice), rows[0])
    titles = re.findall(r"<summary><bdi>([^<]+)</bdi>", client.get(page).text)
    assert titles == ["Third one", "Second one"]


def test_questions_show_nothing_that_not_everybody_may_read(client: Any, town: Town, page: str) -> None:
    """Also to the team: what waits or was hidden is for the thread's own page."""
    thread = asked(client, town, page, "A rude question")
    with db.workspace(town.world.north.id, town.world.alice.id):
        actions.take_back_thread(actor(town.world.alice), db.get(Thread, thread.id))
    for person in (None, town.world.fay, town.world.alice):
        assert "A rude question" not in town.browser(client, person).get(page).text


def structured(page: str) -> list[dict[str, Any]]:
    """The JSON-LD of a page."""
    found = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.S)
    made = [json.loads(one) for one in found]
    return [part for one in made for part in (one if isinstance(one, list) else [one])]


def test_every_page_leads_to_the_square(client: Any, town: Town) -> None:
    assert 'href="/c/guildhall"' in client.get("/").text
    early = client.get("/c/guildhall")
    assert early.status_code == 302 and early.headers["Location"] == "/c"
    with db.workspace(db.PLATFORM, town.world.alice.id):
        actions.open_community(actor(town.world.alice), "The square", db.PLATFORM_SLUG)
    assert "The square" in client.get("/c/guildhall").text


def test_a_shop_leads_to_its_community(client: Any, town: Town, page: str) -> None:
    assert f'href="{town.path}"' in client.get(page.rpartition("/")[0]).text


def test_what_stands_in_the_faq_is_not_said_twice(client: Any, town: Town, page: str) -> None:
    first, second = asked(client, town, page, "First one"), asked(client, town, page, "Second one")
    answered(town, first)
    featured(client, town, first)
    shown = client.get(page).text
    assert shown.count("First one") == 2, "once as a question, once for search engines"
    assert shown.count("Second one") == 1
    back = client.get(f"/threads/{second.id}").text
    assert f'href="{page}#questions"' in back
