"""Saving threads and posts: one page for all communities, newest saved first, and only what one may still read."""

import re
from typing import Any

import pytest

from app.core import db
from app.core.errors import Refused
from app.forum import actions, queries
from app.forum.actions import saving
from app.forum.models import Save, Thread
from app.notifications.models import InboxItem
from tests.asked import statements
from tests.forum.conftest import Town, actor


def lines(page: Any) -> list[str]:
    """The titles on the page «Saved»; what cannot be read is its sentence."""
    assert page.status_code == 200
    return [
        one[0] or one[1]
        for one in re.findall(r'class="row-link"[^>]*><bdi>([^<]+)</bdi>|</svg> (You can no longer[^<]*)<', page.text)
    ]


def test_saving_and_taking_it_back(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "Gold leaf")
    post = town.reply(town.world.bob, thread, "Use a soft brush.")
    fay = town.browser(client, town.world.fay)
    page = fay.get(f"/threads/{thread.id}").text
    assert f'formaction="/threads/{thread.id}/saving"' in page and f'formaction="/posts/{post.id}/saving"' in page
    for path, back in (
        (f"/threads/{thread.id}", f"/threads/{thread.id}"),
        (f"/posts/{post.id}", f"/threads/{thread.id}?at=2#post-2"),
    ):
        for _ in range(2):
            answer = fay.post(f"{path}/saving", value="1")
            assert answer.status_code == 303 and answer.location == back
    found = fay.get("/saved")
    assert lines(found) == ["Gold leaf", "Gold leaf"] and "Use a soft brush." in found.text
    page = fay.get(f"/threads/{thread.id}").text
    pressed = re.findall(r'formaction="(/[^"]+/saving)" name="value" value="0"[^>]*aria-pressed="true"', page)
    assert sorted(pressed) == sorted([f"/threads/{thread.id}/saving", f"/posts/{post.id}/saving"])
    fay.post(f"/posts/{post.id}/saving", value="0")
    assert "Use a soft brush." not in fay.get("/saved").text


def test_a_guest_signs_in_first_and_nothing_is_saved(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    assert "/sign-in" in town.browser(client).post(f"/threads/{thread.id}/saving", value="1").location
    assert "/sign-in" in client.get("/saved").location
    with db.system("test world") as session:
        assert session.query(Save).count() == 0


def test_a_lost_room_tells_nothing_but_that_it_is_lost(client: Any, town: Town) -> None:
    town.give(town.world.fay)
    thread = town.start(town.world.alice, "Secret gold", "The secret recipe", category=town.buyers)
    open_one = town.start(town.world.alice, "Open leaf")
    fay = town.browser(client, town.world.fay)
    first = town.reply(town.world.alice, thread, "More of the recipe")
    for path in (f"/threads/{thread.id}", f"/posts/{first.id}", f"/threads/{open_one.id}"):
        fay.post(f"{path}/saving", value="1")
    assert lines(fay.get("/saved")) == ["Open leaf", "Secret gold", "Secret gold"]
    assert lines(fay.get("/saved?q=recipe")) == ["Secret gold", "Secret gold"]
    town.take(town.world.fay)
    page = fay.get("/saved")
    assert lines(page) == ["Open leaf", "You can no longer read this", "You can no longer read this"]
    assert "ecret" not in page.text and "recipe" not in page.text and str(thread.id) not in page.text
    assert lines(fay.get("/saved?q=recipe")) == [] and lines(fay.get("/saved?q=secret")) == []
    assert fay.post(f"/posts/{first.id}/saving", value="1").status_code == 404
    removals = re.findall(r'action="(/saved/[^"]+/removal)"', page.text)
    assert len(removals) == 3 and fay.post(removals[1]).status_code == 303
    assert lines(fay.get("/saved")) == ["Open leaf", "You can no longer read this"]
    town.give(town.world.fay)
    assert lines(fay.get("/saved")) == ["Open leaf", "Secret gold"]


def test_hidden_and_deleted_posts_and_merged_threads(client: Any, town: Town) -> None:
    kept, gone = town.start(town.world.alice, "Into this"), town.start(town.world.alice, "From here")
    post = town.reply(town.world.bob, kept, "Bad words")
    fay = town.browser(client, town.world.fay)
    fay.post(f"/threads/{gone.id}/saving", value="1")
    fay.post(f"/posts/{post.id}/saving", value="1")
    with town.inside(town.world.bob):
        actions.take_back(actor(town.world.bob), post)
    with town.inside(town.world.alice):
        actions.merge_threads(actor(town.world.alice), db.get(Thread, gone.id), db.get(Thread, kept.id))
    page = fay.get("/saved")
    assert lines(page) == ["You can no longer read this", "Into this"] and "Bad words" not in page.text


def test_saved_lines_are_their_persons(client: Any, app: Any, town: Town, run_jobs: Any) -> None:
    thread = town.start(town.world.alice, "Gold leaf")
    run_jobs()
    fay = town.browser(client, town.world.fay)
    fay.post(f"/threads/{thread.id}/saving", value="1")
    run_jobs()
    with db.buyer(town.world.alice.id) as session:
        assert session.query(Save).all() == [] and session.query(InboxItem).all() == []
    with db.workspace(town.world.north.id, town.world.alice.id) as session:
        assert session.query(Save).all() == []
    own = re.findall(r'action="(/saved/[^"]+/removal)"', fay.get("/saved").text)[0]
    charlie = town.browser(app.test_client(), town.world.charlie)
    assert lines(charlie.get("/saved")) == [] and charlie.post(own).status_code == 404
    assert lines(fay.get("/saved")) == ["Gold leaf"]


def test_pages_and_search_go_on_where_they_ended(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    fay = town.world.fay
    threads = [town.start(town.world.alice, f"Thread {n}", "odd one" if n % 2 else "even one") for n in range(9)]
    with town.inside(fay):
        for one in threads:
            actions.save(fay.id, db.get(Thread, one.id))
    monkeypatch.setattr(queries.saves, "BATCH", 2)
    monkeypatch.setattr(queries.saves, "LOOKED", 4)

    def all_of(words: str) -> list[str]:
        seen, before = [], None
        for _ in range(20):
            with db.buyer(fay.id):
                page = queries.saves.page(fay.id, words, before, limit=2)
            seen += [kept.thread.title for kept in page.rows if kept.thread]
            before = page.before
            if before is None:
                return seen
        raise AssertionError("the pages never end")

    assert all_of("") == [f"Thread {n}" for n in range(8, -1, -1)]
    assert all_of("odd") == [f"Thread {n}" for n in (7, 5, 3, 1)]
    assert all_of("nowhere") == []


def test_there_is_an_end_to_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST", 1)
    one, two = town.start(town.world.alice, "One"), town.start(town.world.alice, "Two")
    with town.inside(town.world.fay):
        actions.save(town.world.fay.id, db.get(Thread, one.id))
        with pytest.raises(Refused, match="nothing was saved"):
            actions.save(town.world.fay.id, db.get(Thread, two.id))
    with db.buyer(town.world.fay.id) as session:
        assert [row.thread_id for row in session.query(Save)] == [one.id]


def test_the_page_asks_as_much_for_one_as_for_many(client: Any, town: Town) -> None:
    fay = town.browser(client, town.world.fay)
    empty = fay.get("/saved")
    assert "Nothing saved yet" in empty.text
    first = town.start(town.world.alice, "One")
    fay.post(f"/threads/{first.id}/saving", value="1")
    with statements() as few:
        fay.get("/saved")
    for number in range(6):
        thread = town.start(town.world.alice, f"Thread {number}")
        fay.post(f"/threads/{thread.id}/saving", value="1")
    with statements() as many:
        fay.get("/saved")
    assert len(many) == len(few)
