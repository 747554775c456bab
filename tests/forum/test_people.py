"""People of a community: whom one can call, what their pages show to whom, and what they are called."""

from typing import Any

import pytest

from app.core import db
from app.forum import actions
from app.forum.models import ForumPerson, Post, Thread
from tests.forum.conftest import Town, actor


def handle(town: Town, person: Any) -> str:
    return str(_row(town, person).handle)


def _row(town: Town, person: Any) -> ForumPerson:
    with db.workspace(town.world.north.id) as session:
        found: ForumPerson = session.query(ForumPerson).filter_by(user_id=person.id).populate_existing().one()
        return found


def suggested(browser: Any, town: Town, typed: str, thread: str = "") -> list[str]:
    answer = browser.get(f"{town.path}/people?q={typed}&thread={thread}")
    assert answer.status_code == 200
    return [one["name"] for one in answer.get_json()["people"]]


def test_those_who_wrote_in_the_thread_come_first_and_nobody_else_is_named(client: Any, town: Town) -> None:
    world = town.world
    thread = town.start(world.alice)
    town.reply(world.fay, thread)
    town.start(world.bob)
    assert client.get(f"{town.path}/people?q=b").status_code == 303, "guests call nobody"
    other = town.start(world.bob, "Another")
    fay = town.browser(client, world.fay)
    assert suggested(fay, town, "b") == [world.bob.name]
    assert suggested(fay, town, handle(town, world.alice)[:2]) == [world.alice.name]
    assert suggested(fay, town, "") == [] and set(suggested(fay, town, "", str(thread.id))) == {
        world.alice.name,
        world.fay.name,
    }
    assert suggested(fay, town, "", str(other.id)) == [world.bob.name]
    assert suggested(fay, town, world.charlie.name[:3]) == [], "Charlie never wrote here"
    assert suggested(fay, town, "%") == suggested(fay, town, "_") == []


def test_who_wrote_only_where_one_may_not_read_is_not_known(client: Any, town: Town) -> None:
    town.start(town.world.bob, "Among us", category=town.team)
    fay = town.browser(client, town.world.fay)
    assert suggested(fay, town, town.world.bob.name[:2]) == []
    assert fay.get(f"{town.path}/people/{handle(town, town.world.bob)}").status_code == 404
    alice = town.browser(client, town.world.alice)
    assert "Among us" in alice.get(f"{town.path}/people/{handle(town, town.world.bob)}").text


def test_a_page_shows_what_the_reader_may_see(client: Any, town: Town) -> None:
    town.give(town.world.fay)
    thread = town.start(town.world.alice, "Open talk")
    answer = town.reply(town.world.fay, thread, "Said to all")
    secret = town.start(town.world.alice, "For owners", category=town.buyers)
    town.reply(town.world.fay, secret, "Said among owners")
    hidden = town.reply(town.world.fay, thread, "Said and hidden")
    with town.inside(town.world.alice):
        actions.accept(actor(town.world.alice), db.get(Thread, thread.id), db.get(Post, answer.id))
        db.get(Post, hidden.id).state = "hidden"
    page = client.get(f"{town.path}/people/{handle(town, town.world.fay)}")
    assert page.status_code == 200 and "noindex" in page.text
    assert "Said to all" in page.text and "1 accepted answer" in page.text and "Verified buyer" in page.text
    assert "Said among owners" not in page.text and "For owners" not in page.text and "Said and hidden" not in page.text
    assert town.world.fay.email not in page.text and "/edit" not in page.text
    own = town.browser(client, town.world.fay).get(f"{town.path}/people/{handle(town, town.world.fay)}").text
    assert "Said among owners" in own and "Change name" in own


def test_posts_come_in_pages(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    for number in range(22):
        town.reply(town.world.fay, thread, f"word {number};")
    where = f"{town.path}/people/{handle(town, town.world.fay)}"
    first = client.get(where).text
    assert "word 21;" in first and "word 2;" in first and "word 1;" not in first
    older = first.split("?before=")[1].split('"')[0]
    second = client.get(f"{where}?before={older}").text
    assert "word 1;" in second and "word 0;" in second and "word 2;" not in second


def test_a_new_handle_is_theirs_and_the_old_one_still_leads_there(client: Any, town: Town) -> None:
    thread = town.start(town.world.fay)
    old = handle(town, town.world.fay)
    fay = town.browser(client, town.world.fay)
    sent = fay.post(f"{town.path}/people/{old}/edit", name="Fay the Printer", handle="@Printer")
    assert sent.status_code == 303 and sent.headers["Location"].endswith("/people/printer")
    assert "Fay the Printer" in fay.get(f"/threads/{thread.id}").text
    assert fay.get(f"{town.path}/people/{old}").headers["Location"].endswith("/people/printer")
    town.start(town.world.bob)
    bob = town.browser(client, town.world.bob)
    taken = bob.post(f"{town.path}/people/{handle(town, town.world.bob)}/edit", name="Bobby", handle=old)
    assert taken.status_code == 422 and "Somebody else has this handle, or had it" in taken.text
    assert _row(town, town.world.bob).name == town.world.bob.name, "nothing was saved"
    fay = town.browser(client, town.world.fay)
    assert fay.post(f"{town.path}/people/printer/edit", name="Fay", handle=old).status_code == 303
    assert (_row(town, town.world.fay).handle, _row(town, town.world.fay).former) == (old, ["printer"])


def test_a_newcomer_does_not_get_a_handle_that_somebody_gave_up(town: Town) -> None:
    town.start(town.world.fay)
    with town.inside(town.world.fay):
        actions.name_person(actor(town.world.fay), "Fay", "charlie")
        actions.name_person(actor(town.world.fay), "Fay", "fay-2")
    town.start(town.world.charlie)
    assert handle(town, town.world.charlie) != "charlie"


@pytest.mark.parametrize("wanted", ["a", "-ab", "ab-", "a--b", "a b", "ä-b", "x" * 31, "admin", "staff", "team"])
def test_what_is_no_handle_is_refused_and_stays_typed(client: Any, town: Town, wanted: str) -> None:
    town.start(town.world.fay)
    old = handle(town, town.world.fay)
    fay = town.browser(client, town.world.fay)
    sent = fay.post(f"{town.path}/people/{old}/edit", name="Fay", handle=wanted)
    assert sent.status_code == 422 and wanted in sent.text and handle(town, town.world.fay) == old


def test_nobody_names_somebody_else(client: Any, town: Town) -> None:
    town.start(town.world.fay)
    town.start(town.world.charlie)
    where = f"{town.path}/people/{handle(town, town.world.fay)}/edit"
    assert town.browser(client).post(where, name="Silly", handle="silly").status_code == 303
    charlie = town.browser(client, town.world.charlie)
    assert charlie.get(where).status_code == 404
    assert charlie.post(where, name="Silly", handle="silly").status_code == 404
    assert _row(town, town.world.fay).name == town.world.fay.name
