"""Tags that somebody hides: out of their lists, counts and mail, said plainly, back with one click; nobody else's matter."""

import re
from typing import Any

import pytest

from app.core import db
from app.forum import actions, queries
from app.forum.models import HiddenTag, Thread
from app.forum.wishes import Wish
from tests.asked import statements
from tests.forum.conftest import Town
from tests.forum.test_hearing import told


def titles(page: Any) -> list[str]:
    return re.findall(r'class="row-link"[^>]*><bdi>([^<]+)</bdi>', page.text)


def heard(person: Any, kind: str) -> int:
    return sum(count for one, count in told(person) if one == kind)


@pytest.fixture
def talk(town: Town) -> Town:
    """Two threads about ink, one about paper, one about both, by Alice."""
    for title, tags in (("Ink one", ["ink"]), ("Ink two", ["ink"]), ("Paper", ["paper"]), ("Both", ["ink", "paper"])):
        town.start(town.world.alice, title, tags=tags)
    return town


def test_hidden_tags_stay_out_of_a_list_that_says_so(client: Any, talk: Town) -> None:
    fay = talk.browser(client, talk.world.fay)
    answer = fay.post(f"{talk.path}/tags/hidden", tag="#Ink", back=f"{talk.path}?tab=latest")
    assert answer.status_code == 303 and answer.location == f"{talk.path}?tab=latest"
    page = fay.get(talk.path)
    assert titles(page) == ["Paper"]
    assert "3 threads with tags you hide" in page.text
    shown = re.search(r'href="([^"]+)">show them', page.text)
    assert shown and len(titles(fay.get(shown[1].replace("&amp;", "&")))) == 4
    assert len(titles(fay.get(f"{talk.path}?tag=ink"))) == 3, "who asks for the tag by its name gets it"
    assert titles(fay.get(f"{talk.path}/general?tag=paper")) == ["Paper"]
    undone = fay.post(f"{talk.path}/tags/shown", tag="ink", back=f"{talk.path}?tab=latest")
    assert undone.status_code == 303 and len(titles(fay.get(talk.path))) == 4
    assert "tags you hide" not in fay.get(talk.path).text


def test_it_is_nobody_elses_matter(client: Any, app: Any, talk: Town) -> None:
    talk.browser(client, talk.world.fay).post(f"{talk.path}/tags/hidden", tag="ink")
    for person in (talk.world.alice, talk.world.charlie, None):
        page = talk.browser(app.test_client(), person).get(talk.path)
        assert len(titles(page)) == 4 and "tags you hide" not in page.text
    with talk.inside(talk.world.alice) as session:
        assert session.query(HiddenTag).all() == []


def test_pages_unread_counts_and_the_rare_and_the_frequent(talk: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same threads are left out whether an index names them or each is looked at."""
    with talk.inside(talk.world.fay):
        everything = queries.threads.page(talk.place(talk.world.fay), Wish()).rows
        for row in everything:
            actions.seen(talk.world.fay.id, row.thread, 1)
        actions.hide_tag(talk.world.fay.id, "ink")
    for row in everything:
        talk.reply(talk.world.alice, row.thread)
    place = talk.place(talk.world.fay)
    for few in (400, 1):
        monkeypatch.setattr(queries.hiding, "FEW", few)
        with talk.inside(talk.world.fay):
            hidden = queries.hiding.of(place)
            page = queries.threads.page(place, Wish(tab="unread"), hidden=hidden)
            counts = {shelf.row.slug: shelf.unread for shelf in queries.threads.categories(place, hidden)}
        assert [row.thread.title for row in page.rows] == ["Paper"]
        assert page.left_out == (3 if few == 400 else None) and counts["general"] == 1


def test_what_is_ones_own_or_followed_stays(talk: Town, run_jobs: Any) -> None:
    mine = talk.start(talk.world.fay, "My ink", tags=["ink"])
    followed = talk.start(talk.world.alice, "Ink that I follow", tags=["ink"])
    other = talk.start(talk.world.alice, "Some ink", tags=["ink"])
    with talk.inside(talk.world.fay):
        actions.follow(talk.world.fay.id, "everything", category=talk.general)
        actions.follow(talk.world.fay.id, "everything", thread=db.get(Thread, followed.id))
        actions.hide_tag(talk.world.fay.id, "ink")
        place = talk.place(talk.world.fay)
        page = queries.threads.page(place, Wish(), hidden=queries.hiding.of(place))
    assert {row.thread.title for row in page.rows} == {"My ink", "Ink that I follow", "Paper"}
    run_jobs()
    before = told(talk.world.fay)
    talk.reply(talk.world.alice, other, "@fay, look")
    talk.start(talk.world.alice, "More ink", tags=["ink"])
    run_jobs()
    assert told(talk.world.fay) == before, "neither a mention nor the category's news"
    talk.reply(talk.world.bob, followed)
    talk.reply(talk.world.alice, mine)
    talk.start(talk.world.alice, "Glue", tags=["glue"])
    run_jobs()
    assert heard(talk.world.fay, "forum.reply") == 1
    assert heard(talk.world.fay, "forum.followed") == sum(count for _, count in before) + 2


def test_the_page_of_tags_and_what_it_refuses(client: Any, talk: Town) -> None:
    guest = talk.browser(client).get(f"{talk.path}/tags")
    assert guest.status_code == 200 and "#ink" in guest.text and "Hide" not in guest.text
    fay = talk.browser(client, talk.world.fay)
    refused = fay.post(f"{talk.path}/tags/hidden", tag="no <b>tag</b>")
    assert refused.status_code == 422 and "Name a tag" in refused.text
    away = fay.post(f"{talk.path}/tags/hidden", tag="glue", back="https://elsewhere.example/")
    assert away.location == f"{talk.path}/tags"
    assert "#glue" in fay.get(f"{talk.path}/tags").text
    with talk.inside(talk.world.fay) as session:
        assert [row.tag for row in session.query(HiddenTag)] == ["glue"]


def test_lists_ask_three_things_more_whatever_is_hidden(client: Any, talk: Town) -> None:
    fay = talk.browser(client, talk.world.fay)
    fay.get(talk.path)
    with statements() as before:
        fay.get(talk.path)
    for tag in ("ink", "paper", "glue"):
        fay.post(f"{talk.path}/tags/hidden", tag=tag)
    fay.get(talk.path)
    with statements() as after:
        fay.get(talk.path)
    assert len(after) <= len(before) + 3
