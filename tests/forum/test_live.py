"""The forum is live: who may listen, what is drawn once for all, and that a right that ended is not heard a moment longer."""

import json
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select

from app.core import db
from app.core.outbox import OutboxEvent
from app.forum import actions
from app.forum.models import Community, ForumCategory, Post, Thread
from app.live import presence, stream, telling
from app.live.telling import News
from app.live.topics import allowed
from app.workspaces import actions as workspaces
from app.workspaces.models import Member
from tests.forum.conftest import Town, actor

PEOPLE = ("alice", "vera", "fay", "charlie")


@pytest.fixture
def drawing(app: Any) -> None:
    """Streams draw with this application's templates."""
    telling.draw_with(app)


@pytest.fixture(autouse=True)
def uncounted(monkeypatch: Any) -> None:
    """Nobody counts readers beside the test; where it matters, the test counts."""
    monkeypatch.setattr(presence, "watch", lambda: None)


def of_list(town: Town, category: Any) -> str:
    return f"forum:{town.community.workspace_id}:{category.id}"


def told(town: Town, thread: Thread, name: str = "PostWritten") -> dict[str, Any]:
    """The newest fact about a thread, as the relay publishes it."""
    with db.system("test world") as session:
        wanted = select(OutboxEvent).where(
            OutboxEvent.topics.contains([f"thread:{thread.id}"]), OutboxEvent.name == f"forum.{name}"
        )
        row = session.scalars(wanted.order_by(OutboxEvent.id.desc()).limit(1)).one()
        return {"id": str(row.id), "event": row.name, "data": row.payload}


def heard(frame: str | None) -> dict[str, Any]:
    assert frame is not None
    return dict(json.loads(frame.partition("data: ")[2]))


@pytest.mark.parametrize("kind", ["general", "buyers", "team"])
@pytest.mark.parametrize("person", [*PEOPLE, None])
def test_who_may_read_may_listen_and_nobody_else(town: Town, kind: str, person: str | None) -> None:
    thread = town.start(town.world.alice, category=getattr(town, kind))
    owner = getattr(town.world, person).id if person else None
    opens = {"general": True, "buyers": person in ("alice", "vera"), "team": person in ("alice", "vera")}[kind]
    assert allowed([f"thread:{thread.id}"], owner, None) is opens
    assert allowed([of_list(town, getattr(town, kind))], owner, None) is opens


def test_a_purchase_opens_the_stream_and_a_refund_closes_it(town: Town) -> None:
    thread = town.start(town.world.alice, category=town.buyers)
    topics = [f"thread:{thread.id}", of_list(town, town.buyers), of_list(town, town.general)]
    town.give(town.world.fay)
    assert allowed(topics, town.world.fay.id, None)
    town.take(town.world.fay)
    assert not allowed(topics, town.world.fay.id, None)


def test_what_waits_is_heard_by_its_author_and_the_team(town: Town) -> None:
    thread = town.start(town.world.fay)
    with db.workspace(town.world.north.id):
        db.get(Thread, thread.id).state = "hidden"
    for person, hears in ((town.world.fay, True), (town.world.alice, True), (town.world.charlie, False)):
        assert allowed([f"thread:{thread.id}"], person.id, None) is hears


@pytest.mark.parametrize("topic", ["thread:x", "thread:", "forum:x:y", "forum:", "thread:*", "member:x:inbox"])
def test_topics_that_are_no_topics_are_not_heard(town: Town, topic: str) -> None:
    assert allowed([topic], town.world.alice.id, None) is allowed([topic], None, None) is False


def test_a_foreign_category_is_not_heard_by_another_communitys_name(town: Town) -> None:
    with db.workspace(town.world.other.id, town.world.charlie.id):
        actions.open_community(actor(town.world.charlie), "Otherside", f"other-{town.community.slug}")
    topic = f"forum:{town.world.other.id}:{town.team.id}"
    assert not allowed([topic], town.world.charlie.id, None)


def test_visitors_without_a_cookie_hear_public_threads_alone(town: Town, client: Any) -> None:
    public, closed = town.start(town.world.alice), town.start(town.world.alice, category=town.buyers)
    answer = client.get(f"/live?topic=thread:{public.id},{of_list(town, town.general)}")
    assert next(answer.iter_encoded()).startswith(b"retry:")
    answer.close()
    for topic in (f"thread:{closed.id}", of_list(town, town.buyers), f"workspace:{town.world.north.id}:orders"):
        assert client.get(f"/live?topic=thread:{public.id},{topic}").status_code == 404


def test_one_address_of_visitors_has_a_limit(town: Town, client: Any, monkeypatch: Any) -> None:
    from app.core import settings

    monkeypatch.setitem(vars(settings.current()), "live_visitors", 2)
    here = f"/live?topic=thread:{town.start(town.world.alice).id}"
    opened = [client.get(here) for _ in range(2)]
    assert all(next(one.iter_encoded()).startswith(b"retry:") for one in opened)
    assert client.get(here).status_code == 429
    for one in opened:
        one.close()
    again = client.get(here)
    assert again.status_code == 200
    again.close()


def test_a_post_is_read_and_drawn_once_for_all_who_listen(town: Town, drawing: None) -> None:
    town.give(town.world.fay)
    thread = town.start(town.world.alice, category=town.buyers)
    town.reply(town.world.alice, thread, "For **owners** only.")
    owners = [town.world.fay.id, town.world.bob.id, *(town.world.person(f"N{n}").id for n in range(20))]
    news, statements = News(f"thread:{thread.id}", told(town, thread), owners), 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    event.listen(db.engine(), "before_cursor_execute", count)
    first = news.for_owner(town.world.fay.id)
    needed = statements
    frames = [news.for_owner(owner) for owner in owners]
    event.remove(db.engine(), "before_cursor_execute", count)
    assert statements == needed > 0
    assert frames[0] is frames[1] is first and frames[2:] == [None] * 20
    assert "<strong>owners</strong>" in heard(first)["html"]


def test_what_is_pushed_belongs_to_nobody(town: Town, drawing: None) -> None:
    thread = town.start(town.world.fay, "Paper?")
    parent = town.reply(town.world.alice, thread, "Matte.")
    with town.inside(town.world.fay):
        words, above = "Thanks @alice <b onclick=x>", db.get(Post, parent.id)
        post = actions.reply(actor(town.world.fay), db.get(Thread, thread.id), words, parent=above)
    said = heard(News(f"thread:{thread.id}", told(town, thread), []).for_owner("address:x"))
    html = said["html"]
    for word in (
        "hx-",
        "<form",
        "csrf",
        "nonce",
        "<input",
        "<button",
        "onclick=x>",
        "@guildhall.test",
        str(town.world.fay.id),
    ):
        assert word not in html, word
    assert f'id="post-{post.number}"' in html and "Verified" not in html and 'data-branch="2"' in html
    assert said["key"] == "" and said["locked"] is False and "2 replies" in said["facts"]


def test_the_outbox_keeps_ids_and_no_words(town: Town) -> None:
    thread = town.start(town.world.fay)
    town.reply(town.world.fay, thread, "Unrepeatable words")
    assert "Unrepeatable" not in json.dumps(told(town, thread))


@pytest.mark.parametrize("state", ["waiting", "hidden", "deleted"])
def test_a_post_that_not_all_may_see_is_asked_for(town: Town, drawing: None, state: str) -> None:
    thread = town.start(town.world.fay)
    post = town.reply(town.world.fay, thread, "Rude words")
    message = told(town, thread)
    with db.workspace(town.world.north.id):
        db.get(Post, post.id).state = state
    frame = News(f"thread:{thread.id}", message, [town.world.charlie.id]).for_owner(town.world.charlie.id)
    assert "Rude" not in (frame or "") and heard(frame)["ask"] is True


def test_lists_hear_ids_alone(town: Town, drawing: None) -> None:
    thread = town.start(town.world.fay)
    town.reply(town.world.fay, thread, "Some words")
    frame = News(of_list(town, town.general), told(town, thread), []).for_owner("address:x")
    assert "html" not in heard(frame) and heard(frame)["thread_id"] == str(thread.id)


def test_a_category_that_closes_is_closed_for_the_next_post(town: Town, drawing: None) -> None:
    """Nobody told the stream; the post itself asks."""
    thread = town.start(town.world.alice)
    town.reply(town.world.alice, thread)
    message = told(town, thread)
    with db.workspace(town.world.north.id):
        db.get(ForumCategory, town.general.id).audience = "team"
    for topic in (f"thread:{thread.id}", of_list(town, town.general)):
        news = News(topic, message, [town.world.fay.id, town.world.alice.id])
        assert news.for_owner(town.world.fay.id) is news.for_owner("address:x") is None
        assert news.for_owner(town.world.alice.id) is not None


def test_what_was_missed_is_asked_for_and_carries_no_words(town: Town, drawing: None) -> None:
    thread = town.start(town.world.fay)
    first = told(town, thread, "ThreadStarted")["id"]
    town.reply(town.world.fay, thread, "While you were away")
    frames = stream.events([f"thread:{thread.id}"], first, "address:x", lambda: True)
    assert next(frames).startswith("retry:")
    frame = next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert heard(frame)["ask"] is True and "While" not in frame and "forum.PostWritten" in frame


def listening(topics: list[str], owner: Any) -> Any:
    """An open stream of somebody who may listen."""
    assert allowed(topics, owner, None)
    frames = stream.events(topics, None, owner or "address:x", partial(allowed, topics, owner, None))
    assert next(frames).startswith("retry:")
    return frames


def newest(topic: str) -> dict[str, Any]:
    with db.system("test world") as session:
        wanted = select(OutboxEvent).where(OutboxEvent.topics.contains([topic])).order_by(OutboxEvent.id.desc())
        row = session.scalars(wanted.limit(1)).one()
        return {"id": str(row.id), "event": row.name, "data": row.payload}


def refund(town: Town) -> None:
    town.take(town.world.fay)


def dismissal(town: Town) -> None:
    with db.workspace(town.world.north.id, town.world.alice.id) as session:
        member = session.scalars(select(Member).where(Member.user_id == town.world.fay.id)).one()
        workspaces.remove_member(actor(town.world.alice), member)


def enter(town: Town, ending: Any) -> None:
    """Fay may enter the buyers' category: as a buyer, or as a member."""
    if ending is refund:
        town.give(town.world.fay)
        return
    with db.workspace(town.world.north.id):
        db.add(Member(user_id=town.world.fay.id, role="viewer"))


@pytest.mark.parametrize("ending", [refund, dismissal])
def test_whose_right_ended_hears_not_even_a_post_of_the_same_moment(
    town: Town, client: Any, drawing: None, ending: Any
) -> None:
    """The post overtakes the news of the refund, and the stream ends all the same, before it is told."""
    enter(town, ending)
    thread = town.start(town.world.alice, category=town.buyers)
    topics = [f"thread:{thread.id}", of_list(town, town.buyers)]
    streams = [listening(topics, town.world.fay.id), listening(topics[1:], town.world.fay.id)]
    ending(town)
    town.reply(town.world.alice, thread, "Secret of the trade")
    for topic in topics:
        stream.hub.deliver(topic, told(town, thread))
    for frames in streams:
        assert list(frames) == [stream.GONE]
    world = town.world
    assert world.sign_in(client, world.fay).get(f"/live?topic={','.join(topics)}").status_code == 404
    assert client.get(f"/threads/{thread.id}/news?after=0").status_code == 404


@pytest.mark.parametrize("ending", [refund, dismissal])
def test_the_stream_ends_with_the_right_and_without_any_post(town: Town, drawing: None, ending: Any) -> None:
    enter(town, ending)
    thread = town.start(town.world.alice, category=town.buyers)
    fay, bob = (listening([f"thread:{thread.id}"], one.id) for one in (town.world.fay, town.world.bob))
    ending(town)
    topic = f"revoked:{town.world.fay.id}"
    stream.hub.deliver(topic, newest(topic))
    assert list(fay) == [stream.GONE]
    town.reply(town.world.alice, thread, "Secret of the trade")
    stream.hub.deliver(f"thread:{thread.id}", told(town, thread))
    assert "Secret" in next(bob)
    bob.close()


def test_a_category_that_closes_ends_the_streams_of_its_threads(town: Town, drawing: None) -> None:
    thread = town.start(town.world.alice)
    topics = [f"thread:{thread.id}", of_list(town, town.general)]
    visitor, member = listening(topics, None), listening(topics, town.world.vera.id)
    with db.workspace(town.world.north.id, town.world.alice.id):
        row = db.get(ForumCategory, town.general.id)
        actions.change_category(
            actor(town.world.alice), row, row.version, name=row.name, about="", audience="team", writes="team"
        )
    stream.hub.deliver(topics[1], newest(topics[1]))
    assert list(visitor) == [stream.GONE]
    town.reply(town.world.alice, thread, "Among us")
    stream.hub.deliver(topics[0], told(town, thread))
    assert "Among us" in next(member)
    member.close()


def test_a_page_of_a_thread_hears_of_each_post_once_and_not_of_other_threads(town: Town, drawing: None) -> None:
    thread, other = town.start(town.world.alice), town.start(town.world.alice, "Another")
    topics = [f"thread:{thread.id}", of_list(town, town.general)]
    frames = listening(topics, None)
    town.reply(town.world.alice, other, "Elsewhere")
    stream.hub.deliver(topics[1], told(town, other))
    for words in ("First", "Second"):
        town.reply(town.world.alice, thread, words)
        for topic in (topics[1], *topics, topics[0]):
            stream.hub.deliver(topic, told(town, thread))
    assert "First" in next(frames) and "Second" in next(frames)
    frames.close()


def test_votes_are_told_as_numbers(town: Town, drawing: None) -> None:
    thread = town.start(town.world.alice)
    with town.inside(town.world.fay):
        first = db.session().scalars(select(Post).where(Post.thread_id == thread.id)).one()
        actions.vote(actor(town.world.fay), first, 1)
    said = heard(News(f"thread:{thread.id}", told(town, thread, "PostVoted"), []).for_owner("address:x"))
    assert said["score"] == 1 and str(town.world.fay.id) not in json.dumps(said)


def test_news_are_what_this_reader_may_see(town: Town, client: Any) -> None:
    thread = town.start(town.world.fay)
    town.reply(town.world.alice, thread, "Second")
    hidden = town.reply(town.world.bob, thread, "Third")
    town.reply(town.world.bob, thread, "Fourth")
    with db.workspace(town.world.north.id):
        db.get(Post, hidden.id).state = "hidden"
    page = client.get(f"/threads/{thread.id}/news?after=1")
    assert page.status_code == 200 and 'data-last="4"' in page.text
    assert "Second" in page.text and "Fourth" in page.text and "Third" not in page.text and "<html" not in page.text
    assert "Third" in town.browser(client, town.world.bob).get(f"/threads/{thread.id}/news?only=3").text
    assert "Second" not in client.get(f"/threads/{thread.id}/news?only=4,abc,99999999999").text


def test_news_of_a_closed_thread_are_missing(town: Town, client: Any) -> None:
    thread = town.start(town.world.alice, category=town.buyers)
    assert client.get(f"/threads/{thread.id}/news?after=0").status_code == 404
    fay = town.browser(client, town.world.fay)
    assert fay.post(f"/threads/{thread.id}/writing", page="p").status_code == 404


def test_who_writes_is_told_by_name_and_kept_nowhere(town: Town, client: Any, monkeypatch: Any) -> None:
    said: list[tuple[str, str]] = []

    class Post_:
        def publish(self, channel: str, message: str) -> None:
            said.append((channel, message))

    from app.forum.actions import announcing

    monkeypatch.setattr(announcing, "valkey", Post_)
    thread = town.start(town.world.alice)
    assert town.browser(client, town.world.fay).post(f"/threads/{thread.id}/writing", page="p1").status_code == 204
    assert said[0][0] == f"live:thread:{thread.id}" and json.loads(said[0][1])["data"]["name"] == "Fay"
    with db.workspace(town.world.north.id):
        db.get(Thread, thread.id).locked_at = db.now()
    assert town.browser(client, town.world.fay).post(f"/threads/{thread.id}/writing", page="p1").status_code == 204
    assert len(said) == 1


def test_readers_are_counted_once_each_and_forgotten(town: Town) -> None:
    topic = f"thread:{town.start(town.world.alice).id}"
    inboxes = [
        (owner, stream.hub.join([topic], owner)) for owner in (town.world.fay.id, town.world.fay.id, "address:x")
    ]
    presence.tick()
    assert '"readers": 2' in presence.known([topic])
    for owner, inbox in inboxes:
        stream.hub.leave([topic], owner, inbox)
    presence.tick()
    assert presence.known([topic]) == ""


@pytest.mark.parametrize(("total", "said"), [(0, 0), (20, 20), (21, 20), (118, 120), (2345, 2300)])
def test_many_readers_are_told_roughly(total: int, said: int) -> None:
    assert presence.rounded(total) == said


def test_the_community_says_so_when_it_closes(town: Town) -> None:
    """A closed community is read on, and heard on."""
    thread = town.start(town.world.alice)
    with db.workspace(town.world.north.id):
        db.get(Community, town.community.id).state = "closed"
    assert allowed([f"thread:{thread.id}"], None, None)
