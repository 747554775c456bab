"""Polls: asked with a thread or later, one vote per person that can be changed, counts that are exact, and no change once somebody voted."""

import re
from datetime import timedelta
from threading import Barrier
from threading import Thread as Worker
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.outbox import OutboxEvent
from app.forum import actions
from app.forum.models import Poll, PollOption, PollVote, Post
from tests.forum.conftest import Town, actor, found_town

OPTIONS = ["Matte", "Glossy", "Cotton"]


def ask(town: Town, person: Any, *, many: bool = False, days: int = 0) -> Post:
    post = town.reply(person, town.start(town.world.alice), "Which one?")
    end = db.now() + timedelta(days=days) if days else None
    with town.inside(person):
        actions.set_poll(actor(person), db.get(Post, post.id), "Which paper?", OPTIONS, many=many, closes_at=end)
    return post


def options(town: Town, post: Post) -> dict[str, Any]:
    with db.workspace(town.world.north.id) as session:
        poll = session.scalars(select(Poll).where(Poll.post_id == post.id)).one()
        return {one.words: one.id for one in session.scalars(select(PollOption).where(PollOption.poll_id == poll.id))}


def counts(town: Town, post: Post) -> tuple[int, list[int]]:
    """Voters, and the votes of each option in order; what is counted has to be what is there."""
    with db.workspace(town.world.north.id) as session:
        poll = session.scalars(select(Poll).where(Poll.post_id == post.id)).one()
        session.refresh(poll)
        rows = session.scalars(
            select(PollOption)
            .where(PollOption.poll_id == poll.id)
            .order_by(PollOption.position)
            .execution_options(populate_existing=True)
        ).all()
        there = [
            session.scalar(select(func.count()).select_from(PollVote).where(PollVote.option_id == one.id))
            for one in rows
        ]
        voters = session.scalar(select(func.count(PollVote.user_id.distinct())).where(PollVote.poll_id == poll.id))
        assert [one.votes for one in rows] == there and poll.voters == voters
        return poll.voters, [one.votes for one in rows]


def test_a_thread_is_begun_with_a_poll_and_people_vote_without_scripts(client: Any, town: Town) -> None:
    fay = town.browser(client, town.world.fay)
    sent = fay.post(
        f"{town.path}/new",
        category="general",
        title="Which paper next?",
        body="Tell us.",
        tags="",
        poll_question="Which paper?",
        poll_options="Matte\nGlossy\n\nMatte\nCotton",
        poll_days="7",
    )
    assert sent.status_code == 303
    page = fay.get(sent.headers["Location"]).text
    assert "Which paper?" in page and page.count('type="radio" name="option"') == 3 and "<progress" not in page
    post = re.search(r'action="/posts/([^/]+)/poll/votes"', page)
    assert post
    chosen = re.search(r'name="option" value="([^"]+)"', page)
    assert chosen
    charlie = town.browser(client, town.world.charlie)
    voted = charlie.post(f"/posts/{post[1]}/poll/votes", option=chosen[1])
    assert voted.status_code == 303
    after = charlie.get(voted.headers["Location"]).text
    assert '<progress value="100"' in after and "1 person voted" in after and "Change my vote" in after
    assert "<progress" not in town.browser(client, town.world.bob).get(sent.headers["Location"]).text


def test_results_are_shown_when_asked_for(client: Any, town: Town) -> None:
    post = ask(town, town.world.fay)
    asked = client.get(f"/posts/{post.id}/poll")
    assert asked.status_code == 303
    assert "<progress" in client.get(asked.headers["Location"]).text


def test_a_vote_can_be_changed_and_taken_back(client: Any, town: Town) -> None:
    post = ask(town, town.world.fay)
    found = options(town, post)
    bob = town.browser(client, town.world.bob)
    bob.post(f"/posts/{post.id}/poll/votes", option=found["Matte"])
    bob.post(f"/posts/{post.id}/poll/votes", option=found["Matte"])
    assert counts(town, post) == (1, [1, 0, 0])
    bob.post(f"/posts/{post.id}/poll/votes", option=found["Cotton"])
    assert counts(town, post) == (1, [0, 0, 1])
    bob.post(f"/posts/{post.id}/poll/votes")
    assert counts(town, post) == (0, [0, 0, 0])


def test_one_choice_is_one_and_foreign_options_are_none(client: Any, town: Town) -> None:
    post, other = ask(town, town.world.fay), ask(town, town.world.alice)
    found, foreign = options(town, post), options(town, other)
    bob = town.browser(client, town.world.bob)
    both = bob.post(f"/posts/{post.id}/poll/votes", option=[found["Matte"], found["Cotton"]])
    assert both.status_code == 422
    assert bob.post(f"/posts/{post.id}/poll/votes", option=foreign["Matte"]).status_code == 422
    assert counts(town, post) == counts(town, other) == (0, [0, 0, 0])
    many = ask(town, town.world.fay, many=True)
    found = options(town, many)
    bob.post(f"/posts/{many.id}/poll/votes", option=[found["Matte"], found["Cotton"]])
    assert counts(town, many) == (1, [1, 0, 1])


def test_after_the_first_vote_a_poll_is_only_closed(client: Any, town: Town) -> None:
    post = ask(town, town.world.fay)
    fay = town.browser(client, town.world.fay)
    said = {"poll_question": "Which size?", "poll_options": "A4\nA3", "poll_days": "0"}
    assert fay.post(f"/posts/{post.id}/poll", **said).status_code == 303
    found = options(town, post)
    assert set(found) == {"A4", "A3"}
    town.browser(client, town.world.bob).post(f"/posts/{post.id}/poll/votes", option=found["A4"])
    fay = town.browser(client, town.world.fay)
    assert fay.post(f"/posts/{post.id}/poll", **{**said, "poll_options": "A5\nA6"}).status_code == 409
    assert set(options(town, post)) == {"A4", "A3"}
    assert town.browser(client, town.world.charlie).post(f"/posts/{post.id}/poll/end").status_code == 403
    assert town.browser(client, town.world.fay).post(f"/posts/{post.id}/poll/end").status_code == 303
    late = town.browser(client, town.world.charlie).post(f"/posts/{post.id}/poll/votes", option=found["A3"])
    assert late.status_code == 409 and counts(town, post) == (1, [1, 0])
    page = client.get(f"/threads/{post.thread_id}").text
    assert "<progress" in page and "closed" in page and "/poll/votes" not in page


def test_a_poll_ends_by_itself(town: Town) -> None:
    post = ask(town, town.world.fay, days=1)
    chosen = options(town, post)["Matte"]
    with db.at(db.now() + timedelta(days=2)), town.inside(town.world.bob), pytest.raises(actions.PollClosed):
        actions.choose(actor(town.world.bob), db.get(Post, post.id), [chosen])
    assert counts(town, post) == (0, [0, 0, 0])


@pytest.mark.parametrize("typed", ["Only one", "Same\nSame", "\n".join(map(str, range(13))), "x" * 121 + "\ny"])
def test_what_is_no_poll_is_refused_and_stays_typed(client: Any, town: Town, typed: str) -> None:
    post = town.reply(town.world.fay, town.start(town.world.alice))
    fay = town.browser(client, town.world.fay)
    sent = fay.post(f"/posts/{post.id}/poll", poll_question="Which?", poll_options=typed, poll_days="0")
    assert sent.status_code == 422 and typed.split("\n")[0] in sent.text and "Nothing was saved" in sent.text
    with db.workspace(town.world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Poll)) == 0


def test_only_the_author_and_the_team_ask_and_nobody_votes_where_they_cannot_read(client: Any, town: Town) -> None:
    post = town.reply(town.world.fay, town.start(town.world.alice))
    said = {"poll_question": "Which?", "poll_options": "A\nB", "poll_days": "0"}
    assert town.browser(client, town.world.charlie).post(f"/posts/{post.id}/poll", **said).status_code == 403
    assert town.browser(client, town.world.alice).post(f"/posts/{post.id}/poll", **said).status_code == 303
    closed = town.reply(town.world.alice, town.start(town.world.alice, category=town.buyers))
    with town.inside(town.world.alice):
        actions.set_poll(
            actor(town.world.alice), db.get(Post, closed.id), "Which?", ["A", "B"], many=False, closes_at=None
        )
    chosen = options(town, closed)["A"]
    charlie = town.browser(client, town.world.charlie)
    assert charlie.post(f"/posts/{closed.id}/poll/votes", option=chosen).status_code == 404
    assert counts(town, closed) == (0, [0, 0])


def test_a_vote_tells_the_pages_that_show_it(town: Town) -> None:
    post = ask(town, town.world.fay)
    chosen = options(town, post)["Glossy"]
    with db.system("jobs") as session:
        before = session.scalar(
            select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name.endswith("PostChanged"))
        )
    with town.inside(town.world.bob):
        actions.choose(actor(town.world.bob), db.get(Post, post.id), [chosen])
    with db.system("jobs") as session:
        after = session.scalar(
            select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name.endswith("PostChanged"))
        )
    assert after == (before or 0) + 1


def test_votes_at_once_are_all_counted(app: Any, committed: Any) -> None:
    from tests.world import World

    town = found_town(World())
    post = ask(town, town.world.fay, many=True)
    found = list(options(town, post).values())
    people = [town.world.alice, town.world.bob, town.world.charlie, town.world.fay]
    start, troubles = Barrier(2 * len(people)), []

    def vote(person: Any, chosen: list[Any]) -> None:
        start.wait(30)
        try:
            with town.inside(person):
                actions.choose(actor(person), db.get(Post, post.id), chosen)
        except Exception as error:  # told by the assertion below
            troubles.append(error)

    workers = [Worker(target=vote, args=(one, some)) for one in people for some in (found[:2], found[1:])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert troubles == []
    voters, votes = counts(town, post)
    assert voters == len(people) and votes[1] == len(people) and votes[0] + votes[2] == len(people)
