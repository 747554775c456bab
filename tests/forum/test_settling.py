"""What the team decided reaches the one concerned at once and once, and is settled for everybody who would have decided it."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core import db
from app.core.mail import Mail
from app.forum.actions import appealing, barring, moderating
from app.forum.models import Appeal, ForumPerson, Moderation, Post
from app.notifications import actions as notifications
from app.notifications.kinds import BUNDLED_FOR
from app.notifications.models import InboxItem
from app.workspaces.models import Member
from tests.forum.conftest import Town, actor
from tests.forum.desk import desk, flag, told


def letters(person: Any, template: str = "") -> list[dict[str, Any]]:
    """What was mailed to somebody, oldest first."""
    with db.system("test world") as session:
        rows = session.scalars(select(Mail).where(Mail.to == person.email).order_by(Mail.id))
        return [{"template": row.template, **row.context} for row in rows if template in ("", row.template)]


def unread(person: Any) -> set[str]:
    """Subjects of the team's cases that somebody has not read."""
    with db.buyer(person.id) as session:
        session.expire_all()
        return set(
            session.scalars(
                select(InboxItem.subject).where(InboxItem.kind == "forum.queue", InboxItem.read_at.is_(None))
            )
        )


def bar(town: Town, by: Any, whom: Any, length: str = "7d") -> None:
    with db.workspace(town.world.north.id, by.id):
        barring.decide_person(actor(by), whom.id, length, "unkind", "Twice now")


def decisions(town: Town, *verbs: str) -> list[UUID]:
    with db.workspace(town.world.north.id) as session:
        wanted = select(Moderation.id).where(Moderation.verb.in_(verbs)).order_by(Moderation.id)
        return list(session.scalars(wanted))


def test_a_suspension_is_mailed_at_once_and_once_whatever_they_chose(app: Any, town: Town, run_jobs: Any) -> None:
    world = town.world
    town.reply(world.fay, town.start(world.alice), "Rude")
    run_jobs()
    notifications.unsubscribe(notifications.token_for(world.fay.id, ["forum"]))
    bar(town, world.bob, world.fay)
    [letter] = letters(world.fay, "forum_barred")
    [decision] = decisions(town, "suspend")
    assert letter["why"] == "Unkind to others: Twice now" and letter["until"].startswith("until ")
    assert letter["path"] == f"{town.path}/decisions#decision-{decision}" and letter["colleague"]
    with app.app_context():
        subject, text, html = notifications.render("forum_barred", letter)
    assert subject.startswith("You cannot write in Northlight community until") and "appeal once" in text + html
    run_jobs()
    with db.at(db.now() + BUNDLED_FOR * 2):
        notifications.send_bundles()
        run_jobs()
    assert len(letters(world.fay, "forum_barred")) == 1 and not letters(world.fay, "bundle")
    assert "suspended you until" in told(world.fay)[0]


def test_somebody_who_never_unsubscribed_gets_no_second_mail_in_a_bundle(town: Town, run_jobs: Any) -> None:
    town.reply(town.world.fay, town.start(town.world.alice), "Rude")
    run_jobs()
    bar(town, town.world.bob, town.world.fay, "ban")
    with db.at(db.now() + BUNDLED_FOR * 2):
        notifications.send_bundles()
    assert [one["template"] for one in letters(town.world.fay)].count("forum_barred") == 1
    assert not letters(town.world.fay, "bundle")


def test_two_who_suspend_somebody_at_once_do_it_once(client: Any, town: Town) -> None:
    world = town.world
    thread = town.start(world.alice)
    first, second = town.reply(world.fay, thread, "Rude"), town.reply(world.fay, thread, "Ruder")
    bar(town, world.bob, world.fay, "30d")
    until = town.row(ForumPerson, person_row(town, world.fay)).suspended_until
    late = town.browser(client, world.ada)
    refused = late.post(f"{desk(town)}/people/{world.fay.id}/decisions", verb="bar", length="1d", reason="spam")
    assert refused.status_code == 409 and "somebody of the team was quicker" in refused.text
    sent = late.post(f"{desk(town)}/posts/{second.id}/decisions", verb="ban", length="1d", reason="unkind")
    assert sent.status_code == 303 and town.row(Post, second.id).state == "hidden"
    assert town.row(ForumPerson, person_row(town, world.fay)).suspended_until == until
    assert len(decisions(town, "suspend", "ban")) == 1 and len(letters(world.fay, "forum_barred")) == 1
    late.post(f"{desk(town)}/posts/{first.id}/decisions", verb="ban", length="ban", reason="unkind")
    assert town.row(ForumPerson, person_row(town, world.fay)).banned_at


def person_row(town: Town, person: Any) -> UUID:
    with db.workspace(town.world.north.id) as session:
        return session.scalars(select(ForumPerson.id).where(ForumPerson.user_id == person.id)).one()


@pytest.mark.parametrize("end", ["approve", "hide", "withdraw", "take back", "delete the thread"])
def test_a_case_is_news_for_nobody_of_the_team_once_it_is_settled(
    client: Any, town: Town, run_jobs: Any, end: str
) -> None:
    world = town.world
    thread = town.start(world.alice)
    post, other = town.reply(world.charlie, thread, "Cheap lamps"), town.reply(world.charlie, thread, "More lamps")
    flag(town, world.fay, post)
    flag(town, world.fay, other)
    run_jobs()
    case = f"post:{post.id}"
    assert unread(world.ada) == unread(world.bob) == {case, f"post:{other.id}"}
    settle(client, town, post, end)
    run_jobs()
    left = set() if end == "delete the thread" else {f"post:{other.id}"}
    assert unread(world.ada) == unread(world.bob) == unread(world.alice) == left


def settle(client: Any, town: Town, post: Post, end: str) -> None:
    world = town.world
    team, where = town.browser(client, world.bob), f"{desk(town)}/posts/{post.id}/decisions"
    if end in ("approve", "hide"):
        assert team.post(where, verb=end, reason="spam").status_code == 303
    elif end == "delete the thread":
        thread = f"{desk(town)}/threads/{post.thread_id}/decisions"
        assert team.post(thread, verb="delete", reason="spam").status_code == 303
    elif end == "withdraw":
        assert town.browser(client, world.fay).post(f"/posts/{post.id}/flags/withdrawal").status_code == 303
    else:
        assert town.browser(client, world.charlie).post(f"/posts/{post.id}/deletion").status_code == 303


def appealed(town: Town, by: Any) -> Appeal:
    """A post of Fay that `by` hid, and what she says to it."""
    post = town.reply(town.world.fay, town.start(town.world.alice, "Which lamp?"), "Rude?")
    with db.workspace(town.world.north.id, by.id):
        decision = moderating.hide(actor(by), post, "unkind", "Sounds so")
    with town.inside(town.world.fay):
        return appealing.appeal(actor(town.world.fay), decision, "It was a quote.")


def test_a_colleague_answers_an_appeal_and_the_answer_is_mailed_at_once(
    app: Any, client: Any, town: Town, run_jobs: Any
) -> None:
    world = town.world
    plea = appealed(town, world.bob)
    case, where = f"appeal:{plea.id}", f"{desk(town)}/appeals/{plea.id}"
    assert case in unread(world.alice) & unread(world.ada) and case not in unread(world.bob)
    bob = town.browser(client, world.bob)
    page = bob.get(where).text
    assert "You made this decision" in page and "Alice" in page and "answer-form" not in page
    assert bob.post(where, outcome="uphold", words="I was right.").status_code == 422
    assert town.row(Appeal, plea.id).state == "open" and not letters(world.fay, "forum_appeal_answered")
    assert "Somebody of the team other than Bob" in town.browser(client, world.fay).get(f"{town.path}/decisions").text
    assert town.browser(client, world.ada).post(where, outcome="grant", words="It is one.").status_code == 303
    second = town.browser(client, world.alice).post(where, outcome="uphold", words="No.")
    assert second.status_code == 409 and "Ada" in second.text and town.row(Appeal, plea.id).state == "granted"
    [letter] = letters(world.fay, "forum_appeal_answered")
    with app.app_context():
        assert "agrees with you" in notifications.render("forum_appeal_answered", letter)[1]
    run_jobs()
    assert case not in unread(world.alice) and town.row(Appeal, plea.id).answered_by == world.ada.name
    assert [one for one in told(world.fay) if "can be seen again" in one] == []


def test_who_is_alone_answers_an_appeal_themselves(client: Any, town: Town) -> None:
    world = town.world
    plea = appealed(town, world.alice)
    with db.system("test world") as session:
        mates = Member.user_id.in_([world.ada.id, world.bob.id])
        session.execute(update(Member).where(mates, Member.workspace_id == world.north.id).values(removed_at=db.now()))
    page = town.browser(client, world.fay).get(f"{town.path}/decisions").text
    assert "one moderator" in page and "other than" not in page
    where = f"{desk(town)}/appeals/{plea.id}"
    assert town.browser(client, world.alice).post(where, outcome="grant", words="You are right.").status_code == 303
    assert town.row(Appeal, plea.id).state == "granted"
