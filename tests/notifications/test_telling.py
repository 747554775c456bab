"""What people are told: bundled while it is unread, as they chose, and seen by nobody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from app.core import db
from app.core.errors import NotFound
from app.core.outbox import OutboxEvent
from app.notifications import actions, queries
from app.notifications.actions.reading import KEPT
from app.notifications.choices import Wish
from app.notifications.kinds import KINDS
from app.notifications.models import InboxItem
from app.notifications.queries import Filters
from tests.asked import statements
from tests.notifications.telling import items, read, tell, windows
from tests.world import World


def choose(user_id: UUID, kind: str, *, inbox: bool = True, mail: str = "never") -> None:
    with db.buyer(user_id):
        actions.choose(user_id, {kind: Wish(inbox, mail)})


def test_more_of_the_same_is_counted_in_one_item_with_the_newest_words(world: World) -> None:
    tell(world.fay.id, words="First.", path="/threads/7?after=1")
    tell(world.fay.id, words="Second.", path="/threads/7?after=2", actor="Ada")
    tell(world.fay.id, subject="thread:8", title="Another")
    one, other = items(world.fay.id)
    assert (one.count, one.words, one.path, one.actor) == (2, "Second.", "/threads/7?after=2", "Ada")
    assert (other.count, other.title) == (1, "Another")


def test_what_was_read_is_not_woken_by_more(world: World) -> None:
    tell(world.fay.id)
    read(world.fay.id, items(world.fay.id)[0].id)
    tell(world.fay.id, words="And more.")
    before, after = items(world.fay.id)
    assert before.read_at is not None and before.count == 1
    assert after.read_at is None and after.words == "And more."


def test_the_newest_comes_to_the_top(world: World) -> None:
    tell(world.fay.id)
    tell(world.fay.id, subject="thread:8", title="Later")
    tell(world.fay.id)
    with db.buyer(world.fay.id):
        found = queries.entries(world.fay.id, Filters(), None, 10)
    assert [one.item.title for one in found] == ["Which paper for A3?", "Later"]


def test_two_at_once_never_make_two(committed: None, app: Any) -> None:
    world = World()
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda number: tell(world.fay.id, words=f"Word {number}."), range(24)))
    only = items(world.fay.id)
    assert [one.count for one in only] == [24]
    assert len(windows(world.fay.id)) == 1


def test_telling_the_same_people_from_both_ends_never_stands_still(committed: None, app: Any) -> None:
    """Two who tell the same people lock them in the same order, whatever order they name them in."""
    world = World()
    people = [world.fay.id, world.bob.id, world.vera.id, world.charlie.id]

    def tell_all(number: int) -> None:
        with db.public():
            some = people if number % 2 else people[::-1]
            actions.tell_all(some, "forum.reply", "thread:7", title="Paper", words="Yes.", path="/threads/7")

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(tell_all, range(18)))
    assert [items(one)[0].count for one in people] == [18] * 4


def test_many_are_told_in_a_few_statements(world: World) -> None:
    crowd = [world.person("Reader").id for _ in range(12)]

    def asked(people: list[UUID]) -> int:
        with db.public(), statements() as found:
            actions.tell_all(people, "forum.followed", "thread:9", title="T", words="W", path="/threads/9")
        return len([one for one in found if "outbox" not in one])

    assert asked(crowd) == asked(crowd[:1])


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/\\evil.example", "threads/7", "/a\nb", ""]
)
def test_an_inbox_leads_nowhere_else(world: World, path: str) -> None:
    with pytest.raises(ValueError, match="this site"):
        tell(world.fay.id, path=path)
    assert items(world.fay.id) == []


def test_an_unknown_kind_is_refused(world: World) -> None:
    with pytest.raises(KeyError):
        tell(world.fay.id, kind="forum.rumour")
    assert items(world.fay.id) == []


def test_long_words_are_cut_to_a_line_or_two(world: World) -> None:
    tell(world.fay.id, title="Paper " * 100, words="line\n" * 400, actor="B" * 300)
    one = items(world.fay.id)[0]
    assert len(one.title) <= 160 and len(one.words) <= 280 and len(one.actor) <= 80
    assert "\n" not in one.words and one.words.endswith("…")


def test_neither_inbox_nor_mail_leaves_no_trace(world: World) -> None:
    choose(world.fay.id, "forum.reply", inbox=False, mail="never")
    tell(world.fay.id)
    assert items(world.fay.id) == [] and windows(world.fay.id) == []
    assert heard(world.fay.id) == 0


def test_mail_alone_stands_in_no_inbox(world: World) -> None:
    choose(world.fay.id, "forum.reply", inbox=False, mail="bundled")
    tell(world.fay.id)
    assert [one.listed for one in items(world.fay.id)] == [False]
    with db.buyer(world.fay.id):
        assert queries.entries(world.fay.id, Filters(), None, 10) == [] and queries.unread(world.fay.id) == 0
    assert len(windows(world.fay.id)) == 1 and heard(world.fay.id) == 0


def test_the_inbox_alone_opens_no_window(world: World) -> None:
    choose(world.fay.id, "forum.reply", mail="never")
    tell(world.fay.id)
    assert [one.listed for one in items(world.fay.id)] == [True]
    assert windows(world.fay.id) == [] and heard(world.fay.id) == 1


def test_what_is_decided_about_somebody_cannot_be_hidden_from_them(world: World) -> None:
    choose(world.fay.id, "forum.moderation", inbox=False, mail="never")
    tell(world.fay.id, kind="forum.moderation")
    assert [one.listed for one in items(world.fay.id)] == [True]


def heard(user_id: UUID) -> int:
    """Facts for the person's own pages."""
    with db.system("test world") as session:
        return int(
            session.scalar(
                select(func.count()).where(
                    OutboxEvent.name == "notifications.InboxChanged",
                    OutboxEvent.topics.contains([f"member:{user_id}:inbox"]),
                )
            )
            or 0
        )


def test_reading_is_told_once_and_only_what_is_new_counts(world: World) -> None:
    tell(world.fay.id)
    told = heard(world.fay.id)
    item = items(world.fay.id)[0]
    read(world.fay.id, item.id)
    read(world.fay.id, item.id)
    assert heard(world.fay.id) == told + 1
    with db.buyer(world.fay.id):
        assert queries.unread(world.fay.id) == 0


def test_all_is_marked_read_up_to_what_was_seen(world: World) -> None:
    tell(world.fay.id)
    tell(world.fay.id, kind="forum.mention")
    seen = db.now()
    tell(world.fay.id, subject="thread:late")
    with db.buyer(world.fay.id):
        assert actions.read_all(world.fay.id, seen, "forum.mention") == 1
        assert actions.read_all(world.fay.id, seen) == 1
        assert actions.read_all(world.fay.id, seen) == 0
    assert [one.subject for one in items(world.fay.id) if one.read_at is None] == ["thread:late"]


def test_looking_at_the_thing_itself_reads_all_about_it(world: World) -> None:
    tell(world.fay.id)
    tell(world.fay.id, kind="forum.mention")
    tell(world.fay.id, subject="thread:8")
    with db.public():
        assert actions.read_subject(world.fay.id, "thread:7") == 2
    assert [one.subject for one in items(world.fay.id) if one.read_at is None] == ["thread:8"]


def test_what_was_read_half_a_year_ago_is_forgotten(world: World) -> None:
    tell(world.fay.id)
    tell(world.fay.id, subject="thread:8")
    with db.system("test world") as session:
        long_ago = db.now() - KEPT * 2
        session.execute(update(InboxItem).where(InboxItem.subject == "thread:8").values(read_at=long_ago))
    actions.sweep()
    assert [one.subject for one in items(world.fay.id)] == ["thread:7"]


# --- nobody else


@pytest.fixture
def told(world: World) -> World:
    """Fay was told something, chose something, and waits for mail."""
    choose(world.fay.id, "forum.mention", mail="bundled")
    tell(world.fay.id)
    return world


SCOPES: dict[str, Callable[[World], Any]] = {
    "another person": lambda world: db.buyer(world.charlie.id),
    "a guest": lambda world: db.buyer(world.north.id),
    "a workspace": lambda world: db.workspace(world.north.id, world.fay.id),
    "a community": lambda world: db.community(world.north.id, world.fay.id),
    "anybody": lambda world: db.public(),
}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("table", ["inbox_items", "notification_choices", "mail_windows"])
def test_nobody_else_sees_or_changes_a_row(told: World, scope: str, table: str) -> None:
    with SCOPES[scope](told) as session:
        assert session.execute(text(f"select count(*) from {table}")).scalar() == 0
        assert session.execute(text(f"update {table} set user_id = user_id")).rowcount == 0
        assert session.execute(text(f"delete from {table}")).rowcount == 0
    with db.buyer(told.fay.id) as session:
        assert session.execute(text(f"select count(*) from {table}")).scalar() == 1


def test_another_persons_item_looks_missing_and_stays_unread(told: World) -> None:
    item = items(told.fay.id)[0]
    for owner in (told.charlie.id, told.fay.id):
        with db.buyer(told.charlie.id), pytest.raises(NotFound):
            actions.read(owner, item.id)
    assert items(told.fay.id)[0].read_at is None


def test_every_kind_has_its_words(app: Any) -> None:
    assert set(KINDS) >= {"forum.reply", "forum.mention", "forum.followed", "forum.accepted", "forum.moderation"}
    assert all(kind.label and kind.about and kind.did and kind.many for kind in KINDS.values())
