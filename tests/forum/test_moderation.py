"""The team decides about posts, threads and people; each decision once, told, logged, audited and answerable."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.audit import AuditEntry
from app.core.errors import NotFound
from app.forum import actions
from app.forum.actions import barring, moderating
from app.forum.models import Appeal, Flag, ForumPerson, Moderation, Post, Thread
from tests import asked
from tests.forum.conftest import Town, actor, found_town
from tests.forum.desk import desk, emitted, exact, flag, told, visitor


def count(town: Town, model: Any, *where: Any) -> int:
    with db.workspace(town.world.north.id) as session:
        return int(session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


def test_a_flag_reaches_the_queue_and_not_its_author(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.charlie, thread, "Cheap lamps")
    fay = town.browser(client, town.world.fay)
    assert "What is wrong with it?" in fay.get(f"/posts/{post.id}/flags").text
    sent = fay.post(f"/posts/{post.id}/flags", reason="spam", words="Sells lamps")
    assert sent.status_code == 303 and town.row(Post, post.id).flags == 1
    again = fay.post(f"/posts/{post.id}/flags", reason="spam")
    assert again.status_code == 422 and "already" in again.text and town.row(Post, post.id).flags == 1
    page = town.browser(client, town.world.bob).get(f"{desk(town)}/queue")
    assert "Sells lamps" in page.text and "1 flag" in page.text
    assert (
        told(town.world.charlie) == []
        and "Sells lamps" not in town.browser(client, town.world.charlie).get(f"/threads/{thread.id}").text
    )
    with town.inside(town.world.charlie) as _:
        assert db.session().scalars(select(Flag)).all() == []
    assert town.browser(client, town.world.fay).post(f"/posts/{post.id}/flags/withdrawal").status_code == 303
    assert town.row(Post, post.id).flags == count(town, Flag) == 0


@pytest.mark.parametrize(("reason", "words"), [("nonsense", ""), ("other", ""), ("", "")])
def test_a_flag_needs_a_reason(client: Any, town: Town, reason: str, words: str) -> None:
    post = town.reply(town.world.charlie, town.start(town.world.alice))
    refused = town.browser(client, town.world.fay).post(f"/posts/{post.id}/flags", reason=reason, words=words)
    assert refused.status_code == 422 and count(town, Flag) == 0 and town.row(Post, post.id).flags == 0


def test_nobody_flags_their_own_post(client: Any, town: Town) -> None:
    post = town.reply(town.world.fay, town.start(town.world.alice))
    refused = town.browser(client, town.world.fay).post(f"/posts/{post.id}/flags", reason="spam")
    assert refused.status_code == 422 and count(town, Flag) == 0


def test_enough_flags_hide_a_post_until_somebody_decides(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.charlie, thread, "Cheap lamps")
    flag(town, town.world.fay, post, trust=0)
    flag(town, town.world.vera, post, trust=0)
    assert town.row(Post, post.id).state == "visible"
    flag(town, town.world.ada, post, trust=2)
    assert town.row(Post, post.id).state == "visible"
    flag(town, town.world.bob, post, trust=2)
    held = town.row(Post, post.id)
    assert (held.state, held.held_for) == ("waiting", "flags")
    exact(town)
    assert "Cheap lamps" not in visitor(client).get(f"/threads/{thread.id}").text
    assert "out of sight until the team decides" in told(town.world.charlie)[0]
    town.browser(client, town.world.alice).post(
        f"{desk(town)}/posts/{post.id}/decisions", verb="approve", version=held.version
    )
    assert town.row(Post, post.id).state == "visible" and count(town, Flag, Flag.state == "refused") == 4
    assert "keeps the post" in told(town.world.fay)[0]
    exact(town)


def test_a_members_post_is_not_hidden_by_flags(town: Town) -> None:
    post = town.reply(town.world.bob, town.start(town.world.alice), "Prices go up")
    for person in (town.world.fay, town.world.charlie):
        flag(town, person, post, trust=2)
    assert town.row(Post, post.id).state == "visible" and town.row(Post, post.id).flags == 2


def test_hiding_needs_a_reason_and_is_told_logged_and_audited(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.charlie, thread, "Cheap lamps")
    team = town.browser(client, town.world.bob)
    where = f"{desk(town)}/posts/{post.id}"
    assert "Hide this post" in team.get(f"{where}/decide?verb=hide").text
    refused = team.post(f"{where}/decisions", verb="hide", version=post.version)
    assert refused.status_code == 422 and town.row(Post, post.id).state == "visible" and count(town, Moderation) == 0
    sent = team.post(f"{where}/decisions", verb="hide", version=post.version, reason="spam", words="Sells elsewhere")
    assert sent.status_code == 303 and town.row(Post, post.id).state == "hidden"
    exact(town)
    assert "Advertising or spam: Sells elsewhere" in told(town.world.charlie)[0]
    assert count(town, AuditEntry, AuditEntry.action == "forum.hide_post") == 1
    log = visitor(client).get(f"{town.path}/moderation").text
    assert "Bob hid a post in" in log and "Sells elsewhere" in log and "Bob" in log and "Charlie" not in log
    assert "Cheap lamps" not in visitor(client).get(f"/threads/{thread.id}").text
    team.post(f"{where}/decisions", verb="show")
    assert town.row(Post, post.id).state == "visible"
    exact(town)


def test_two_who_decide_at_once_make_one_decision(client: Any, town: Town) -> None:
    post = town.reply(town.world.charlie, town.start(town.world.alice), "Cheap lamps")
    flag(town, town.world.fay, post)
    version = town.row(Post, post.id).version
    where, team = f"{desk(town)}/posts/{post.id}/decisions", town.browser(client, town.world.bob)
    assert team.post(where, verb="hide", version=version, reason="spam").status_code == 303
    second = town.browser(client, town.world.alice).post(where, verb="approve", version=version, came_from="queue")
    assert second.status_code == 409 and "decided this already" in second.text
    assert town.row(Post, post.id).state == "hidden" and count(town, Moderation) == 1
    assert count(town, AuditEntry, AuditEntry.action == "forum.approve_post") == 0


def test_a_warning_keeps_the_post_and_ends_its_flags(client: Any, town: Town) -> None:
    post = town.reply(town.world.charlie, town.start(town.world.alice), "Rude")
    flag(town, town.world.fay, post, "unkind")
    version = town.row(Post, post.id).version
    sent = town.browser(client, town.world.bob).post(
        f"{desk(town)}/posts/{post.id}/decisions", verb="warn", version=version, reason="unkind", words="Please."
    )
    assert sent.status_code == 303 and town.row(Post, post.id).state == "visible" and town.row(Post, post.id).flags == 0
    assert "warned you" in told(town.world.charlie)[0] and "agreed and acted" in told(town.world.fay)[0]


def test_two_moderators_at_the_same_moment(committed: None, world: Any) -> None:
    town = found_town(world)
    post = town.reply(town.world.charlie, town.start(town.world.alice), "Cheap lamps")
    flag(town, town.world.fay, post)
    version, ready = town.row(Post, post.id).version, Barrier(2)

    def decide(person: Any, verb: Any) -> bool:
        with db.workspace(town.world.north.id, person.id):
            row = db.get(Post, post.id)
            ready.wait(30)
            try:
                verb(actor(person), row, version)
            except moderating.Decided:
                return False
            return True

    def hide(one: Any, row: Post, version: int) -> None:
        moderating.hide(one, row, "spam", "", version)

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(decide, (world.bob, world.ada), (moderating.approve, hide)))
    assert sorted(both) == [False, True]
    assert town.row(Post, post.id).state == ("visible" if both[0] else "hidden")
    exact(town)


@pytest.mark.parametrize("verb", ["warn", "ban"])
def test_members_of_the_team_are_neither_warned_nor_banned(client: Any, town: Town, verb: str) -> None:
    post = town.reply(town.world.bob, town.start(town.world.alice), "Prices go up")
    refused = town.browser(client, town.world.ada).post(
        f"{desk(town)}/posts/{post.id}/decisions", verb=verb, version=post.version, reason="unkind", length="7d"
    )
    assert refused.status_code == 422 and "Members of the team cannot" in refused.text
    assert town.row(Post, post.id).state == "visible" and count(town, Moderation) == 0


def test_who_is_banned_reads_and_does_not_write_until_it_is_lifted(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.fay, thread, "Rude")
    team = town.browser(client, town.world.bob)
    where, changed = f"{desk(town)}/posts/{post.id}/decisions", emitted("PersonChanged")
    sent = team.post(where, verb="ban", version=post.version, reason="unkind", length="ban", words="Twice now")
    assert sent.status_code == 303 and emitted("PersonChanged") == changed + 1
    assert town.row(Post, post.id).state == "hidden"
    fay = town.browser(client, town.world.fay)
    page = fay.get(f"/threads/{thread.id}").text
    assert "You can read here and not write" in page and "Twice now" in page and "reply-form" not in page
    assert fay.post(f"/threads/{thread.id}/posts", body="But!").status_code == 403
    assert town.row(Thread, thread.id).posts == 1
    team = town.browser(client, town.world.bob)
    person = f"{desk(town)}/people/{town.world.fay.id}"
    assert "Let this person write again" in team.get(f"{person}/decide?verb=lift").text
    assert team.post(f"{person}/decisions", verb="lift").status_code == 303
    assert town.browser(client, town.world.fay).post(f"/threads/{thread.id}/posts", body="Sorry.").status_code == 303


def test_a_suspension_ends_by_itself(town: Town) -> None:
    thread = town.start(town.world.alice)
    town.reply(town.world.fay, thread)
    with db.workspace(town.world.north.id, town.world.bob.id):
        barring.decide_person(actor(town.world.bob), town.world.fay.id, "1d", "unkind")
    with pytest.raises(actions.MayNotWrite, match="Unkind"):
        town.reply(town.world.fay, thread)
    with db.at(db.now() + barring.LENGTHS["1d"][1]):  # type: ignore[operator]
        town.reply(town.world.fay, thread, "Back again")
    assert town.row(Thread, thread.id).posts == 3


@pytest.mark.parametrize(("verb", "undo", "field"), [("pin", "unpin", "pinned_at"), ("lock", "unlock", "locked_at")])
def test_threads_are_pinned_and_locked(client: Any, town: Town, verb: str, undo: str, field: str) -> None:
    thread = town.start(town.world.fay)
    where, team = f"{desk(town)}/threads/{thread.id}/decisions", town.browser(client, town.world.bob)
    assert team.post(where, verb=verb, reason="off_topic").status_code == 303
    assert getattr(town.row(Thread, thread.id), field) is not None
    assert team.post(where, verb=verb, reason="off_topic").status_code == 409
    assert team.post(where, verb=undo).status_code == 303 and getattr(town.row(Thread, thread.id), field) is None


@pytest.mark.parametrize(("verb", "undo"), [("hide", "show"), ("delete", "restore")])
def test_a_thread_out_of_sight_is_gone_for_others_with_its_posts(client: Any, town: Town, verb: str, undo: str) -> None:
    thread = town.start(town.world.fay, "Lamps for sale")
    post = town.reply(town.world.charlie, thread, "Which ones?")
    where, team = f"{desk(town)}/threads/{thread.id}/decisions", town.browser(client, town.world.bob)
    assert team.post(where, verb=verb, reason="spam").status_code == 303
    exact(town)
    for person in (None, town.world.charlie):
        browser = town.browser(visitor(client), person)
        assert browser.get(f"/threads/{thread.id}").status_code == 404
        assert "Lamps for sale" not in browser.get(town.path).text + browser.get(f"{town.path}/moderation").text
    with town.inside() as _:
        assert db.session().scalars(select(Post.id).where(Post.id == post.id)).all() == []
    assert town.browser(client, town.world.bob).post(where, verb=undo).status_code == 303
    assert visitor(client).get(f"/threads/{thread.id}").status_code == 200
    exact(town)


def test_a_hidden_answer_solves_nothing(town: Town) -> None:
    thread = town.start(town.world.fay)
    post = town.reply(town.world.charlie, thread, "Forty-two")
    with town.inside(town.world.fay):
        actions.accept(actor(town.world.fay), db.get(Thread, thread.id), db.get(Post, post.id))
    with db.workspace(town.world.north.id, town.world.bob.id):
        moderating.hide(actor(town.world.bob), town.row(Post, post.id), "spam")
    assert town.row(Thread, thread.id).accepted_id is None


def test_only_the_team_sees_the_queue_and_decides(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.charlie, thread)
    where = desk(town)
    for person, status in ((town.world.fay, 404), (town.world.charlie, 404), (town.world.vera, 403)):
        browser = town.browser(client, person)
        assert browser.get(f"{where}/queue").status_code == status
        for path, verb in (
            (f"posts/{post.id}", "hide"),
            (f"threads/{thread.id}", "hide"),
            (f"people/{town.world.charlie.id}", "bar"),
        ):
            assert (
                browser.post(f"{where}/{path}/decisions", verb=verb, reason="spam", length="ban").status_code == status
            )
    with town.inside(town.world.fay), pytest.raises(actions.NotYours):
        moderating.hide(actor(town.world.fay), db.get(Post, post.id), "spam")
    assert (
        town.row(Post, post.id).state == town.row(Thread, thread.id).state == "visible" and count(town, Moderation) == 0
    )


def decided(town: Town) -> tuple[Post, Moderation]:
    post = town.reply(town.world.fay, town.start(town.world.alice), "Was that rude?")
    with db.workspace(town.world.north.id, town.world.bob.id):
        return post, moderating.hide(actor(town.world.bob), town.row(Post, post.id), "unkind", "Sounds so")


@pytest.mark.parametrize(
    ("outcome", "state", "words"), [("grant", "visible", "undid its decision"), ("uphold", "hidden", "decision stays")]
)
def test_a_decision_is_answered_once_and_the_team_answers_back(
    client: Any, town: Town, outcome: str, state: str, words: str
) -> None:
    post, decision = decided(town)
    fay, path = town.browser(client, town.world.fay), f"{town.path}/decisions"
    assert "Sounds so" in fay.get(path).text
    assert fay.post(f"{path}/{decision.id}/appeal", words="").status_code == 422 and count(town, Appeal) == 0
    assert fay.post(f"{path}/{decision.id}/appeal", words="It was a quote.").status_code == 303
    again = fay.post(f"{path}/{decision.id}/appeal", words="And more.")
    assert again.status_code == 422 and count(town, Appeal) == 1
    team = town.browser(client, town.world.alice)
    assert "It was a quote." in team.get(f"{desk(town)}/queue").text
    with db.workspace(town.world.north.id) as session:
        row = session.scalars(select(Appeal)).one()
    where = f"{desk(town)}/appeals/{row.id}"
    assert team.post(where, outcome=outcome, words="").status_code == 422
    assert team.post(where, outcome=outcome, words="We looked again.").status_code == 303
    assert team.post(where, outcome="grant", words="Other way").status_code == 409
    assert town.row(Post, post.id).state == state
    exact(town)
    assert any(words in one for one in told(town.world.fay))
    assert "We looked again." in town.browser(client, town.world.fay).get(path).text


def test_nobody_answers_a_decision_about_somebody_else(client: Any, town: Town) -> None:
    _, decision = decided(town)
    for person in (town.world.charlie, town.world.bob):
        browser = town.browser(client, person)
        assert browser.post(f"{town.path}/decisions/{decision.id}/appeal", words="Let me").status_code == 404
        assert "Sounds so" not in browser.get(f"{town.path}/decisions").text
    assert count(town, Appeal) == 0


def test_the_log_tells_nothing_of_places_that_the_reader_may_not_enter(client: Any, town: Town) -> None:
    town.give(town.world.fay)
    thread = town.start(town.world.fay, "Among owners", category=town.buyers)
    post = town.reply(town.world.fay, thread, "x y z")
    with db.workspace(town.world.north.id, town.world.bob.id):
        moderating.hide(actor(town.world.bob), town.row(Post, post.id), "spam", "Only here")
    assert "Only here" not in visitor(client).get(f"{town.path}/moderation").text
    assert "Only here" in town.browser(client, town.world.fay).get(f"{town.path}/moderation").text


def test_the_log_goes_on_by_pages(client: Any, town: Town) -> None:
    thread = town.start(town.world.fay)
    with db.workspace(town.world.north.id, town.world.bob.id):
        for number in range(30):
            for verb in ("pin_thread", "unpin_thread"):
                moderating.decide_thread(actor(town.world.bob), thread, verb, words=f"round {number}")
    page = client.get(f"{town.path}/moderation").text
    more = re.search(r'rel="next" href="([^"]+)"', page)
    assert more and page.count("log-line") == 50
    assert client.get(more[1].replace("&amp;", "&")).text.count("log-line") == 10


def test_the_queue_asks_the_same_few_questions_whatever_its_length(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    team = town.browser(client, town.world.bob)

    def asks() -> int:
        with asked.statements() as found:
            assert team.get(f"{desk(town)}/queue").status_code == 200
        return len(found)

    flag(town, town.world.fay, town.reply(town.world.charlie, thread, "the first"))
    asks()
    few = asks()
    for number in range(8):
        flag(town, town.world.fay, town.reply(town.world.charlie, thread, f"reply {number}"))
    assert asks() == few


def test_today_and_the_desk_count_what_waits(client: Any, town: Town) -> None:
    flag(town, town.world.fay, town.reply(town.world.charlie, town.start(town.world.alice), "x"))
    team = town.browser(client, town.world.bob)
    assert "post waits for your decision" in team.get(f"/w/{town.world.north.slug}").text
    tabs = team.get(f"{desk(town)}/settings").text
    assert re.search(r'Queue<span class="count">1</span>', tabs)


def test_a_stranger_to_the_forum_is_not_barred(town: Town) -> None:
    with db.workspace(town.world.north.id, town.world.bob.id), pytest.raises(NotFound):
        barring.decide_person(actor(town.world.bob), town.world.charlie.id, "ban", "spam")
    assert count(town, ForumPerson, ForumPerson.banned_at.is_not(None)) == 0
