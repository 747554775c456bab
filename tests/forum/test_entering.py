"""Who sees what: decided by the rows' own policies, in every scope that a page may open."""

from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from app.core import db
from app.core.errors import NotFound
from app.forum import actions
from app.forum.models import ForumCategory, Post, Thread
from tests.forum.conftest import Town, actor


def titles(town: Town, person: Any = None) -> set[str]:
    with town.inside(person) as _:
        return set(db.session().scalars(select(Thread.title)))


def test_a_visitor_reads_what_is_public_and_nothing_else(town: Town) -> None:
    town.start(town.world.alice, "Open to all")
    town.start(town.world.alice, "For owners", category=town.buyers)
    town.start(town.world.alice, "Among us", category=town.team)
    assert titles(town) == titles(town, town.world.charlie) == {"Open to all"}
    assert titles(town, town.world.vera) == {"Open to all", "For owners", "Among us"}


def test_a_grant_opens_a_category_at_once_and_a_refund_closes_it(town: Town) -> None:
    town.start(town.world.alice, "For owners", category=town.buyers)
    assert titles(town, town.world.fay) == set()
    town.give(town.world.fay)
    assert titles(town, town.world.fay) == {"For owners"}
    town.take(town.world.fay)
    assert titles(town, town.world.fay) == set()


def test_posts_follow_their_category(town: Town) -> None:
    thread = town.start(town.world.alice, "For owners", category=town.buyers)
    town.reply(town.world.alice, thread, "Secret of the trade")
    for person, count in ((None, 0), (town.world.fay, 0), (town.world.bob, 2)):
        with town.inside(person):
            assert len(db.session().scalars(select(Post)).all()) == count


def test_another_workspace_sees_nothing(town: Town) -> None:
    town.start(town.world.alice, "Ours")
    with db.workspace(town.world.other.id, town.world.charlie.id) as session:
        assert session.scalars(select(Thread)).all() == []
    with db.community(town.world.other.id, town.world.charlie.id) as session:
        assert session.scalars(select(Thread)).all() == []


@pytest.mark.parametrize(
    "statement",
    [
        "insert into forum_votes (workspace_id, id, post_id, user_id, value, created_at) "
        "select workspace_id, gen_random_uuid(), id, author_id, 1, now() from forum_posts",
    ],
)
def test_the_scope_of_visitors_cannot_write(town: Town, statement: str) -> None:
    town.start(town.world.alice, "Ours")
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        db.community(town.world.north.id, town.world.fay.id),
    ):
        db.session().execute(text(statement))


def test_the_scope_of_visitors_changes_no_row(town: Town) -> None:
    thread = town.start(town.world.fay, "Mine")
    with db.community(town.world.north.id, town.world.fay.id) as session:
        for model, values in ((Thread, {"title": "Hers"}), (Post, {"body": "x"}), (ForumCategory, {"name": "x"})):
            found = session.execute(update(model).values(**values).execution_options(synchronize_session=False))
            assert found.rowcount == 0
    assert town.row(Thread, thread.id).title == "Mine"


def test_a_stranger_cannot_write_where_they_cannot_read(town: Town) -> None:
    thread = town.start(town.world.alice, "For owners", category=town.buyers)
    with town.inside(town.world.fay), pytest.raises(NotFound):
        actions.reply(actor(town.world.fay), db.get(Thread, thread.id), "Let me in")
    assert town.row(Thread, thread.id).posts == 1
