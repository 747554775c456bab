"""Moving, merging and splitting: posts keep their votes and answers, people what they read, and every count stays what is there."""

import random
from threading import Barrier
from threading import Thread as Worker
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.core import audit, db
from app.core.errors import Refused
from app.core.ids import new_id
from app.forum import actions, queries
from app.forum.actions import placing
from app.forum.models import Answer, Following, ForumCategory, Moderation, Post, Reading, Thread, Vote
from app.notifications.models import InboxItem
from tests.forum.conftest import Town, actor, found_town
from tests.world import World


def desk(town: Town, thread: Thread, what: str) -> str:
    return f"/w/{town.world.north.slug}/forum/threads/{thread.id}/{what}"


def bodies(town: Town, thread_id: UUID) -> list[str]:
    """By number; numbers have to be 1 to n."""
    with db.workspace(town.world.north.id) as session:
        rows = session.scalars(select(Post).where(Post.thread_id == thread_id).order_by(Post.number)).all()
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        return [row.body for row in rows]


def whole(town: Town) -> None:
    """Whatever was done: numbers without gaps, and each count is what is there."""
    with db.workspace(town.world.north.id) as session:
        session.expire_all()
        for thread in session.scalars(select(Thread)):
            rows = session.scalars(select(Post).where(Post.thread_id == thread.id).order_by(Post.number)).all()
            seen = [row for row in rows if row.state == "visible"]
            assert [row.number for row in rows] == list(range(1, len(rows) + 1))
            assert thread.posts == len(seen) and thread.numbers == len(rows)
            assert thread.last_number == max((row.number for row in seen), default=0)
            assert {row.category_id for row in rows} <= {thread.category_id}
            assert set(thread.voices) <= {row.author_id for row in seen}
            numbers = {row.id: row for row in rows}
            for row in rows:
                assert row.parent_id is None or numbers[row.parent_id].number < row.number
                assert row.branch == row.number or any(one.number == row.branch for one in rows)
            assert thread.accepted_id is None or thread.accepted_id in numbers
            assert (thread.merged_id is None) == bool(rows)
            read = session.scalars(select(Reading.number).where(Reading.thread_id == thread.id)).all()
            assert all(one <= len(rows) for one in read)
        for category in session.scalars(select(ForumCategory)):
            there = select(func.count()).where(Thread.category_id == category.id, Thread.state == "visible")
            assert category.threads == session.scalar(there)


def talk(town: Town, title: str, count: int = 4) -> tuple[Thread, list[Post]]:
    """A thread and its replies: each second one answers the one before."""
    thread = town.start(town.world.alice, title, f"{title} 1")
    made: list[Post] = []
    for number in range(2, count + 1):
        person = (town.world.fay, town.world.bob)[number % 2]
        parent = made[-1] if number % 2 else None
        made.append(town.reply(person, thread, f"{title} {number}", parent))
    return thread, made


def read(town: Town, person: Any, thread: Thread, number: int) -> None:
    with town.inside(person):
        actions.seen(person.id, db.get(Thread, thread.id), number)


def reading(town: Town, person: Any, thread_id: UUID) -> int | None:
    with db.workspace(town.world.north.id) as session:
        mine = select(Reading.number).where(Reading.user_id == person.id, Reading.thread_id == thread_id)
        return session.scalar(mine)


def test_a_moved_thread_is_read_by_those_who_may_enter_its_new_category(client: Any, town: Town) -> None:
    thread, _ = talk(town, "Lamp")
    assert client.get(f"/threads/{thread.id}").status_code == 200
    alice = town.browser(client, town.world.alice)
    assert "Brush owners" in alice.get(desk(town, thread, "move")).text
    sent = alice.post(desk(town, thread, "move"), category=town.buyers.id, reason="About brushes")
    assert sent.status_code == 303
    assert town.row(ForumCategory, town.general.id).threads == 0
    assert town.row(ForumCategory, town.buyers.id).threads == 1
    whole(town)
    assert town.browser(client, town.world.charlie).get(f"/threads/{thread.id}").status_code == 404
    town.give(town.world.fay)
    assert town.browser(client, town.world.fay).get(f"/threads/{thread.id}").status_code == 200
    with db.workspace(town.world.north.id) as session:
        line = session.scalars(select(Moderation).where(Moderation.verb == "move_thread")).one()
        assert (line.reason, line.category_id) == ("About brushes", town.buyers.id)
        done = session.scalars(
            select(audit.AuditEntry.action).order_by(audit.AuditEntry.position.desc()).limit(1)
        ).one()
        assert done == "forum.move_thread"


@pytest.mark.parametrize("what", ["move", "merge", "split"])
def test_only_the_team_arranges(client: Any, town: Town, what: str) -> None:
    thread, posts = talk(town, "Lamp")
    other, _ = talk(town, "Other")
    data = {"category": town.buyers.id, "into": str(other.id), "post": str(posts[0].id), "title": "New one"}
    for person in (town.world.fay, town.world.charlie):
        browser = town.browser(client, person)
        assert browser.get(desk(town, thread, what)).status_code == 404
        assert browser.post(desk(town, thread, what), **data).status_code == 404
    vera = town.browser(client, town.world.vera)
    assert vera.post(desk(town, thread, what), **data).status_code == 403
    assert bodies(town, thread.id) == [f"Lamp {number}" for number in range(1, 5)]
    assert town.row(Thread, thread.id).category_id == town.general.id
    whole(town)


def test_merging_puts_posts_behind_the_others_and_keeps_all_that_hangs_on_them(client: Any, town: Town) -> None:
    target, there = talk(town, "Lamp")
    source, here = talk(town, "Bulb", 3)
    with town.inside(town.world.charlie):
        actions.vote(actor(town.world.charlie), db.get(Post, here[0].id), 1)
        actions.follow(town.world.charlie.id, "everything", thread=db.get(Thread, source.id))
    with town.inside(town.world.alice):
        actions.accept(actor(town.world.alice), db.get(Thread, source.id), db.get(Post, here[1].id))
    read(town, town.world.fay, target, 4)
    read(town, town.world.fay, source, 2)
    read(town, town.world.bob, target, 2)
    read(town, town.world.bob, source, 3)
    alice = town.browser(client, town.world.alice)
    plan = alice.get(desk(town, source, "merge") + f"?into=/threads/{target.id}")
    assert (
        "numbers 5" in plan.text and "to 7" in plan.text and bodies(town, source.id) == ["Bulb 1", "Bulb 2", "Bulb 3"]
    )
    sent = alice.post(desk(town, source, "merge"), into=str(target.id), reason="The same")
    assert sent.status_code == 303 and sent.headers["Location"].endswith(f"/threads/{target.id}?at=5#post-5")
    assert bodies(town, target.id) == ["Lamp 1", "Lamp 2", "Lamp 3", "Lamp 4", "Bulb 1", "Bulb 2", "Bulb 3"]
    whole(town)
    assert town.row(Post, here[0].id).score == 1 and town.row(Thread, target.id).accepted_id == here[1].id
    assert reading(town, town.world.fay, target.id) == 6, "she had read all of one, and two of the other"
    assert reading(town, town.world.bob, target.id) == 2, "he goes on where he was"
    with db.workspace(town.world.north.id) as session:
        assert session.scalars(select(Vote.post_id)).all() == [here[0].id]
        follow = session.scalars(select(Following.thread_id).where(Following.user_id == town.world.charlie.id)).all()
        assert follow == [target.id]
    assert town.row(Post, here[1].id).branch == 6 and town.row(Post, there[1].id).branch == 2


def test_the_address_of_a_merged_thread_leads_to_the_other(client: Any, town: Town) -> None:
    first, _ = talk(town, "One", 2)
    second, posts = talk(town, "Two", 2)
    third, _ = talk(town, "Three", 2)
    with db.workspace(town.world.north.id, town.world.alice.id):
        actions.merge_threads(actor(town.world.alice), db.get(Thread, first.id), db.get(Thread, second.id))
        actions.merge_threads(actor(town.world.alice), db.get(Thread, second.id), db.get(Thread, third.id))
    for old in (first, second):
        gone = client.get(f"/threads/{old.id}")
        assert gone.status_code == 301 and gone.headers["Location"].endswith(f"/threads/{third.id}")
    assert client.get(f"/posts/{posts[0].id}").headers["Location"].endswith(f"/threads/{third.id}?at=4#post-4")
    fay = town.browser(client, town.world.fay)
    late = fay.post(f"/threads/{first.id}/posts", body="Late")
    assert late.status_code == 303 and f"/threads/{third.id}?at=7" in late.headers["Location"]
    whole(town)
    with db.workspace(town.world.north.id, town.world.alice.id):
        actions.move_thread(actor(town.world.alice), db.get(Thread, third.id), db.get(ForumCategory, town.team.id))
    assert client.get(f"/threads/{first.id}").status_code == 404


def test_what_cannot_be_merged_stays(client: Any, town: Town) -> None:
    thread, _ = talk(town, "Lamp", 2)
    hidden, _ = talk(town, "Hidden", 2)
    with db.workspace(town.world.north.id, town.world.alice.id):
        placing.put_thread(db.get(Thread, hidden.id), "hidden")
    alice = town.browser(client, town.world.alice)
    for into in (thread.id, hidden.id, new_id(), "nonsense"):
        assert alice.post(desk(town, thread, "merge"), into=str(into)).status_code == 422
    assert bodies(town, thread.id) == ["Lamp 1", "Lamp 2"]
    whole(town)


def test_an_answer_on_a_product_page_goes_along(town: Town) -> None:
    source, here = talk(town, "Bulb", 2)
    target, _ = talk(town, "Lamp", 2)
    with db.workspace(town.world.north.id, town.world.alice.id):
        kept = db.add(Answer(product_id=town.product.id, thread_id=source.id, post_id=here[0].id)).id
        actions.merge_threads(actor(town.world.alice), db.get(Thread, source.id), db.get(Thread, target.id))
    assert town.row(Answer, kept).thread_id == target.id
    with db.workspace(town.world.north.id, town.world.alice.id):
        made = actions.split_thread(actor(town.world.alice), db.get(Thread, target.id), [here[0].id], "Apart again").id
    assert town.row(Answer, kept).thread_id == made
    whole(town)


def test_chosen_posts_leave_with_their_replies(client: Any, town: Town) -> None:
    thread, posts = talk(town, "Lamp", 7)
    read(town, town.world.charlie, thread, 5)
    alice, chosen = town.browser(client, town.world.alice), [str(posts[2].id)]
    page = alice.get(desk(town, thread, "split") + f"?look=1&title=Bulbs&post={chosen[0]}")
    assert "2 posts go to the new thread" in page.text and "5 stay" in page.text and "moves too" in page.text
    assert len(bodies(town, thread.id)) == 7
    sent = alice.post(desk(town, thread, "split"), post=chosen, title="About bulbs")
    assert sent.status_code == 303
    made = UUID(sent.headers["Location"].rpartition("/")[2])
    assert bodies(town, made) == ["Lamp 4", "Lamp 5"]
    assert bodies(town, thread.id) == ["Lamp 1", "Lamp 2", "Lamp 3", "Lamp 6", "Lamp 7"]
    whole(town)
    assert reading(town, town.world.charlie, thread.id) == 3 and reading(town, town.world.charlie, made) == 2
    fresh = town.row(Thread, made)
    assert (fresh.title, fresh.author_id, fresh.category_id) == ("About bulbs", town.world.fay.id, town.general.id)
    assert town.row(ForumCategory, town.general.id).threads == 2
    assert client.get(f"/threads/{made}").status_code == 200


def test_an_accepted_answer_that_leaves_answers_no_more(town: Town) -> None:
    thread, posts = talk(town, "Lamp")
    with town.inside(town.world.alice):
        actions.accept(actor(town.world.alice), db.get(Thread, thread.id), db.get(Post, posts[2].id))
    with db.workspace(town.world.north.id, town.world.alice.id):
        actions.split_thread(actor(town.world.alice), db.get(Thread, thread.id), [posts[2].id], "Apart")
    assert town.row(Thread, thread.id).accepted_id is None
    whole(town)


def test_what_cannot_be_split_stays(client: Any, town: Town) -> None:
    thread, posts = talk(town, "Lamp")
    other, foreign = talk(town, "Other")
    with db.workspace(town.world.north.id) as session:
        first = session.scalars(select(Post.id).where(Post.thread_id == thread.id, Post.number == 1)).one()
    alice = town.browser(client, town.world.alice)
    for chosen, title in (([], "A title"), ([first], "A title"), ([foreign[0].id], "A title"), ([posts[0].id], "")):
        sent = alice.post(desk(town, thread, "split"), post=[str(one) for one in chosen], title=title)
        assert sent.status_code == 422 and "Nothing was" in sent.text
    assert len(bodies(town, thread.id)) == len(bodies(town, other.id)) == 4
    whole(town)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_arranged_all_counts_are_right(town: Town, seed: int) -> None:
    chance = random.Random(seed)  # a repeatable sequence
    town.give(town.world.fay)
    for number in range(4):
        talk(town, f"Thread {number}", chance.randint(1, 7))
    alice = actor(town.world.alice)
    for _ in range(14):
        with db.workspace(town.world.north.id, town.world.alice.id) as session:
            session.expire_all()
            threads = session.scalars(select(Thread).where(Thread.state == "visible").order_by(Thread.id)).all()
            thread = chance.choice(threads)
            posts = session.scalars(select(Post).where(Post.thread_id == thread.id, Post.number > 1)).all()
            step = chance.choice(["move", "merge", "split", "split", "hide", "show", "reply"])
            if step == "move":
                to = chance.choice([town.general.id, town.buyers.id])
                actions.move_thread(alice, thread, db.get(ForumCategory, to))
            elif step == "merge" and len(threads) > 2:
                actions.merge_threads(alice, thread, chance.choice([one for one in threads if one.id != thread.id]))
            elif step == "split" and posts:
                some = chance.sample(posts, min(len(posts), chance.randint(1, 3)))
                if min(some, key=lambda one: one.number).state == "visible":
                    actions.split_thread(alice, thread, [one.id for one in some], "Split off")
            elif step in ("hide", "show") and posts:
                placing.put(chance.choice(posts), "hidden" if step == "hide" else "visible")
            elif step == "reply":
                parent = chance.choice(posts) if posts else None
                actions.reply(alice, thread, f"More {chance.random()}", parent=parent)
        now = town.row(Thread, thread.id)
        if chance.random() < 0.5 and now.state == "visible":
            read(town, chance.choice([town.world.fay, town.world.bob]), now, now.last_number)
        whole(town)


def test_replies_during_a_merge_are_refused_or_kept(app: Any, committed: Any) -> None:
    """Whoever replies at that moment finds their post in the other thread, or is told; none is lost and no number given twice."""
    town = found_town(World())
    source, _ = talk(town, "Bulb", 3)
    target, _ = talk(town, "Lamp", 3)
    start, kept, troubles = Barrier(5), [], []

    def answer(person: Any, thread: Thread) -> None:
        start.wait(30)
        try:
            kept.append(town.reply(person, thread, f"From {person.name} in {thread.title}").id)
        except Refused:
            return
        except Exception as error:
            troubles.append(error)

    def join() -> None:
        start.wait(30)
        try:
            with db.workspace(town.world.north.id, town.world.ada.id):
                actions.merge_threads(actor(town.world.ada), db.get(Thread, source.id), db.get(Thread, target.id))
        except Exception as error:
            troubles.append(error)

    workers = [Worker(target=join)]
    for person, thread in ((town.world.fay, source), (town.world.bob, source), (town.world.alice, target), (town.world.charlie, target)):  # fmt: skip
        workers.append(Worker(target=answer, args=(person, thread)))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert troubles == []
    whole(town)
    said = bodies(town, target.id)
    assert len(said) == 6 + len(kept) and {"Bulb 1", "Bulb 2", "Bulb 3", "Lamp 1"} <= set(said)
    with town.inside(town.world.fay):
        assert queries.rearranging.now_at(town.place(town.world.fay), source.id) == target.id


def test_an_open_page_of_a_merged_thread_is_told_the_way_and_still_takes_replies_and_drafts(
    client: Any, town: Town
) -> None:
    source, posts = talk(town, "Lamp")
    target, _ = talk(town, "Desk")
    with town.inside(town.world.alice):
        actions.merge_threads(actor(town.world.alice), db.get(Thread, source.id), db.get(Thread, target.id))
    fay = town.browser(client, town.world.fay)
    told = client.get(f"/threads/{source.id}/arrangement", headers={"HX-Request": "true"})
    assert told.status_code == 200 and f'href="/threads/{target.id}"' in told.text and "«<bdi>Desk</bdi>»" in told.text
    kept = fay.post(f"{town.path}/drafts", place=f"thread:{source.id}", body="Half a")
    assert kept.status_code == 204
    sent = fay.post(f"/threads/{source.id}/posts", body="Late, and kept", parent=str(posts[0].id))
    assert sent.status_code == 303 and f"/threads/{target.id}?at=9" in sent.headers["Location"]
    assert bodies(town, target.id)[-1] == "Late, and kept"
    assert town.row(Post, posts[0].id).thread_id == target.id
    whole(town)


def test_who_may_not_enter_the_other_thread_is_told_nothing_of_it(client: Any, town: Town) -> None:
    source, _ = talk(town, "Lamp")
    secret = town.start(town.world.alice, "Secret prices", "For the team", town.team)
    with town.inside(town.world.alice):
        actions.merge_threads(actor(town.world.alice), db.get(Thread, source.id), db.get(Thread, secret.id))
    fay = town.browser(client, town.world.fay)
    told = client.get(f"/threads/{source.id}/arrangement", headers={"HX-Request": "true"})
    assert told.status_code == 404 and "Secret" not in told.text
    assert fay.post(f"/threads/{source.id}/posts", body="Late").status_code == 404
    with db.workspace(town.world.north.id) as session:
        assert not session.scalar(select(func.count()).where(Post.body == "Late"))


def test_an_answer_to_a_post_that_left_is_not_posted_and_says_why(client: Any, town: Town) -> None:
    thread, posts = talk(town, "Lamp", 5)
    with town.inside(town.world.alice):
        actions.split_thread(actor(town.world.alice), db.get(Thread, thread.id), {posts[1].id}, "Apart")
    fay = town.browser(client, town.world.fay)
    sent = fay.post(f"/threads/{thread.id}/posts", body="To the third", parent=str(posts[1].id))
    assert sent.status_code == 409 and "stands in another thread now" in sent.text and "To the third" in sent.text
    assert "To the third" not in bodies(town, thread.id)


def test_writers_hear_where_their_posts_went(town: Town, run_jobs: Any) -> None:
    source, posts = talk(town, "Lamp", 3)
    target, _ = talk(town, "Desk")
    by, world = actor(town.world.alice), town.world
    run_jobs()
    with town.inside(world.alice):
        actions.merge_threads(by, db.get(Thread, source.id), db.get(Thread, target.id), "Same lamp")
    run_jobs()
    told = {row.user_id: row for row in news("merged this thread")}
    assert set(told) == {world.fay.id, world.bob.id}
    line = told[world.fay.id]
    assert line.words == "The team merged this thread into «Desk»; your posts stand there now. Same lamp"
    assert (line.title, line.path) == ("Lamp", f"/threads/{target.id}?at=5#post-5")
    with town.inside(world.alice):
        made = actions.split_thread(by, db.get(Thread, target.id), {posts[0].id}, "Apart")
    run_jobs()
    assert {row.user_id for row in news("made «Apart»")} == {
        town.row(Post, posts[0].id).author_id,
        *repliers(town, made),
    }
    with town.inside(world.fay):
        mine = town.start(world.fay, "My own")
    with town.inside(world.alice):
        actions.move_thread(by, db.get(Thread, mine.id), db.get(ForumCategory, town.team.id))
    run_jobs()
    [closed] = news("cannot enter")
    assert closed.user_id == world.fay.id and closed.path.startswith(f"{town.path}/decisions")


def news(words: str) -> list[InboxItem]:
    with db.system("tell people") as session:
        return list(session.scalars(select(InboxItem).where(InboxItem.words.contains(words))))


def repliers(town: Town, thread: Thread) -> set[UUID]:
    with db.workspace(town.world.north.id) as session:
        found = set(session.scalars(select(Post.author_id).where(Post.thread_id == thread.id)))
    return found - {town.world.alice.id}
