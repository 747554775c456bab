"""Who is told of a post: each once, for the most personal reason, and only who may read it."""

from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.forum import actions
from app.forum.models import Thread
from app.notifications.models import InboxItem
from tests.forum.conftest import Town


def told(person: Any) -> list[tuple[str, int]]:
    """The unread kinds of news in a person's inbox, with how many they bundle."""
    with db.buyer(person.id) as session:
        unread = select(InboxItem).where(InboxItem.read_at.is_(None)).order_by(InboxItem.kind)
        return [(item.kind, item.count) for item in session.scalars(unread)]


def test_the_asker_hears_of_replies_and_nobody_of_their_own(town: Town, run_jobs: Any) -> None:
    thread = town.start(town.world.fay)
    town.reply(town.world.alice, thread)
    town.reply(town.world.fay, thread)
    town.reply(town.world.bob, thread)
    run_jobs()
    assert told(town.world.fay) == [("forum.reply", 2)]
    assert told(town.world.alice) == told(town.world.bob) == []


def test_a_mention_is_told_once_and_as_a_mention(town: Town, run_jobs: Any) -> None:
    thread = town.start(town.world.fay)
    town.reply(town.world.bob, thread)
    run_jobs()
    parent = town.reply(town.world.alice, thread, "@bob what do you say, @fay?")
    town.reply(town.world.bob, thread, "Yes.", parent=parent)
    run_jobs()
    assert told(town.world.bob) == [("forum.mention", 1)]
    assert told(town.world.fay) == [("forum.mention", 1), ("forum.reply", 2)]
    assert told(town.world.alice) == [("forum.reply", 1)]


@pytest.mark.parametrize(
    ("level", "heard"),
    [("everything", ["forum.followed"]), ("mentions", []), ("nothing", []), ("mute", [])],
)
def test_levels_decide_what_readers_hear(town: Town, run_jobs: Any, level: str, heard: list[str]) -> None:
    thread = town.start(town.world.alice)
    with town.inside(town.world.charlie):
        actions.follow(town.world.charlie.id, level, thread=db.get(Thread, thread.id))
    town.reply(town.world.alice, thread)
    run_jobs()
    assert [kind for kind, _ in told(town.world.charlie)] == heard


def test_who_follows_a_category_hears_of_new_threads(town: Town, run_jobs: Any) -> None:
    with town.inside(town.world.charlie):
        actions.follow(town.world.charlie.id, "everything", category=town.general)
    town.start(town.world.alice)
    run_jobs()
    assert told(town.world.charlie) == [("forum.followed", 1)]


def test_who_lost_access_hears_nothing(town: Town, run_jobs: Any) -> None:
    town.give(town.world.fay)
    thread = town.start(town.world.fay, category=town.buyers)
    town.take(town.world.fay)
    town.reply(town.world.alice, thread, "@fay, still there?")
    run_jobs()
    assert told(town.world.fay) == []


def test_reading_to_the_end_clears_the_inbox(client: Any, town: Town, run_jobs: Any) -> None:
    thread = town.start(town.world.fay)
    town.reply(town.world.alice, thread)
    run_jobs()
    assert told(town.world.fay) == [("forum.reply", 1)]
    town.browser(client, town.world.fay).get(f"/threads/{thread.id}")
    assert told(town.world.fay) == []


def test_who_answered_hears_that_it_helped(client: Any, town: Town, run_jobs: Any) -> None:
    thread = town.start(town.world.fay)
    post = town.reply(town.world.alice, thread)
    town.browser(client, town.world.fay).post(f"/threads/{thread.id}/answer", post=str(post.id))
    assert told(town.world.alice) == [("forum.accepted", 1)]
