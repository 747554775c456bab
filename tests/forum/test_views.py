"""Filters of the thread list as one object: an address, a view with a name, one's first page, the team's for all."""

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest

from app.core import db
from app.core.errors import Forbidden, NotFound, Refused
from app.forum import actions, queries, wishes
from app.forum.actions import viewing
from app.forum.models import ForumView, Thread
from app.forum.wishes import Wish
from tests.asked import statements
from tests.forum.conftest import Town, actor
from tests.forum.test_tags_hidden import titles


@pytest.mark.parametrize(
    "wish",
    [
        Wish(),
        Wish(tab="unread", tags=("ink", "paper"), solved="no", by="fay", sort="votes"),
        Wish(tags=("a&b=c",), by="é"),
    ],
)
def test_a_wish_is_its_query_string(wish: Wish) -> None:
    assert wishes.parse(parse_qsl(wish.query)) == wish


def test_what_is_unknown_is_not_chosen() -> None:
    typed = parse_qsl("tab=admin&solved=maybe&sort=price&tag=%23Ink,paper&tag=ink&by=%20@Fay&x=1")
    assert wishes.parse(typed) == Wish(tags=("ink", "paper"), by="fay")


def test_each_filter_and_all_at_once(client: Any, town: Town) -> None:
    alice, fay = town.world.alice, town.world.fay
    old = town.start(fay, "Old", tags=["ink"])
    town.start(alice, "Solved ink", tags=["ink", "paper"])
    new = town.start(fay, "New", tags=["ink", "paper"])
    answer = town.reply(alice, old, "So.")
    with town.inside(fay):
        actions.accept(actor(fay), queries.posts.thread(town.place(fay), old.id), answer)
    with town.inside(town.world.bob):
        (first,) = queries.posts.page(town.place(town.world.bob), db.get(Thread, new.id)).posts
        actions.vote(actor(town.world.bob), first.post, 1)
    guest = town.browser(client)

    def listed(query: str) -> list[str]:
        return titles(guest.get(f"{town.path}?{query}"))

    assert listed("") == ["Old", "New", "Solved ink"]
    assert listed("sort=newest") == ["New", "Solved ink", "Old"]
    assert listed("sort=votes")[0] == "New"
    assert listed("solved=yes") == ["Old"] and listed("solved=no") == ["New", "Solved ink"]
    assert listed("by=fay") == ["Old", "New"] and listed("by=nobody-here") == []
    assert listed("tag=ink&tag=paper") == ["New", "Solved ink"]
    assert listed("tag=ink&tag=paper&by=fay&solved=no") == ["New"]
    empty = guest.get(f"{town.path}?by=nobody-here&solved=no")
    assert "No thread fits" in empty.text and "By @nobody-here" in empty.text and "data-clear-filters" in empty.text


@pytest.mark.parametrize("sort", list(wishes.SORTS))
def test_each_order_has_pages_without_gaps(town: Town, sort: str) -> None:
    for number in range(7):
        town.start(town.world.alice, f"Thread {number}")
    place, seen, after = town.place(), [], ""
    for _ in range(5):
        with town.inside():
            page = queries.threads.page(place, Wish(sort=sort, after=after), limit=2)
        seen += [row.thread.title for row in page.rows]
        after = page.after
        if not after:
            break
    assert sorted(seen) == [f"Thread {number}" for number in range(7)]
    with town.inside():
        assert len(queries.threads.page(place, Wish(sort=sort, after="nonsense,here")).rows) == 7


def test_save_open_rename_and_remove(client: Any, town: Town) -> None:
    town.start(town.world.fay, "Mine", tags=["ink"])
    town.start(town.world.alice, "Hers", tags=["ink"])
    fay = town.browser(client, town.world.fay)
    made = fay.post(
        f"{town.path}/views",
        name=" Open  ink ",
        filters="solved=no&tag=ink&tag=ink&junk=1&after=x",
        category="general",
        opens="y",
    )
    assert made.status_code == 303 and made.location == f"{town.path}/general?tag=ink&solved=no"
    assert fay.get(town.path).location == f"{town.path}/general?tag=ink&solved=no"
    assert fay.get(f"{town.path}?tab=latest").status_code == 200, "everything is one click away"
    page = fay.get(made.location).text
    assert re.search(r'class="filter" href="[^"]+" aria-current="true">.*?Open ink', page, re.S)
    with town.inside(town.world.fay):
        (view,) = queries.views.listed(town.place(town.world.fay))
    assert view.own and view.opens and not view.shared
    fay.post(f"{town.path}/views/{view.id}/name", name="Ink")
    assert "Ink" in fay.get(f"{town.path}/views").text
    fay.post(f"{town.path}/views/{view.id}/opening", value="0")
    assert fay.get(town.path).status_code == 200
    fay.post(f"{town.path}/views/{view.id}/removal")
    assert "No view yet" in fay.get(f"{town.path}/views").text


def test_saving_again_under_a_name_keeps_the_new_filters(town: Town) -> None:
    fay = actor(town.world.fay)
    with town.inside(town.world.fay):
        actions.keep_view(fay, "Ink", None, "tag=ink")
        actions.keep_view(fay, "Ink", town.general, "solved=no")
        (view,) = queries.views.listed(town.place(town.world.fay))
    assert view.path == f"{town.path}/general?solved=no"


@pytest.mark.parametrize(
    ("name", "filters"), [("", "tag=ink"), ("x" * 41, "tag=ink"), ("\u200b", "tag=ink"), ("Ink", ""), ("Ink", "junk=1")]
)
def test_what_cannot_be_saved_says_why_and_keeps_the_words(client: Any, town: Town, name: str, filters: str) -> None:
    answer = town.browser(client, town.world.fay).post(f"{town.path}/views", name=name, filters=filters)
    assert answer.status_code == 422 and ("saved" in answer.text or "name" in answer.text)
    with town.inside(town.world.fay):
        assert queries.views.listed(town.place(town.world.fay)) == []


def test_the_team_shares_and_others_cannot(client: Any, app: Any, town: Town) -> None:
    alice, bob, fay = (actor(one) for one in (town.world.alice, town.world.bob, town.world.fay))
    with town.inside(town.world.alice):
        view = actions.keep_view(alice, "Not solved", None, "solved=no", team=True)
        room = actions.keep_view(alice, "Back room", town.team, "", team=True)
    team = town.browser(client, town.world.alice)
    for one in (view, room):
        assert team.post(f"/w/{town.world.north.slug}/forum/views/{one.id}/sharing", value="1").status_code == 303
    guest = town.browser(app.test_client()).get(town.path).text
    assert "Not solved" in guest and "Back room" not in guest, "a view of a room that one may not know of is not told"
    reader = town.browser(app.test_client(), town.world.fay)
    reader.post(f"{town.path}/views/{view.id}/opening", value="1")
    assert reader.get(town.path).location == f"{town.path}?solved=no"
    assert reader.post(f"/w/{town.world.north.slug}/forum/views/{view.id}/sharing", value="0").status_code == 404
    with town.inside(town.world.fay):
        theirs = db.get(ForumView, view.id)
        for refused in (
            lambda: actions.rename_view(fay, theirs, "Mine now"),
            lambda: actions.remove_view(fay, theirs),
        ):
            with pytest.raises(Forbidden):
                refused()
    with town.inside(town.world.alice), pytest.raises(Forbidden):
        actions.keep_view(alice, "Not solved", None, "tag=spam", team=False)
    assert town.row(ForumView, view.id).query == "solved=no"
    with db.workspace(town.world.north.id, town.world.bob.id):
        actions.share_view(bob, view.id, False)
    assert reader.get(town.path).status_code == 200, "it opens for nobody else any more"
    with town.inside(town.world.fay), pytest.raises(NotFound):
        db.get(ForumView, view.id)


def test_nobody_shares_what_is_not_theirs_and_twenty_are_enough(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewing, "MOST", 1)
    with town.inside(town.world.bob):
        private = actions.keep_view(actor(town.world.bob), "Bob's", None, "solved=no", team=True)
        with pytest.raises(Refused, match="Remove one first"):
            actions.keep_view(actor(town.world.bob), "Another", None, "solved=yes", team=True)
    with db.workspace(town.world.north.id, town.world.alice.id), pytest.raises(NotFound):
        actions.share_view(actor(town.world.alice), private.id, True)


def test_views_cost_a_list_one_statement(client: Any, town: Town) -> None:
    town.start(town.world.alice)
    fay = town.browser(client, town.world.fay)
    fay.get(town.path)
    with statements() as before:
        fay.get(f"{town.path}?tab=latest")
    with town.inside(town.world.fay):
        for number in range(5):
            actions.keep_view(actor(town.world.fay), f"View {number}", None, "solved=no")
    with statements() as after:
        fay.get(f"{town.path}?tab=latest")
    assert len(after) == len(before)
