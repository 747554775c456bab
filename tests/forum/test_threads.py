"""Threads and replies through the pages, with plain forms as a browser without scripts sends them."""

from datetime import timedelta
from typing import Any

import pytest

from app.catalogue.models import Shop
from app.core import db
from app.core.errors import Conflict
from app.forum import actions, queries
from app.forum.actions import people
from app.forum.models import Post, Thread
from tests import asked
from tests.forum.conftest import Town, actor


def test_a_buyer_starts_a_thread_and_the_seller_answers(client: Any, town: Town) -> None:
    fay = town.browser(client, town.world.fay)
    sent = fay.post(
        f"{town.path}/new",
        category="general",
        title="Which paper?",
        body="I **print** at home.",
        tags="paper, ink",
    )
    assert sent.status_code == 303
    page = fay.get(sent.headers["Location"])
    assert "Which paper?" in page.text and "<strong>print</strong>" in page.text and "#paper" in page.text
    where = sent.headers["Location"].rpartition("/")[2]
    seller = town.browser(client, town.world.alice)
    answered = seller.post(f"/threads/{where}/posts", body="Matte, 200 g.")
    assert answered.status_code == 303 and answered.headers["Location"].endswith("#post-2")
    page = seller.get(f"/threads/{where}")
    assert "Matte, 200 g." in page.text and "Seller" in page.text
    assert "Which paper?" in seller.get(town.path).text


def test_a_visitor_reads_without_an_account(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "Welcome")
    assert "Welcome" in client.get(town.path).text
    page = client.get(f"/threads/{thread.id}")
    assert page.status_code == 200 and "Sign in to reply" in page.text and "reply-form" not in page.text
    assert town.browser(client).post(f"/threads/{thread.id}/posts", body="hello").status_code in (302, 303, 401)
    assert town.row(Thread, thread.id).posts == 1


def test_a_locked_category_shows_its_name_and_not_its_threads(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "For owners", category=town.buyers)
    page = client.get(f"{town.path}/{town.buyers.slug}")
    assert "This category is for buyers" in page.text and "For owners" not in page.text and "Brushes" in page.text
    assert client.get(f"/threads/{thread.id}").status_code == 404
    assert client.get(f"{town.path}/{town.team.slug}").status_code == 404


def test_what_was_typed_stays_when_it_is_refused(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "Welcome")
    fay = town.browser(client, town.world.fay)
    refused = fay.post(f"/threads/{thread.id}/posts", body="a" * 30_001)
    assert refused.status_code == 422 and "a" * 30_001 in refused.text and "Nothing was posted" in refused.text
    refused = fay.post(f"{town.path}/new", category="general", title="", body="My long text")
    assert refused.status_code == 422 and "My long text" in refused.text
    assert town.row(Thread, thread.id).posts == 1


def test_the_same_press_twice_is_one_post(town: Town) -> None:
    thread = town.start(town.world.alice)
    with town.inside(town.world.fay):
        here = db.get(Thread, thread.id)
        first = actions.reply(actor(town.world.fay), here, "Once", key="k1")
        again = actions.reply(actor(town.world.fay), here, "Once", key="k1")
    assert first.id == again.id and town.row(Thread, thread.id).posts == 2


def test_numbers_branches_and_voices(town: Town) -> None:
    thread = town.start(town.world.alice)
    two = town.reply(town.world.fay, thread, "two")
    three = town.reply(town.world.bob, thread, "three")
    four = town.reply(town.world.alice, thread, "four, to two", parent=two)
    five = town.reply(town.world.fay, thread, "five, to four", parent=four)
    assert [one.number for one in (two, three, four, five)] == [2, 3, 4, 5]
    assert [one.branch for one in (two, three, four, five)] == [2, 3, 2, 2]
    kept = town.row(Thread, thread.id)
    assert kept.posts == kept.last_number == 5
    assert kept.voices == [town.world.fay.id, town.world.alice.id, town.world.bob.id]
    with town.inside(town.world.vera):
        page = queries.posts.page(town.place(town.world.vera), thread)
    assert [(one.post.number, one.under, one.answers) for one in page.posts] == [
        (1, False, None),
        (2, False, None),
        (4, True, None),
        (5, True, 4),
        (3, False, None),
    ]


def test_pages_of_a_long_thread(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    for number in range(2, 121):
        town.reply(town.world.fay, thread, f"reply {number}")
    place = town.place(town.world.bob)
    with town.inside(town.world.bob):
        first = queries.posts.page(place, thread)
        second = queries.posts.page(place, thread, after=first.last)
        back = queries.posts.page(place, thread, before=second.first)
        around = queries.posts.page(place, thread, at=100)
        edge = queries.posts.page(place, thread, at=51)
    assert (first.first, first.last, first.earlier, first.later) == (1, 50, False, True)
    assert (second.first, second.last, second.earlier, second.later) == (51, 100, True, True)
    assert (back.first, back.last, back.earlier, back.later) == (1, 50, False, True)
    assert (around.first, around.last, around.later) == (76, 120, False)
    assert (edge.first, edge.last, edge.later) == (48, 97, True)
    page = client.get(f"/threads/{thread.id}?after=50")
    assert "reply 51" in page.text and "reply 50<" not in page.text and "Load earlier posts" in page.text


def test_an_edit_keeps_what_was_said_and_refuses_an_old_form(town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.fay, thread, "first words")
    with town.inside(town.world.fay):
        actions.edit(actor(town.world.fay), post, post.version, "second words", "typo")
        with pytest.raises(Conflict):
            actions.edit(actor(town.world.fay), post, 1, "third words")
    assert town.row(Post, post.id).body == "second words"
    with town.inside(town.world.charlie), pytest.raises(actions.NotYours):
        actions.edit(actor(town.world.charlie), db.get(Post, post.id), post.version, "mine now")
    assert town.row(Post, post.id).body == "second words"


def test_what_is_taken_back_is_gone_for_others_and_comes_back(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.fay, thread, "too much said")
    fay = town.browser(client, town.world.fay)
    assert fay.post(f"/posts/{post.id}/deletion").status_code == 303
    assert "too much said" not in fay.get(f"/threads/{thread.id}").text
    assert town.row(Thread, thread.id).posts == 1
    seller = town.browser(client, town.world.alice)
    assert "too much said" in seller.get(f"/threads/{thread.id}").text
    seller.post(f"/posts/{post.id}/restoration")
    assert town.row(Thread, thread.id).posts == 2


def test_votes_are_one_per_person_and_counts_follow(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.fay, thread)
    for person in (town.world.alice, town.world.bob, town.world.charlie):
        browser = town.browser(client, person)
        for _ in range(2):
            assert browser.post(f"/posts/{post.id}/votes", value=1).status_code == 303
    assert town.row(Post, post.id).score == 3
    browser.post(f"/posts/{post.id}/votes", value=-1)
    assert town.row(Post, post.id).score == 1
    browser.post(f"/posts/{post.id}/votes", value=0)
    assert town.row(Post, post.id).score == 2
    own = town.browser(client, town.world.fay).post(f"/posts/{post.id}/votes", value=1)
    assert own.status_code == 422 and town.row(Post, post.id).score == 2


def test_the_asker_chooses_the_answer(client: Any, town: Town) -> None:
    thread = town.start(town.world.fay)
    post = town.reply(town.world.alice, thread, "Forty-two")
    stranger = town.browser(client, town.world.charlie)
    assert stranger.post(f"/threads/{thread.id}/answer", post=str(post.id)).status_code == 403
    assert town.row(Thread, thread.id).accepted_id is None
    fay = town.browser(client, town.world.fay)
    fay.post(f"/threads/{thread.id}/answer", post=str(post.id))
    assert town.row(Thread, thread.id).accepted_id == post.id
    assert "Solved" in fay.get(town.path).text


def test_reading_is_kept_and_never_goes_back(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    fay = town.browser(client, town.world.fay)
    fay.get(f"/threads/{thread.id}")
    town.reply(town.world.alice, thread, "news")
    assert f"/threads/{thread.id}?at=2#post-2" in fay.get(f"{town.path}?tab=unread").text
    fay.post(f"/threads/{thread.id}/readings", number=2)
    fay.post(f"/threads/{thread.id}/readings", number=1)
    assert "Nothing unread" in fay.get(f"{town.path}?tab=unread").text
    town.reply(town.world.alice, thread, "more news")
    town.start(town.world.alice, "Another")
    assert "Another" in fay.get(f"{town.path}?tab=new").text
    fay.post(f"{town.path}/readings")
    assert "Nothing unread" in fay.get(f"{town.path}?tab=unread").text
    assert "Nothing new" in fay.get(f"{town.path}?tab=new").text


def test_lists_take_the_same_number_of_statements_whatever_their_length(client: Any, town: Town) -> None:
    def count(path: str) -> int:
        with asked.statements() as found:
            assert client.get(path).status_code == 200
        return len(found)

    thread = town.start(town.world.alice)
    town.reply(town.world.fay, thread)
    client.get(town.path)
    few = count(town.path), count(f"/threads/{thread.id}")
    for number in range(20):
        town.start(town.world.fay, f"Thread {number}")
        town.reply(town.world.bob, thread, f"reply {number}")
    assert (count(town.path), count(f"/threads/{thread.id}")) == few


def test_what_is_muted_leaves_the_lists_and_nothing_else(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "Loud talk")
    town.start(town.world.alice, "Quiet talk")
    fay = town.browser(client, town.world.fay)
    fay.post(f"/threads/{thread.id}/following", level="mute")
    for tab in ("latest", "new"):
        page = fay.get(f"{town.path}?tab={tab}").text
        assert "Quiet talk" in page and "Loud talk" not in page
    assert fay.get(f"/threads/{thread.id}").status_code == 200
    fay.post(f"{town.path}/{town.general.slug}/following", level="mute")
    assert "Quiet talk" not in fay.get(town.path).text
    page = fay.get(f"{town.path}/{town.general.slug}").text
    assert "Quiet talk" in page and "Muted" in page
    assert "Loud talk" in town.browser(client, town.world.bob).get(town.path).text


def test_what_a_barred_person_typed_comes_back_with_the_reason(client: Any, town: Town) -> None:
    """They loaded the page before the team barred them, and have no scripts."""
    thread, fay = town.start(town.world.alice), town.browser(client, town.world.fay)
    with db.workspace(town.world.north.id):
        row = people.known(actor(town.world.fay))
        row.suspended_until, row.barred_for = db.now() + timedelta(days=2), "Unkind to others"
    refused = fay.post(f"/threads/{thread.id}/posts", body="My long & careful reply")
    assert refused.status_code == 403
    assert "My long &amp; careful reply" in refused.text and "Unkind to others" in refused.text
    assert f'href="{town.path}/decisions"' in refused.text and "Post reply" not in refused.text
    begun = fay.post(f"{town.path}/new", category="general", title="A new one", body="Typed with care")
    assert begun.status_code == 403 and "Typed with care" in begun.text and "Unkind to others" in begun.text
    assert town.row(Thread, thread.id).posts == 1
    with db.workspace(town.world.north.id) as session:
        assert session.query(Thread).count() == 1


def test_addresses_of_forms_lead_to_their_pages(client: Any, town: Town) -> None:
    """As a reload, or «back», asks for them."""
    thread = town.start(town.world.fay)
    post = town.reply(town.world.fay, thread)
    with db.system("test world"):
        product = f"/s/{db.get(Shop, town.product.shop_id).slug}/{town.product.slug}"
    for path, page in (
        (f"/threads/{thread.id}/posts", f"/threads/{thread.id}#reply"),
        (f"/posts/{post.id}/votes", f"/posts/{post.id}"),
        (f"{town.path}/previews", town.path),
        (f"{town.path}/general/following", f"{town.path}/general"),
        (f"{product}/questions", f"{product}#questions"),
    ):
        answer = client.get(path)
        assert answer.status_code == 302 and answer.headers["Location"].endswith(page), path
