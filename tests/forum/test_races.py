"""Fifty people in one thread at once, with real commits: nothing is lost, counted twice or given the same number."""

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.core import db
from app.core.errors import Refused
from app.forum import actions
from app.forum.actions import moderating
from app.forum.models import ForumPerson, Post, Thread, Vote
from tests.forum.conftest import Town, actor, found_town

PEOPLE, PATIENCE = 50, 40
"""Somebody who waited too long for others is told to try again, as on the page; after so many times it is no wait any more."""


@pytest.fixture
def crowd(committed: None, world: Any) -> Iterator[tuple[Town, list[Any]]]:
    """Fifty buyers known here, each with a connection of their own; nobody's lock was ever a deadlock."""
    before = db.engine()
    db.bind(db.connect(os.environ["DATABASE_URL"], pool_size=PEOPLE + 5))
    town = found_town(world)
    people = [world.person(f"Guest {number}") for number in range(PEOPLE)]
    with db.workspace(world.north.id):
        for number, person in enumerate(people):
            db.add(ForumPerson(user_id=person.id, name=person.name, handle=f"guest-{number}", trust=2))
    deadlocks = _deadlocks()
    yield town, people
    db.engine().dispose()  # what a connection counted is told at its end
    db._engine = before
    db.bind(before)
    assert _deadlocks() == deadlocks


def _deadlocks() -> int:
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        return int(
            admin.execute("select deadlocks from pg_stat_database where datname = current_database()").fetchone()[0]
        )  # type: ignore[index]


def patient(work: Callable[[], Any]) -> Any:
    """Busy answers are tried again; everything else, a deadlock above all, fails the test."""
    for _ in range(PATIENCE):
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.orig, (LockNotAvailable, QueryCanceled)):
                raise
    raise AssertionError(f"busy {PATIENCE} times in a row")


def together(work: Callable[[Any], Any], people: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(work, people))


def settled(town: Town, thread: Thread) -> None:
    """What is counted is what is there, in every table, and the numbers are 1, 2, 3 …"""
    with db.workspace(town.world.north.id) as session:
        posts = session.scalars(select(Post).where(Post.thread_id == thread.id).order_by(Post.number)).all()
        visible = [post for post in posts if post.state == "visible"]
        kept = db.get(Thread, thread.id)
        assert [post.number for post in posts] == list(range(1, len(posts) + 1))
        assert kept.posts == len(visible) and kept.last_number == max(post.number for post in visible)
        votes = select(Vote.post_id, func.sum(Vote.value)).group_by(Vote.post_id)
        scores = {row[0]: row[1] for row in session.execute(votes)}
        assert {post.id: post.score for post in posts} == {post.id: scores.get(post.id, 0) for post in posts}
        assert kept.score == posts[0].score
        written = select(Post.author_id, func.count()).group_by(Post.author_id)
        counts = {row[0]: row[1] for row in session.execute(written)}
        for person in session.scalars(select(ForumPerson)):
            assert person.posts == counts.get(person.user_id, 0), person.handle


def test_fifty_vote_change_their_votes_and_reply_at_once(crowd: tuple[Town, list[Any]]) -> None:
    town, people = crowd
    alice = town.world.alice
    thread = town.start(alice, "Everybody at once")
    targets = [_first(town, thread), *(town.reply(alice, thread, f"Reply {number}") for number in range(2))]

    def take_part(person: Any) -> dict[Any, int]:
        """Votes for each post until the last word on it, and two replies in between, in an order of one's own."""
        chance, last = random.Random(str(person.email)), {}
        deeds = [("vote", target) for target in targets for _ in range(3)] + [("reply", None)] * 2
        chance.shuffle(deeds)
        for deed, target in deeds:
            if deed == "reply":
                patient(lambda: town.reply(person, thread, f"By {person.name}"))
            else:
                last[target.id] = chance.choice((1, -1, 0))
                patient(lambda post=target, value=last[target.id]: _vote(town, person, post, value))  # type: ignore[misc]
        return last

    wanted = together(take_part, people)
    settled(town, thread)
    with db.workspace(town.world.north.id) as session:
        for target in targets:
            assert db.get(Post, target.id).score == sum(one[target.id] for one in wanted)
        assert session.scalar(select(func.count()).select_from(Post)) == 3 + 2 * PEOPLE


def _first(town: Town, thread: Thread) -> Post:
    with db.workspace(town.world.north.id) as session:
        return session.scalars(select(Post).where(Post.thread_id == thread.id, Post.number == 1)).one()


def _vote(town: Town, person: Any, post: Post, value: int) -> None:
    with town.inside(person):
        actions.vote(actor(person), db.get(Post, post.id), value)


def test_the_same_press_at_once_is_one_post(crowd: tuple[Town, list[Any]]) -> None:
    town, people = crowd
    thread = town.start(town.world.alice)

    def press(_: int) -> Any:
        with town.inside(people[0]):
            return actions.reply(actor(people[0]), db.get(Thread, thread.id), "Once", key="one-key").id

    assert len(set(together(lambda one: patient(lambda: press(one)), list(range(20))))) == 1
    settled(town, thread)
    assert town.row(Thread, thread.id).posts == 2


def test_strangers_who_all_come_for_the_first_time_each_get_a_name(crowd: tuple[Town, list[Any]]) -> None:
    town, _ = crowd
    thread = town.start(town.world.alice)
    strangers = [town.world.person("Sam") for _ in range(20)]
    together(lambda person: patient(lambda: _vote(town, person, _first(town, thread), 1)), strangers)
    settled(town, thread)
    with db.workspace(town.world.north.id) as session:
        handles = list(session.scalars(select(ForumPerson.handle).where(ForumPerson.name == "Sam")))
    assert len(handles) == len(set(handles)) == 20 and town.row(Thread, thread.id).score == 20


def test_the_team_accepts_locks_and_hides_while_people_reply(crowd: tuple[Town, list[Any]]) -> None:
    town, people = crowd
    world = town.world
    thread = town.start(world.alice, "A busy one")
    first = [town.reply(person, thread, f"Early {number}") for number, person in enumerate(people[:8])]

    def reply(person: Any) -> str:
        """«posted», or the words of the refusal while the thread was locked."""
        try:
            patient(lambda: _reply(town, person, thread, random.Random(str(person.email)).choice(first[:4])))
        except Refused as refused:
            return refused.message
        return "posted"

    def accept(_: Any) -> None:
        for post in first[:4]:
            patient(lambda post=post: _accept(town, thread, post))  # type: ignore[misc]

    def lock(_: Any) -> None:
        for verb in ("lock_thread", "unlock_thread") * 3:
            patient(lambda verb=verb: _decide(town, thread, verb))  # type: ignore[misc]

    def hide(_: Any) -> None:
        for post in first[4:]:
            patient(lambda post=post: _hide(town, post))  # type: ignore[misc]

    team = {"accept": accept, "lock": lock, "hide": hide}
    answers = together(lambda one: team[one](one) if isinstance(one, str) else reply(one), [*people, *team])
    told = [answer for answer in answers if answer is not None]
    assert len(told) == PEOPLE and all(one == "posted" or "locked" in one for one in told)
    settled(town, thread)
    kept = town.row(Thread, thread.id)
    assert kept.accepted_id == first[3].id and kept.locked_at is None
    assert kept.posts == 1 + 4 + told.count("posted")


def _reply(town: Town, person: Any, thread: Thread, parent: Post) -> None:
    with town.inside(person):
        actions.reply(actor(person), db.get(Thread, thread.id), "Late", parent=db.get(Post, parent.id))


def _accept(town: Town, thread: Thread, post: Post) -> None:
    with town.inside(town.world.ada):
        actions.accept(actor(town.world.ada), db.get(Thread, thread.id), db.get(Post, post.id))


def _decide(town: Town, thread: Thread, verb: str) -> None:
    with town.inside(town.world.alice):
        moderating.decide_thread(actor(town.world.alice), db.get(Thread, thread.id), verb, "off_topic")


def _hide(town: Town, post: Post) -> None:
    with town.inside(town.world.bob):
        moderating.hide(actor(town.world.bob), db.get(Post, post.id), "spam")
