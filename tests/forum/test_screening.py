"""What newcomers write is looked at: how much, how fast, and whether it looks like spam."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.errors import NotFound
from app.forum import actions, queries
from app.forum.actions import moderating
from app.forum.actions.screening import TooMuch
from app.forum.levels import Standing, level
from app.forum.models import ForumPerson, Post, Thread
from tests.forum.conftest import Town, actor
from tests.forum.desk import desk, emitted, exact, told, visitor


def written(town: Town, person: Any) -> int:
    with db.workspace(town.world.north.id) as session:
        return int(session.scalar(select(func.count()).select_from(Post).where(Post.author_id == person.id)) or 0)


def say(town: Town, person: Any, thread: Thread, body: str) -> Post:
    """As somebody whose level is what they earned; nobody is trusted before."""
    with town.inside(person):
        return actions.reply(actor(person), db.get(Thread, thread.id), body)


def test_levels_rise_with_what_stays_and_fall_with_what_is_removed() -> None:
    fresh = Standing(0, 0, 0, 0, False)
    assert level(0, fresh) == 0
    assert level(0, Standing(0, 0, 0, 0, True)) == 1
    assert level(0, Standing(1, 3, 0, 0, False)) == 1
    assert level(1, Standing(14, 15, 0, 10, False)) == 2
    assert level(2, fresh) == 2
    assert level(2, Standing(14, 15, 1, 10, True)) == 1
    assert level(2, Standing(14, 15, 3, 10, True)) == 0


def test_a_newcomer_writes_three_posts_an_hour_and_keeps_the_fourth(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    fay = town.browser(client, town.world.fay)
    for words in ("One question.", "Another thought here.", "And thanks to all of you!"):
        assert fay.post(f"/threads/{thread.id}/posts", body=words).status_code == 303
    refused = fay.post(f"/threads/{thread.id}/posts", body="One too many")
    assert refused.status_code == 422 and "One too many" in refused.text
    assert "You can write again at" in refused.text and "Nothing was posted" in refused.text
    assert written(town, town.world.fay) == 3 and town.row(Thread, thread.id).posts == 4
    with db.at(db.now() + timedelta(minutes=61)):
        say(town, town.world.fay, thread, "An hour later")
    assert written(town, town.world.fay) == 4


def test_a_newcomer_writes_ten_posts_a_day(town: Town) -> None:
    thread, start = town.start(town.world.alice), db.now()
    for hour in range(10):
        with db.at(start + timedelta(hours=hour)):
            say(town, town.world.charlie, thread, f"{hour} different words {hour * 7919}")
            with db.workspace(town.world.north.id) as session:
                row = session.scalars(select(ForumPerson).where(ForumPerson.user_id == town.world.charlie.id)).one()
                row.trust = 0
    with db.at(start + timedelta(hours=11)), pytest.raises(TooMuch, match="10 posts a day"):
        say(town, town.world.charlie, thread, "The eleventh")
    assert written(town, town.world.charlie) == 10


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[a](https://a.example) [b](https://b.example) [c](https://c.example)", "2 links"),
        ("@alice @bob @vera @ada hello", "call at most 3 people"),
    ],
)
def test_a_newcomers_post_holds_little(town: Town, body: str, said: str) -> None:
    thread = town.start(town.world.alice)
    with pytest.raises(TooMuch, match=said):
        say(town, town.world.fay, thread, body)
    assert written(town, town.world.fay) == 0


def test_buyers_trusted_people_and_the_team_write_more(town: Town) -> None:
    thread = town.start(town.world.alice)
    links = "See [a](https://a.example), [b](https://b.example) and [c](https://c.example) for the tables of it."
    town.give(town.world.fay)
    for number in range(5):
        say(town, town.world.fay, thread, f"A buyer's thought, number {number}")
    town.trust(town.world.charlie)
    assert say(town, town.world.charlie, thread, links).state == "visible"
    assert say(town, town.world.bob, thread, links).state == "visible"
    assert written(town, town.world.fay) == 5


def test_a_first_post_with_a_link_waits_and_nobody_else_sees_it(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    before = emitted("PostWritten")
    fay = town.browser(client, town.world.fay)
    sent = fay.post(f"/threads/{thread.id}/posts", body="Look at [this](https://shop.example)")
    assert sent.status_code == 303 and "Waiting for approval" in fay.get(f"/threads/{thread.id}").text
    held = town.row(Post, _newest(town))
    assert (held.state, held.held_for, held.number) == ("waiting", "first_link", 2)
    assert town.row(Thread, thread.id).posts == town.row(Thread, thread.id).last_number == 1
    assert emitted("PostWritten") == before
    for person in (None, town.world.charlie):
        assert "shop.example" not in town.browser(visitor(client), person).get(f"/threads/{thread.id}").text
        with town.inside(person), pytest.raises(NotFound):
            queries.posts.post(town.place(person), held.id)
    assert "first post, with a link" in told(town.world.alice, "forum.queue")[0]


def _newest(town: Town) -> Any:
    with db.workspace(town.world.north.id) as session:
        return session.scalars(select(Post.id).order_by(Post.id.desc()).limit(1)).one()


def test_approving_gives_the_post_its_place(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    held = say(town, town.world.fay, thread, "Look at [this](https://shop.example)")
    town.reply(town.world.charlie, thread, "Meanwhile")
    before = emitted("PostWritten")
    team = town.browser(client, town.world.bob)
    page = team.get(f"{desk(town)}/queue")
    assert "shop.example" in page.text and "A newcomer" in page.text and "Spam score" in page.text
    sent = team.post(f"{desk(town)}/posts/{held.id}/decisions", verb="approve", version=held.version, came_from="queue")
    assert sent.status_code == 303 and "Nothing waits" in team.get(f"{desk(town)}/queue").text
    found = town.row(Thread, thread.id)
    assert (town.row(Post, held.id).number, found.posts, found.last_number) == (2, 3, 3)
    assert emitted("PostWritten") == before + 1 and "approved your post" in told(town.world.fay)[0]
    assert "shop.example" in visitor(client).get(f"/threads/{thread.id}").text
    exact(town)


def test_a_thread_that_waits_is_in_no_list_and_no_count(client: Any, town: Town) -> None:
    with town.inside(town.world.fay):
        thread = actions.start(actor(town.world.fay), town.general, "My little shop", "At [home](https://shop.example)")
    assert thread.state == "waiting"
    exact(town)
    assert client.get(f"/threads/{thread.id}").status_code == 404
    assert "My little shop" not in client.get(town.path).text
    assert "Waiting for approval" in town.browser(client, town.world.fay).get(f"/threads/{thread.id}").text
    started = emitted("ThreadStarted")
    with db.workspace(town.world.north.id, town.world.bob.id):
        moderating.approve(actor(town.world.bob), town.row(Post, _newest(town)))
    assert emitted("ThreadStarted") == started + 1 and "My little shop" in client.get(town.path).text
    exact(town)


def test_repeated_shouted_links_look_like_advertising_and_their_author_hears_of_it(town: Town) -> None:
    thread = town.start(town.world.alice)
    words = "BUY THE CHEAPEST LAMPS OF THE WHOLE TOWN [HERE](https://lamps.example)"
    first = say(town, town.world.fay, thread, words)
    again = say(town, town.world.charlie, thread, words)
    assert first.spam < again.spam and again.held_for == "sure"
    assert any("Somebody else posted the same text" in one for one in again.signals)
    assert "looks like advertising" in told(town.world.charlie)[0]


def test_one_repeats_oneself_in_other_words(town: Town) -> None:
    thread = town.start(town.world.alice)
    say(town, town.world.fay, thread, "My lamps are the best lamps of the whole wide town, come and see them.")
    again = say(town, town.world.fay, thread, "My lamps are the best lamps of the whole wide town, come, see them now!")
    assert any("in the last day already" in one for one in again.signals)


def test_an_edit_that_brings_a_link_waits_as_well(town: Town) -> None:
    thread = town.start(town.world.alice)
    post = say(town, town.world.fay, thread, "Nothing to see here.")
    with town.inside(town.world.fay):
        actions.edit(actor(town.world.fay), db.get(Post, post.id), 1, "Now [there is](https://shop.example).")
    assert (town.row(Post, post.id).state, town.row(Post, post.id).held_for) == ("waiting", "edit")
    exact(town)


def test_taking_back_and_restoring_is_no_way_around_approval(town: Town) -> None:
    thread = town.start(town.world.alice)
    held = say(town, town.world.fay, thread, "Look at [this](https://shop.example)")
    with town.inside(town.world.fay):
        actions.take_back(actor(town.world.fay), db.get(Post, held.id))
        actions.restore(actor(town.world.fay), db.get(Post, held.id))
    assert town.row(Post, held.id).state == "waiting"
    exact(town)


def test_removed_posts_take_trust_away(town: Town) -> None:
    thread = town.start(town.world.alice)
    town.trust(town.world.fay)
    post = say(town, town.world.fay, thread, "Rude words")
    with db.workspace(town.world.north.id, town.world.bob.id):
        moderating.hide(actor(town.world.bob), town.row(Post, post.id), "unkind")
    say(town, town.world.fay, thread, "Kinder words")
    with db.workspace(town.world.north.id) as session:
        assert session.scalar(select(ForumPerson.trust).where(ForumPerson.user_id == town.world.fay.id)) == 1
